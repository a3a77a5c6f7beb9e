import nextEnv from "@next/env";
import { deps } from "../deps";
import { BadEnvironment, catalogFile, env } from "../env";
import { createLogger } from "../log";
import { readCatalog } from "../read-catalog";
import { answerInSentences } from "../sentences";
import { CommandFailed, customerCommand } from "./customer-command";

// `npm run customer`: opens accounts, and says who may.
nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
let connected = false;
try {
  // Its own words name the plans.
  readCatalog(catalogFile());
  const said = await customerCommand(process.argv.slice(2), () => {
    const settings = env();
    const { db } = deps();
    connected = true;
    // The output is for whoever typed the command; what happened is in the database.
    return { db, log: createLogger("error"), settings, password: process.env.CUSTOMER_PASSWORD };
  });
  console.log(said);
} catch (error) {
  if (!(error instanceof CommandFailed || error instanceof BadEnvironment)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (connected) await deps().db.pool.end({ timeout: 5 });
}
