import { createRequire } from "node:module";

const key = process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY;
if (key && Buffer.from(key, "base64").length !== 32) {
  throw new Error(
    "NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: must be 32 bytes in base64, as `openssl rand -base64 32` makes them",
  );
}

/** A build needs what only developing needs otherwise; without it the framework would say something else. */
function requireBuildPackages() {
  for (const name of ["@tailwindcss/postcss", "tailwindcss", "typescript"]) {
    try {
      createRequire(import.meta.url).resolve(name);
    } catch {
      console.error(
        `The build needs ${name}, which \`npm ci\` leaves out where NODE_ENV is production: npm ci --include=dev`,
      );
      process.exit(1);
    }
  }
}

/** @type {import("next").NextConfig} */
const config = {
  // `npm run build:standalone` asks for it; `npm start` serves a build that is not.
  ...(process.env.NEXT_OUTPUT === "standalone" ? { output: "standalone" } : {}),
  agentRules: false,
  poweredByHeader: false,
  serverExternalPackages: [
    "postgres",
    "pino",
    "@node-rs/argon2",
    "graphile-worker",
    "nodemailer",
    "pdfkit",
    "prom-client",
  ],
  // The fonts of invoices' files are opened by their path.
  outputFileTracingIncludes: {
    "/settings/billing/documents/orders/*/pdf": [
      "./node_modules/geist/dist/fonts/geist-sans/Geist-{Regular,SemiBold}.ttf",
    ],
  },
  // Nothing of ours is resized: an image service would only be there to be attacked.
  images: { unoptimized: true },
  experimental: {
    // Our largest form is a message of a few thousand characters.
    serverActions: { bodySizeLimit: "100kb" },
    // So much of a body is kept in memory for the proxy and the page behind it; the rest of a longer one is passed over.
    proxyClientMaxBodySize: "128kb",
  },
  // `npm test` checks the types of everything; a build need not do it again.
  typescript: { ignoreBuildErrors: true },
};

/** @param {string} phase */
export default (phase) => {
  if (phase === "phase-production-build") requireBuildPackages();
  return config;
};
