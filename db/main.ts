import nextEnv from "@next/env";
import { appRoleOf, migrateDatabase } from "./migrate";

// `npm run db:migrate`: as the owner of the tables, for the role the application connects as.
nextEnv.loadEnvConfig(process.cwd());
const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
if (!DATABASE_URL || !DATABASE_OWNER_URL) {
  console.error(
    "DATABASE_OWNER_URL (owns the tables) and DATABASE_URL (the application's own role) must both be set.",
  );
  process.exit(1);
}
await migrateDatabase(DATABASE_OWNER_URL, appRoleOf(DATABASE_URL));
console.log("The database is up to date.");
