import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { distributeDatabase } from "../../db/distribute/distribute";
import { migrateDatabase } from "../../db/migrate";
import { startPostgres } from "../postgres";

declare module "vitest" {
  interface ProvidedContext {
    /** `template` is null where all files share the database of `ownerUrl`. */
    database: { ownerUrl: string; template: string | null; appRole: { name: string; password: string } };
  }
}

const ROOT = fileURLToPath(new URL("../../.data", import.meta.url));
const PREFIX = "test-postgres-";

const APP_ROLE = { name: "refill_test_app", password: "refill-test-app" };

/** One throw-away Postgres for the run, with a migrated database from which every test file gets its copy. */
export default async function setup(project: TestProject) {
  const clusterUrl = process.env.TEST_CLUSTER_URL;
  if (clusterUrl) return project.provide("database", await shareCluster(clusterUrl));
  await removeLeftovers();
  const dataDir = join(ROOT, `${PREFIX}${process.pid}`);
  const server = await startPostgres({ dataDir, durable: false, databaseUrl: process.env.DATABASE_URL });
  const template = `refill_template_${process.pid}`;
  const owner = postgres(server.ownerUrl, { max: 1, onnotice: () => {} });
  const teardown = async () => {
    await owner.unsafe(`drop database if exists ${template} with (force)`);
    await owner.end();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await owner.unsafe(`drop database if exists ${template}`);
    await owner.unsafe(`create database ${template}`);
    await migrateDatabase(withDatabase(server.ownerUrl, template), APP_ROLE);
    project.provide("database", { ownerUrl: server.ownerUrl, template, appRole: APP_ROLE });
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

/** Migrates and shards the cluster's database where that was not done yet. Throws why it cannot be. */
async function shareCluster(ownerUrl: string) {
  await migrateDatabase(ownerUrl, APP_ROLE);
  const distribution = await distributeDatabase(ownerUrl, APP_ROLE.name, { say: () => {} });
  if (distribution.kind === "refused") throw new Error(distribution.why.join("\n"));
  return { ownerUrl, template: null, appRole: APP_ROLE };
}

/** A run that was killed leaves its server and its folder; the next one clears both away. */
async function removeLeftovers(): Promise<void> {
  const names = await readdir(ROOT).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    if (isAlive(Number(name.slice(PREFIX.length)))) continue;
    const dataDir = join(ROOT, name);
    await startPostgres({ dataDir, durable: false }).then(
      (server) => server.stop(),
      () => {},
    );
    await rm(dataDir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
