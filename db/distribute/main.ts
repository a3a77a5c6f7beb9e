import nextEnv from "@next/env";
import { endWhenInterrupted } from "../../lib/interrupt";
import { showProgress } from "../../lib/progress";
import { addressOf } from "../address";
import { appRoleOf } from "../migrate";
import { distributeDatabase } from "./distribute";

// `npm run db:distribute`: as the owner of the tables, on the coordinator, while the application is stopped.
nextEnv.loadEnvConfig(process.cwd());
const { DATABASE_URL, DATABASE_OWNER_URL, DATABASE_CA_FILE, DATABASE_PREPARE } = process.env;
if (!DATABASE_URL || !DATABASE_OWNER_URL) {
  console.error(
    "DATABASE_OWNER_URL (owns the tables) and DATABASE_URL (the application's own role) must both be set.",
  );
  process.exit(1);
}
const STAYS = "What was sharded until here stays so.";
const progress = showProgress();
endWhenInterrupted(`Stopped. ${STAYS} Run it again before the application is started.`, progress);
try {
  const distribution = await distributeDatabase(
    addressOf(DATABASE_OWNER_URL, { DATABASE_CA_FILE, DATABASE_PREPARE }),
    appRoleOf(DATABASE_URL).name,
    { say: (line) => progress.aside(() => console.log(line)), step: progress.step, at: progress.at },
  );
  progress.end();
  if (distribution.kind === "refused") {
    for (const reason of distribution.why) console.error(reason);
    console.error("Nothing was changed.");
    process.exit(1);
  }
} catch (error) {
  progress.end();
  console.error(error instanceof Error ? error.message : error);
  console.error(`${STAYS} Remove the cause and run this again: it goes on from there.`);
  process.exit(1);
}
console.log("Every account lies in one shard. Start the application again: it sees for itself.");
