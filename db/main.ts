import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { endWhenInterrupted } from "../lib/interrupt";
import { showProgress } from "../lib/progress";
import { addressOf, BadAddress, findConnectionFault } from "./address";
import { appRoleOf, migrateDatabase } from "./migrate";
import { NotMigrated } from "./not-migrated";

// `npm run db:migrate [-- --force]`: as the owner of the tables, for the role the application connects as.
nextEnv.loadEnvConfig(process.cwd());
const { DATABASE_URL, DATABASE_OWNER_URL, DATABASE_CA_FILE, DATABASE_PREPARE } = process.env;
if (!DATABASE_URL || !DATABASE_OWNER_URL) {
  console.error(
    "DATABASE_OWNER_URL (owns the tables) and DATABASE_URL (the application's own role) must both be set.",
  );
  process.exit(1);
}
const force = readArguments();
const progress = showProgress();
endWhenInterrupted("Stopped. What had not ended is undone: run it again before anything else.", progress);
try {
  const owner = addressOf(DATABASE_OWNER_URL, { DATABASE_CA_FILE, DATABASE_PREPARE });
  await migrateDatabase(owner, appRoleOf(DATABASE_URL), { force, watch: progress });
  progress.end();
  console.log("The database is up to date.");
} catch (error) {
  progress.end();
  for (const sentence of describe(error)) console.error(sentence);
  process.exitCode = 1;
}

function describe(error: unknown): string[] {
  if (error instanceof NotMigrated) {
    const done = error.changed
      ? "What was done until then stays, and is not done again."
      : "Nothing was changed.";
    return [error.message, done];
  }
  const fault = error instanceof BadAddress ? error.message : findConnectionFault(error);
  if (fault) return [fault];
  // The ORM's own error says the whole statement; its cause is what the database said.
  const { message, code } = ((error as Error).cause ?? error) as Error & { code?: string };
  return [`It could not be done${code ? ` (${code})` : ""}: ${message || "the database cannot be reached"}`];
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { force: { type: "boolean", default: false } } }).values.force;
  } catch {
    console.error("Usage: npm run db:migrate [-- --force]");
    process.exit(2);
  }
}
