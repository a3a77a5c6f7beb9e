import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { CLOSED, grantRights, QUEUE_RIGHTS, RIGHTS, type Rights } from "./rights";
import { sqlState } from "./transact";

const test = openTestDatabase();
let app: Sql;
beforeAll(() => {
  app = postgres(test.appUrl, { max: 1, onnotice: () => {} });
});
afterAll(() => app?.end({ timeout: 5 }));

const REFUSED = "42501";

/** What the application may take away. Whoever adds a table here lets a mistake in the code lose its rows. */
const DELETABLE = [
  "payment_methods",
  // Who leaves an account, and what came to open one for a stranger.
  "memberships",
  "identities",
  "invitations",
  "second_factors",
  "recovery_codes",
  "sign_in_failures",
  "web_processes",
  // Who wants a kind of mail again.
  "mail_opt_outs",
  "workers",
  // Mirrors of what Stripe says, until something was decided by it.
  "invoice_lines",
  "pending_lines",
];
/** What may be added to, and neither changed nor deleted. */
const ADDED_TO_ONLY = [
  "catalog_plans",
  "commands",
  "document_numbers",
  "entries",
  "invoice_reversals",
  "operator_acts",
  "order_payments",
  "order_reversals",
  "order_transitions",
  "paid_plan_payments",
  "security_events",
  "subscription_owners",
];

/** Whether the application's role is let through; what else is wrong with the statement does not matter. */
async function mayRun(sql: Sql, statement: string): Promise<boolean> {
  const undo = new Error("undo");
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe(statement);
      throw undo;
    });
  } catch (error) {
    return error === undo || sqlState(error) !== REFUSED;
  }
  return true;
}

/** Columns that can be set: what Postgres fills itself is refused to everybody. */
async function columnsOf(table: string): Promise<string[]> {
  const rows = await test.owner<{ name: string }[]>`
    select quote_ident(attname) as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity <> 'a' order by attnum`;
  return rows.map((each) => each.name);
}

async function relationsOf(schema: string): Promise<string[]> {
  const rows = await test.owner<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;
  return rows.map((each) => each.name);
}

/** The rights on a relation as they are found by trying: each verb, and each column's update. */
async function triedRights(table: string): Promise<Rights & { read: boolean; truncate: boolean }> {
  const columns = await columnsOf(table);
  const updatable: string[] = [];
  for (const column of columns) {
    if (await mayRun(app, `update ${table} set ${column} = ${column} where false`))
      updatable.push(column.replaceAll('"', ""));
  }
  const [insert, remove, truncate, read] = [
    await mayRun(
      app,
      `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "default")})`,
    ),
    await mayRun(app, `delete from ${table} where false`),
    await mayRun(app, `truncate ${table}`),
    await mayRun(app, `select from ${table} limit 0`),
  ];
  const isEverything = updatable.length === columns.length;
  return {
    read,
    truncate,
    ...(insert ? { insert } : {}),
    ...(remove ? { delete: remove } : {}),
    ...(updatable.length > 0 ? { update: isEverything ? true : updatable.sort() } : {}),
  };
}

const asTried = (rights: Rights) => ({
  ...rights,
  ...(Array.isArray(rights.update) ? { update: [...rights.update].sort() } : {}),
  read: true,
  truncate: false,
});

describe("the application's role", () => {
  it("has a line for every table: one without is closed to it", async () => {
    const unlisted = (await relationsOf("public")).filter((each) => !Object.hasOwn(RIGHTS, each));
    expect(unlisted).toEqual(CLOSED);
    for (const table of CLOSED) expect(await mayRun(app, `select from ${table}`)).toBe(false);
    const queue = await relationsOf("graphile_worker");
    expect(queue.filter((each) => !Object.hasOwn(QUEUE_RIGHTS, each))).toEqual([]);
  });

  it.each(Object.keys(RIGHTS).filter((each) => each !== "current_grants"))(
    "may do with %s what is listed, tried verb by verb and column by column, and nothing else",
    async (table) => {
      expect(await triedRights(table)).toEqual(asTried(RIGHTS[table] ?? {}));
    },
  );

  it.each(Object.keys(QUEUE_RIGHTS).filter((each) => each !== "jobs"))(
    "may do with the job queue's %s what is listed, and nothing else",
    async (table) => {
      expect(await triedRights(`graphile_worker.${table}`)).toEqual(asTried(QUEUE_RIGHTS[table] ?? {}));
    },
  );

  it("may not delete orders, attempts, events, keys, people, accounts or any other history", async () => {
    const deletable = Object.keys(RIGHTS).filter((table) => RIGHTS[table]?.delete);
    expect(deletable).toEqual(DELETABLE);
    const addedToOnly = Object.keys(RIGHTS).filter(
      (table) => RIGHTS[table]?.insert && !RIGHTS[table]?.update && !RIGHTS[table]?.delete,
    );
    expect(addedToOnly.sort()).toEqual(ADDED_TO_ONLY);
  });

  it("may alter, drop, empty or tie nothing, nor create a table, a schema or a role", async () => {
    for (const statement of [
      "alter table orders add column x int",
      "drop table entries",
      "truncate sign_in_failures",
      "truncate graphile_worker._private_jobs",
      "create table public.mine (id int)",
      "create schema mine",
      "create role mine",
      "create trigger t before update on orders for each row execute function suppress_redundant_updates_trigger()",
      "delete from drizzle.__drizzle_migrations",
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1)",
    ]) {
      expect([statement, await mayRun(app, statement)]).toEqual([statement, false]);
    }
  });

  it("keeps nothing of what an earlier release or a hand gave it once the database is migrated again", async () => {
    const role = new URL(test.appUrl).username;
    await test.owner.unsafe(`
      grant all on all tables in schema public, graphile_worker to ${role};
      grant update (amount_cents), insert (amount_cents) on orders to ${role}`);
    expect(await mayRun(app, "delete from attempts where false")).toBe(true);
    await grantRights(test.owner, role);
    expect(await triedRights("attempts")).toEqual(asTried(RIGHTS.attempts ?? {}));
    expect(await triedRights("orders")).toEqual(asTried(RIGHTS.orders ?? {}));
    expect(await triedRights("graphile_worker._private_tasks")).toEqual(
      asTried(QUEUE_RIGHTS._private_tasks ?? {}),
    );
    expect(await mayRun(app, "select from migration_turn")).toBe(false);
  });
});
