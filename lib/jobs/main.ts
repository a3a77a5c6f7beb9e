import nextEnv from "@next/env";
import { deps } from "../deps";
import { env } from "../env";
import { keepWorking } from "./worker";

// The worker as a process of its own: `npm run worker`, beside web processes with WORKER=separate.
nextEnv.loadEnvConfig(process.cwd());
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
const real = deps();
real.log.info({}, "worker started");
await keepWorking(real, env().DATABASE_URL, stop.signal);
await real.db.pool.end({ timeout: 5 });
