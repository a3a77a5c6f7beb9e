import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import postgres, { type Sql } from "postgres";
import { refuseWhileOthersRun, storeOldestCode } from "./oldest-code";
import { grantRights, quoteName } from "./rights";

const FOLDER = fileURLToPath(new URL("./migrations", import.meta.url));

export type AppRole = { readonly name: string; readonly password: string };

export type MigrateOptions = {
  /** Whoever is connected as the application's role is none of its processes. */
  readonly force?: boolean;
};

/**
 * Brings the database of `ownerUrl` up to date (tables, job queue) and gives the application's role exactly the rights
 * listed in `db/rights.ts`, whatever it had before. Safe to run again and by two deployments at once. Throws `NotMigrated`,
 * with nothing changed, while processes are connected that could not go on afterwards.
 */
export async function migrateDatabase(
  ownerUrl: string,
  appRole: AppRole,
  { force = false }: MigrateOptions = {},
): Promise<void> {
  const sql = postgres(ownerUrl, {
    max: 2,
    onnotice: () => {},
    connect_timeout: 5,
    // Once sharded: all migrations are one transaction, in which Citus refuses a function after tables changed in parallel.
    connection: { "citus.multi_shard_modify_mode": "sequential" },
  });
  try {
    await sql`create table if not exists public.migration_turn (id boolean primary key)`;
    await sql.begin(async (turn) => {
      // Held on one connection while the migrators work on others: two deployments take turns.
      await turn`lock table public.migration_turn in exclusive mode`;
      await refuseWhileOthersRun(sql, appRole.name, force);
      await migrate(drizzle(sql), { migrationsFolder: FOLDER });
      await runMigrations({ connectionString: ownerUrl });
      await grantAppRole(sql, appRole);
      await storeOldestCode(sql);
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function grantAppRole(sql: Sql, role: AppRole): Promise<void> {
  const [{ exists, owner, database } = { exists: false, owner: "", database: "" }] = await sql<
    { exists: boolean; owner: string; database: string }[]
  >`select exists(select from pg_roles where rolname = ${role.name}), current_user as owner, current_database() as database`;
  if (owner === role.name) {
    throw new Error(
      `the application must not connect as the owner of the tables ("${owner}"): give DATABASE_URL a role of its own`,
    );
  }
  const name = quoteName(role.name);
  const verb = exists ? "alter" : "create";
  await sql.unsafe(`${verb} role ${name} login password ${quoteText(role.password)}`);
  await sql.unsafe(`
    grant connect, temporary on database ${quoteName(database)} to ${name};
    revoke create on schema public from public;
    grant usage on schema public, graphile_worker, drizzle to ${name};
    grant select on drizzle.__drizzle_migrations to ${name};
  `);
  await grantRights(sql, role.name);
  await admitToJobQueue(sql, role.name);
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

const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The role named in a connection URL. Throws when it names none or has no password. */
export function appRoleOf(url: string): AppRole {
  const { username, password } = new URL(url);
  if (!username || !password)
    throw new Error("DATABASE_URL must name the application's role and its password");
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
