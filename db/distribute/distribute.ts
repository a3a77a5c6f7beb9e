import postgres, { type Sql } from "postgres";
import { type Addressed, forPostgres } from "../address";
import { sqlState } from "../transact";
import { readCatalog } from "./catalog";
import { findObstacles, findStrangers, LOCAL_TABLES, parentsFirst, type Sharded, shardColumn } from "./plan";

export type Distribution =
  | { readonly kind: "done" }
  /** Nothing was changed by this run. */
  | { readonly kind: "refused"; readonly why: readonly string[] };

/** Told what was done, and how far it is: each part as it begins, and how many tables of it are done. */
export type DistributeWatch = {
  readonly say: (line: string) => void;
  readonly step?: (what: string, total?: number) => void;
  readonly at?: (done: number) => void;
};

const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Turns every table of an account into shards by account, with the rows that are in it, where the Citus extension is
 * installed. What was sharded before stays as it is, so an interrupted run is finished by the next. Refuses, before it
 * touches anything, what it could not finish. Throws what the database throws.
 */
export async function distributeDatabase(
  owner: Addressed,
  appRole: string,
  watch: DistributeWatch,
): Promise<Distribution> {
  const [url, options] = forPostgres(owner);
  const sql = postgres(url, {
    ...options,
    max: 2,
    onnotice: () => {},
    connect_timeout: 5,
    connection: { lock_timeout: 10_000 },
  });
  try {
    const why = (await whyNoCitus(sql)) ?? (await whyNoWorker(sql)) ?? (await whyNotMigrated(sql));
    if (why) return refused(why);
    return await takingTurns(sql, () => distribute(sql, appRole, watch));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const refused = (...why: string[]): Distribution => ({ kind: "refused", why });

async function whyNoCitus(sql: Sql): Promise<string | null> {
  const [found] = await sql<{ installed: boolean; available: boolean }[]>`
    select exists (select from pg_extension where extname = 'citus') as installed,
      exists (select from pg_available_extensions where name = 'citus') as available`;
  if (found?.installed) return null;
  return found?.available
    ? 'This server has Citus, but this database does not use it: run "create extension citus" here and on every worker, and add the workers with citus_add_node.'
    : "This server has no Citus extension. Plain Postgres needs no distribution: nothing is missing.";
}

/** Without a worker every shard would come to lie on the coordinator, and nothing be gained. */
async function whyNoWorker(sql: Sql): Promise<string | null> {
  const [found] = await sql<{ workers: number }[]>`
    select count(*)::int as workers from citus_get_active_worker_nodes()`;
  return found?.workers
    ? null
    : "This cluster has no worker: as the owner, select citus_set_coordinator_host('<this host>'), then citus_add_node('<worker>', 5432) for each. They must be able to log in to each other (docs/citus.md).";
}

async function whyNotMigrated(sql: Sql): Promise<string | null> {
  const [found] = await sql<{ migrated: boolean }[]>`
    select to_regclass('public.migration_turn') is not null as migrated`;
  return found?.migrated ? null : 'There are no tables yet: run "npm run db:migrate" first.';
}

/** Migrations take the same lock: neither they nor a second distribution run meanwhile. */
async function takingTurns(sql: Sql, work: () => Promise<Distribution>): Promise<Distribution> {
  let isMyTurn = false;
  try {
    return await sql.begin(async (turn) => {
      await turn`lock table public.migration_turn in exclusive mode nowait`;
      isMyTurn = true;
      return work();
    });
  } catch (error) {
    if (isMyTurn || sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    return refused("A migration or another distribution is running. Wait until it has ended.");
  }
}

async function distribute(
  sql: Sql,
  appRole: string,
  { say, step, at }: DistributeWatch,
): Promise<Distribution> {
  const catalog = await readCatalog(sql);
  const before = await listSharded(sql);
  const why = [
    ...findObstacles(catalog),
    ...findStrangers(catalog, before),
    ...(await whoIsConnected(sql, appRole)),
  ];
  if (why.length > 0) return refused(...why);

  const tables = parentsFirst(catalog);
  step?.("tables sharded", tables.length);
  for (const [done, table] of tables.entries()) {
    at?.(done);
    if (before.some((each) => each.table === table)) say(`${table}: is sharded already`);
    else say(`${table}: ${await shard(sql, table)} rows sharded by ${shardColumn(table)}`);
  }
  // Only now: local rows may not be dropped while a table that is still local refers to them.
  step?.("local rows dropped");
  for (const table of [...tables].reverse()) await dropLocalRows(sql, table);
  say("The rows left behind on the coordinator are gone.");
  for (const [table, reason] of Object.entries(LOCAL_TABLES)) say(`${table}: stays local: ${reason}`);
  return { kind: "done" };
}

const listSharded = async (sql: Sql): Promise<readonly Sharded[]> => sql<Sharded[]>`
  select c.relname::text as table, t.distribution_column as column, t.colocation_id as group
  from citus_tables t join pg_class c on c.oid = t.table_name
  where c.relnamespace = 'public'::regnamespace and t.citus_table_type <> 'local'`;

/** Between two tables a foreign key holds in one direction only: nobody may write then. */
async function whoIsConnected(sql: Sql, appRole: string): Promise<string[]> {
  const [found] = await sql<{ connections: number }[]>`
    select count(*)::int as connections from pg_stat_activity
    where datname = current_database() and usename = ${appRole}`;
  const connections = found?.connections ?? 0;
  return connections === 0
    ? []
    : [
        `The application is connected (${connections} connections as ${appRole}): stop web processes and workers.`,
      ];
}

/** Copies a table into shards beside those of its account. Returns how many rows it holds. */
async function shard(sql: Sql, table: string): Promise<bigint> {
  const local = await countRows(sql, table);
  // A group of their own: shards of other tables that happen to have the same type are none of ours.
  const beside = table === "accounts" ? "none" : "public.accounts";
  await sql`select create_distributed_table(${`public.${table}`}::regclass, ${shardColumn(table)}, colocate_with => ${beside})`;
  const sharded = await countRows(sql, table);
  if (local !== sharded) {
    throw new Error(
      `${table} had ${local} rows and has ${sharded} in its shards; the local rows are kept, look before you run this again`,
    );
  }
  return sharded;
}

async function countRows(sql: Sql, table: string): Promise<bigint> {
  const [found] = await sql<{ rows: string }[]>`select count(*) as rows from ${sql(`public.${table}`)}`;
  return BigInt(found?.rows ?? 0);
}

const dropLocalRows = (sql: Sql, table: string) =>
  sql`select truncate_local_data_after_distributing_table(${`public.${table}`}::regclass)`;
