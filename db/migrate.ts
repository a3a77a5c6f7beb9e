import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import pg from "pg";
import postgres, { type Sql } from "postgres";
import { type Addressed, BadAddress, findUrlFault, forPg, forPostgres, isBySocket, loginOf } from "./address";
import { NotMigrated } from "./not-migrated";
import { refuseWhileOthersRun, storeOldestCode } from "./oldest-code";
import { grantRights, quoteName } from "./rights";
import { type AppRole, ensureRole } from "./role";
import { sqlState } from "./transact";

const FOLDER = fileURLToPath(new URL("./migrations", import.meta.url));

/** A lock on a table is waited for so long, because everybody else's queries wait behind: then nothing is done. */
const LOCK_MS = 5_000;
const LOCK_NOT_AVAILABLE = "55P03";

export type MigrateOptions = {
  /** Whoever is connected as the application's role is none of its processes. */
  readonly force?: boolean;
  readonly watch?: MigrateWatch;
};

/** Told how far it is: each part as it begins, with how many statements it has where that is known, and what is done of them. */
export type MigrateWatch = {
  readonly step: (what: string, total?: number) => void;
  readonly at: (done: number) => void;
};
const NOBODY: MigrateWatch = { step: () => {}, at: () => {} };

/**
 * Brings the database of the owner up to date (tables, job queue) and gives the application's role exactly the rights
 * listed in `db/rights.ts`, whatever it had before. Safe to run again and by two deployments at once. Throws `NotMigrated`:
 * with nothing changed, while processes are connected that could not go on afterwards or the owner may not make the role; and
 * where a table was locked by somebody for five seconds, with what was done until then.
 */
export async function migrateDatabase(
  owner: Addressed,
  appRole: AppRole,
  { force = false, watch = NOBODY }: MigrateOptions = {},
): Promise<void> {
  const [url, options] = forPostgres(owner);
  const sql = postgres(url, {
    ...options,
    max: 2,
    onnotice: () => {},
    connect_timeout: 5,
    // Once sharded: all migrations are one transaction, in which Citus refuses a function after tables changed in parallel.
    connection: { lock_timeout: LOCK_MS, "citus.multi_shard_modify_mode": "sequential" },
  });
  try {
    watch.step("waiting until no other migration runs");
    await sql`create table if not exists public.migration_turn (id boolean primary key)`;
    await sql.begin(async (turn) => {
      // Held on one connection while the migrators work on others: two deployments take turns, however long one takes.
      await turn`set local lock_timeout = 0`;
      await turn`lock table public.migration_turn in exclusive mode`;
      await refuseWhileOthersRun(sql, appRole.name, force);
      await ensureRole(sql, owner, appRole);
      await migrateTables(sql, watch).catch((error) => explainLock(sql, error, false));
      watch.step("job queue");
      await migrateJobQueue(owner).catch((error) => explainLock(sql, error, true));
      watch.step("rights of the application's role");
      await grantAppRole(sql, appRole.name).catch((error) => explainLock(sql, error, true));
      await storeOldestCode(sql);
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** All of them in one transaction. */
async function migrateTables(sql: Sql, watch: MigrateWatch): Promise<void> {
  const statements = await listPending(sql);
  watch.step("statements of migrations", statements.length);
  let done = 0;
  // Told as each is sent: those before it are done.
  const logQuery = (query: string) => {
    if (query !== statements[done]) return;
    watch.at(done);
    done += 1;
  };
  await migrate(drizzle(sql, { logger: { logQuery } }), { migrationsFolder: FOLDER });
  watch.at(statements.length);
}

/** Statements of migrations that this database has not seen, as the migrator will send them. */
async function listPending(sql: Sql): Promise<readonly string[]> {
  const [known] = await sql<{ known: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as known`;
  const [newest] = known?.known
    ? await sql<{ at: string | null }[]>`select max(created_at)::text as at from drizzle.__drizzle_migrations`
    : [];
  const pending = readMigrationFiles({ migrationsFolder: FOLDER }).filter(
    ({ folderMillis }) => folderMillis > Number(newest?.at ?? -1),
  );
  return pending.flatMap((each) => each.sql);
}

async function migrateJobQueue(owner: Addressed): Promise<void> {
  const pool = new pg.Pool({ ...forPg(owner), max: 2, lock_timeout: LOCK_MS });
  const told = () => {}; // By the query it was under.
  pool.on("error", told);
  pool.on("connect", (client) => client.on("error", told));
  try {
    await runMigrations({ pgPool: pool });
  } finally {
    await pool.end();
  }
}

/** Throws what it is given; of a lock that was not to be had, who has had a transaction open for so long. */
async function explainLock(sql: Sql, error: unknown, changed: boolean): Promise<never> {
  if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
  const others = await sql<{ who: string; seconds: number }[]>`
    select concat_ws(' ', usename, application_name, 'pid ' || pid) as who, extract(epoch from clock_timestamp() - xact_start)::int as seconds
    from pg_stat_activity
    where datname = current_database() and xact_start < clock_timestamp() - interval '4 s'
      and pid <> pg_backend_pid() and query not like 'lock table public.migration_turn%'
    order by xact_start limit 5`;
  const named = others.map(({ who, seconds }) => `${who}: ${seconds} s`).join(", ");
  throw new NotMigrated(
    `A table was locked by somebody else for ${LOCK_MS / 1_000} s${named && ` (open transactions: ${named})`}. Waiting longer would have kept everybody waiting behind. ` +
      "Run it again when that has ended.",
    { changed },
  );
}

async function grantAppRole(sql: Sql, role: string): Promise<void> {
  const [{ database } = { database: "" }] = await sql<
    { database: string }[]
  >`select current_database() as database`;
  const name = quoteName(role);
  await sql.unsafe(`
    grant connect, temporary on database ${quoteName(database)} to ${name};
    revoke create on schema public from public;
    grant usage on schema public, graphile_worker, drizzle to ${name};
    grant select on drizzle.__drizzle_migrations to ${name};
  `);
  await grantRights(sql, role);
  await admitToJobQueue(sql, role);
}

/** The job queue's tables have row security on; without a policy everybody but their owner sees them empty. */
async function admitToJobQueue(sql: Sql, role: string): Promise<void> {
  const guarded = await sql<{ table: string }[]>`
    select c.relname as table from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relrowsecurity
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = ${`admit ${role}`})`;
  for (const { table } of guarded) {
    await sql.unsafe(
      `create policy ${quoteName(`admit ${role}`)} on graphile_worker.${quoteName(table)} to ${quoteName(role)} using (true) with check (true)`,
    );
  }
}

/**
 * The role named in a connection URL. Throws `BadAddress` when it names none, or has no password where the server cannot know
 * the role by its socket.
 */
export function appRoleOf(url: string): AppRole {
  const fault = findUrlFault(url, false);
  if (fault) throw new BadAddress(`DATABASE_URL: ${fault}`);
  const login = loginOf(url);
  if (!login.name || (!login.password && !isBySocket(url)))
    throw new BadAddress("DATABASE_URL: must name the application's role and its password");
  return login;
}
