import { AsyncLocalStorage } from "node:async_hooks";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { connect, type Database } from "./client";
import type { Spans } from "./connection";
import { sqlState, transact, transactAtOnce } from "./transact";

// That whoever keeps traces is told of every statement, in whose request it was, and of its end.
const test = openTestDatabase();
const within = new AsyncLocalStorage<string>();
const told: string[] = [];
const spans: Spans = {
  ofStatement: (text) => {
    const where = within.getStore() ?? "nowhere";
    return (error) => void told.push(`${where}: ${text}${error ? ` failed ${sqlState(error)}` : ""}`);
  },
  ofTransaction: (run) => within.run(`${within.getStore()}'s transaction`, run),
};
let db: Database;

beforeAll(() => {
  db = connect(test.appUrl, { max: 1, spans });
});
beforeEach(() => void told.splice(0));
afterAll(() => db.pool.end({ timeout: 5 }));

it("of what is asked by itself, also where somebody else's connection is lent on", async () => {
  const ask = (who: string) =>
    within.run(who, async () => await db.execute(sql`select pg_sleep(0.05), ${who}::text`));
  await Promise.all([ask("ada"), ask("bob")]);
  expect(told).toEqual(["ada: select pg_sleep(0.05), $1::text", "bob: select pg_sleep(0.05), $1::text"]);
});

it("of a transaction's statements within it", async () => {
  await within.run("ada", () => transact(db, (tx) => tx.execute(sql`select 1`)));
  expect(told).toEqual(["ada's transaction: select 1"]);
});

it("of one that goes out at once, with its begin and commit", async () => {
  await within.run("ada", () =>
    transactAtOnce(db, async (raw, finish) => finish(raw.unsafe("select 1 as one"))),
  );
  expect(told).toEqual(["ada: begin", "ada: select 1 as one", "ada: commit"]);
});

it("of a failure, once, with what the database said", async () => {
  await within.run("ada", () =>
    expect(transact(db, (tx) => tx.execute(sql`select 1 / 0`))).rejects.toThrow(),
  );
  expect(told).toEqual(["ada's transaction: select 1 / 0 failed 22012"]);
});

it("of a statement whose connection was lost under it", async () => {
  const lost = within.run(
    "ada",
    async () => await db.execute(sql`select pg_terminate_backend(pg_backend_pid())`),
  );
  await expect(lost).rejects.toThrow();
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("pg_terminate_backend(pg_backend_pid()) failed");
});
