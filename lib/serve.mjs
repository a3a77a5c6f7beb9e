import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import nextEnv from "@next/env";

// `npm start`, and `web` of a standalone build: the framework's own server, on the port and address that the environment or
// `.env` names; by itself it looks for them before it reads the file.
nextEnv.loadEnvConfig(process.cwd());
const { PORT: port = "3000", BIND_ADDRESS: address = "0.0.0.0" } = withoutEmpty(process.env);
if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) refuse("PORT: must be a port's number, at most 65535");
if (!isIP(address) && address !== "localhost")
  refuse("BIND_ADDRESS: must be an address of this machine, like 127.0.0.1 or ::");
process.env.NODE_ENV ||= "production";

const standalone = join(process.cwd(), "server.js");
if (existsSync(standalone)) {
  Object.assign(process.env, { PORT: port, HOSTNAME: address });
  await import(pathToFileURL(standalone).href);
} else {
  if (!existsSync(join(process.cwd(), ".next/BUILD_ID")))
    refuse("There is no build to serve: run `npm run build`.");
  const require = createRequire(join(process.cwd(), "package.json"));
  const next = require.resolve("next/dist/bin/next");
  process.argv = [process.execPath, next, "start", "-p", port, "-H", address];
  require(next); // Its name has no extension, which Node 20.9 imports nothing by.
}

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** A line `NAME=` in a file means "not set". @param {NodeJS.ProcessEnv} variables */
function withoutEmpty(variables) {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value));
}
