/** @type {import("next").NextConfig} */
const config = {
  agentRules: false,
  poweredByHeader: false,
  serverExternalPackages: ["postgres", "pino", "@node-rs/argon2", "graphile-worker"],
};

export default config;
