import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { appRoleOf, migrateDatabase } from "./migrate";
import { NotMigrated } from "./oldest-code";

// `npm run db:migrate [-- --force]`: as the owner of the tables, for the role the application connects as.
nextEnv.loadEnvConfig(process.cwd());
const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
if (!DATABASE_URL || !DATABASE_OWNER_URL) {
  console.error(
    "DATABASE_OWNER_URL (owns the tables) and DATABASE_URL (the application's own role) must both be set.",
  );
  process.exit(1);
}
const force = readArguments();
try {
  await migrateDatabase(DATABASE_OWNER_URL, appRoleOf(DATABASE_URL), { force });
  console.log("The database is up to date.");
} catch (error) {
  if (!(error instanceof NotMigrated)) throw error;
  console.error(`${error.message}\nNothing was changed.`);
  process.exitCode = 1;
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { force: { type: "boolean", default: false } } }).values.force;
  } catch {
    console.error("Usage: npm run db:migrate [-- --force]");
    process.exit(2);
  }
}
