import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { readCatalog } from "./catalog";
import { findObstacles, findStrangers, LOCAL_TABLES, parentsFirst } from "./plan";

const test = openTestDatabase();
const SCHEMA = "crooked";

beforeEach(async () => {
  await test.owner.unsafe(
    `create schema ${SCHEMA}; ${within("create table accounts (id uuid primary key)")}`,
  );
});
afterEach(() => test.owner.unsafe(`drop schema ${SCHEMA} cascade`));

const within = (ddl: string) => `set search_path = ${SCHEMA}, public; ${ddl}; reset search_path`;

async function obstaclesAfter(ddl: string): Promise<string[]> {
  await test.owner.unsafe(within(ddl));
  return findObstacles(await readCatalog(test.owner, SCHEMA));
}

const OWNED = "account_id uuid not null references accounts";
const USERS = "create table users (id uuid primary key)";

/** What is wrong, the tables that have it, and what must be said about it. */
const VIOLATIONS: readonly (readonly [string, string, string])[] = [
  [
    "a primary key without the account",
    `create table t (id uuid primary key, ${OWNED})`,
    "primary key t_pkey",
  ],
  [
    "a primary key in which the account comes second",
    `create table t (${OWNED}, id uuid, primary key (id, account_id))`,
    "primary key t_pkey begins with id",
  ],
  ["no primary key", `create table t (${OWNED})`, "t: has no primary key"],
  [
    "a unique constraint without the account",
    `create table t (${OWNED}, id uuid unique, primary key (account_id, id))`,
    "unique key t_id_key begins with id",
  ],
  [
    "a partial unique index without the account",
    `create table t (${OWNED}, id uuid, primary key (account_id, id)); create unique index t_x on t (id) where id is not null`,
    "unique key t_x begins with id",
  ],
  [
    "a unique index on an expression",
    `create table t (${OWNED}, id uuid, name text, primary key (account_id, id)); create unique index t_x on t (lower(name), account_id)`,
    "unique key t_x begins with (expression)",
  ],
  [
    "an account that is only carried along by a unique index",
    `create table t (${OWNED}, id uuid, primary key (account_id, id)); create unique index t_x on t (id) include (account_id)`,
    "unique key t_x begins with id",
  ],
  [
    "an exclusion constraint",
    `create table t (${OWNED}, id uuid, span int4range, primary key (account_id, id), exclude using gist (span with &&))`,
    "exclusion constraint t_span_excl",
  ],
  [
    "a foreign key among accounts' tables without the account",
    `create table p (${OWNED}, id uuid, primary key (account_id, id)); alter table p add constraint p_id unique (id);
       create table t (${OWNED}, id uuid, p_id uuid constraint t_p references p (id), primary key (account_id, id))`,
    "t: the foreign key t_p does not begin with the account",
  ],
  [
    "a foreign key that crosses accounts",
    `create table t (${OWNED}, other_account_id uuid constraint t_other references accounts, id uuid, primary key (account_id, id))`,
    "t: the foreign key t_other does not begin with the account",
  ],
  [
    "a foreign key to people",
    `${USERS}; create table t (${OWNED}, user_id uuid constraint t_user references users, primary key (account_id, user_id))`,
    "t: the foreign key t_user leads to users, which stays local",
  ],
  [
    "a foreign key from a local table",
    `create table memberships (account_id uuid constraint m_account references accounts, user_id uuid, primary key (account_id, user_id))`,
    "memberships: the foreign key m_account leads from a local table into shards",
  ],
  [
    "a deferrable foreign key",
    `create table t (account_id uuid primary key constraint t_account references accounts deferrable)`,
    "t: the foreign key t_account is deferrable",
  ],
  ...["on delete set null", "on delete set default", "on update cascade", "on update set null"].map(
    (action) =>
      [
        `a foreign key ${action}`,
        `create table t (account_id uuid primary key constraint t_account references accounts ${action})`,
        "t: the foreign key t_account rewrites rows",
      ] as const,
  ),
  [
    "foreign keys in a circle",
    `create table p (account_id uuid primary key); create table t (account_id uuid primary key references p);
       alter table p add foreign key (account_id) references t`,
    "lead back to itself",
  ],
  [
    "a trigger",
    `create table t (${OWNED}, id uuid, primary key (account_id, id));
       create function crooked_trigger() returns trigger language plpgsql as 'begin return new; end';
       create trigger t_trigger before insert on t for each row execute function crooked_trigger()`,
    "t: the trigger t_trigger",
  ],
  [
    "a serial column",
    `create table t (${OWNED}, id bigserial, primary key (account_id, id))`,
    "t: id is numbered by the database",
  ],
  [
    "an identity column",
    `create table t (${OWNED}, id bigint generated always as identity, primary key (account_id, id))`,
    "t: id is numbered by the database",
  ],
  [
    "a random default",
    `create table t (${OWNED}, id uuid default gen_random_uuid(), primary key (account_id, id))`,
    "t: the default of id calls a volatile function",
  ],
  [
    "a clock hidden in a default",
    `create table t (${OWNED}, id uuid, at timestamptz default date_trunc('day', clock_timestamp()), primary key (account_id, id))`,
    "t: the default of at calls a volatile function",
  ],
  ["a table that is nobody's", "create table t (id uuid primary key)", "t: has no account_id"],
];

describe("what cannot be sharded is found in the catalog", () => {
  it.each(VIOLATIONS)("%s", async (_, ddl, sentence) => {
    const obstacles = await obstaclesAfter(ddl);
    expect(obstacles).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
  });

  it("and what can is not: constants, now(), cascades, generated columns, keys within the account", async () => {
    const obstacles = await obstaclesAfter(`
      create table p (${OWNED}, id uuid, at timestamptz default now(), n bigint default 0, twice bigint generated always as (n * 2) stored, primary key (account_id, id));
      create table t (${OWNED}, id uuid, up uuid, p_id uuid, primary key (account_id, id), unique (account_id, p_id),
        foreign key (account_id, p_id) references p on delete cascade, foreign key (account_id, up) references t)`);
    expect(obstacles).toEqual([]);
  });

  it("a database without accounts is told to migrate first", async () => {
    expect(await obstaclesAfter("drop table accounts")).toEqual([expect.stringContaining("db:migrate")]);
  });
});

describe("the order of distribution", () => {
  it("places every table after all it refers to, accounts first", async () => {
    const catalog = await readCatalog(test.owner);
    const order = parentsFirst(catalog);
    expect(order[0]).toBe("accounts");
    const toOthers = catalog.references.filter(
      ({ table, target }) => order.includes(table) && target !== table,
    );
    for (const { table, target } of toOthers)
      expect(order.indexOf(target), `${table} refers to ${target}`).toBeLessThan(order.indexOf(table));
    const owned = catalog.tables.filter(({ columns }) => columns.includes("account_id"));
    expect([...order].sort()).toEqual(
      ["accounts", ...owned.map(({ name }) => name).filter((name) => !(name in LOCAL_TABLES))].sort(),
    );
  });

  it("does not go on where a table was sharded in another way", async () => {
    const catalog = await readCatalog(test.owner);
    const accounts = { table: "accounts", column: "id", group: 7 };
    expect(findStrangers(catalog, [accounts, { table: "orders", column: "account_id", group: 7 }])).toEqual(
      [],
    );
    expect(
      findStrangers(catalog, [
        accounts,
        { table: "orders", column: "id", group: 7 },
        { table: "grants", column: "account_id", group: 8 },
        { table: "users", column: "<none>", group: 2 },
      ]),
    ).toEqual([
      "orders: is sharded by id instead of account_id",
      "grants: its shards do not lie beside those of accounts",
      "users: is sharded, and should be local",
    ]);
  });
});
