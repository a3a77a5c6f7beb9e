import postgres from "postgres";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { readCatalog } from "./catalog";
import { distributeDatabase } from "./distribute";
import { parentsFirst } from "./plan";

// Citus cannot be installed here. These functions have its names and write down how they were called, so that the
// order, the refusals and the resumption are proven, and what Citus itself makes of the calls is not.
const CALLS_ONLY_CITUS = `
  set allow_system_table_mods = on;
  insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    values (900001, 'citus', 10, 'pg_catalog'::regnamespace, false, '0');
  reset allow_system_table_mods;
  create schema called;
  create table called.calls (number bigint generated always as identity, what text);
  create table called.citus_tables (table_name regclass, citus_table_type text, distribution_column text, colocation_id int);
  create table called.fails_at (name regclass);
  create table called.workers (node_name text, node_port bigint);
  insert into called.workers values ('db1', 5432);
  create function called.citus_get_active_worker_nodes() returns setof called.workers language sql as 'select * from called.workers';
  create function called.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text default 'hash', colocate_with text default 'default'
  ) returns void language plpgsql as $$
  begin
    if exists (select from called.fails_at where name = table_name) then raise 'a worker is away'; end if;
    insert into called.calls (what) values (format('shard %s by %s with %s', table_name, distribution_column, colocate_with));
    insert into called.citus_tables values (table_name, 'distributed', distribution_column, 1);
  end $$;
  create function called.truncate_local_data_after_distributing_table(table_name regclass) returns void language plpgsql as $$
  begin
    insert into called.calls (what) values (format('drop local %s', table_name));
  end $$;`;

const test = openTestDatabase();
const lines: string[] = [];
const run = (appRole = "nobody") =>
  distributeDatabase(test.ownerUrl, appRole, { say: (line) => void lines.push(line) });
const calls = async () =>
  (await test.owner<{ what: string }[]>`select what from called.calls order by number`).map(
    (each) => each.what,
  );

beforeEach(() => {
  lines.length = 0;
});

describe("without Citus", () => {
  it("it explains itself and changes nothing", async () => {
    const before = await readCatalog(test.owner);
    expect(await run()).toEqual({ kind: "refused", why: [expect.stringContaining("no Citus extension")] });
    expect(await readCatalog(test.owner)).toEqual(before);
    expect(lines).toEqual([]);
  });
});

describe("with the functions of Citus", () => {
  beforeEach(async () => {
    await test.owner.unsafe(
      "drop schema if exists called cascade; delete from pg_extension where extname = 'citus'",
    );
    await test.owner.unsafe(CALLS_ONLY_CITUS);
    // Found where Citus puts its own: without naming a schema.
    const [{ name }] = await test.owner<[{ name: string }]>`select current_database() as name`;
    await test.owner.unsafe(`alter database ${name} set search_path = public, called`);
  });

  const tablesInOrder = async () => parentsFirst(await readCatalog(test.owner));
  const shardCall = (table: string) =>
    table === "accounts"
      ? "shard accounts by id with none"
      : `shard ${table} by account_id with public.accounts`;

  it("shards parents first, drops local rows when all is sharded, and says so per table", async () => {
    await makeAccount(test.db);
    expect(await run()).toEqual({ kind: "done" });
    const tables = await tablesInOrder();
    expect(await calls()).toEqual([
      ...tables.map(shardCall),
      ...[...tables].reverse().map((table) => `drop local ${table}`),
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        "accounts: 1 rows sharded by id",
        "balances: 1 rows sharded by account_id",
        expect.stringContaining("users: stays local"),
      ]),
    );
  });

  it("is repeatable: the second run shards nothing again", async () => {
    await run();
    const first = (await calls()).filter((call) => call.startsWith("shard"));
    expect(await run()).toEqual({ kind: "done" });
    expect((await calls()).filter((call) => call.startsWith("shard"))).toEqual(first);
    expect(lines).toContain("entries: is sharded already");
  });

  it("goes on where it was interrupted, and drops no local row before", async () => {
    await test.owner`insert into called.fails_at values ('grants')`;
    await expect(run()).rejects.toThrow("a worker is away");
    const soFar = await calls();
    const tables = await tablesInOrder();
    expect(soFar).toEqual(tables.slice(0, tables.indexOf("grants")).map(shardCall));
    await test.owner`delete from called.fails_at`;
    expect(await run()).toEqual({ kind: "done" });
    expect((await calls()).filter((call) => call.startsWith("shard"))).toEqual(tables.map(shardCall));
  });

  it("refuses before it touches anything when the catalog cannot be sharded", async () => {
    await test.owner`create table odd (id uuid primary key)`;
    const refused = await run();
    await test.owner`drop table odd`;
    expect(refused).toEqual({ kind: "refused", why: [expect.stringContaining("odd: has no account_id")] });
    expect(await calls()).toEqual([]);
  });

  it("refuses where no worker is, and says how one is added", async () => {
    await test.owner`delete from called.workers`;
    expect(await run()).toEqual({ kind: "refused", why: [expect.stringContaining("citus_add_node")] });
    expect(await calls()).toEqual([]);
  });

  it("refuses while the application is connected", async () => {
    await test.db.execute("select 1");
    expect(await run("refill_test_app")).toEqual({
      kind: "refused",
      why: [expect.stringContaining("connections as refill_test_app")],
    });
    expect(await calls()).toEqual([]);
  });

  it("refuses while a migration or another distribution runs", async () => {
    const other = postgres(test.ownerUrl, { max: 1 });
    await other.begin(async (turn) => {
      await turn`lock table migration_turn in exclusive mode`;
      expect(await run()).toEqual({
        kind: "refused",
        why: [expect.stringContaining("another distribution")],
      });
    });
    await other.end();
    expect(await calls()).toEqual([]);
  });
});
