import nextEnv from "@next/env";
import { deps } from "../deps";
import { approvalsOf, BadEnvironment, env } from "../env";
import { createLogger } from "../log";
import { answerInSentences } from "../sentences";
import { operatorCommand } from "./operator-command";

// `npm run operator`: the desk for who has no browser.
nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
let connected = false;
try {
  const { text, code } = await operatorCommand(process.argv.slice(2), () => {
    const approvals = approvalsOf(env());
    const real = deps();
    connected = true;
    // The output is for whoever typed the command; what happened is in the database.
    return { ...real, log: createLogger("error"), approvals };
  });
  // What waits is said like what does not: only words that are not understood are no answer.
  if (code === 2) console.error(text);
  else console.log(text);
  process.exitCode = code;
} catch (error) {
  if (!(error instanceof BadEnvironment)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (connected) await deps().db.pool.end({ timeout: 5 });
}
