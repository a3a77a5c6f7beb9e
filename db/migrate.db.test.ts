import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import postgres, { type Sql } from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { compiled } from "../dev/testing/compiled";
import { LAST_OF_RELEASE_BEFORE, migrateUpTo } from "../dev/testing/former-release";
import { connect, type Database } from "./client";
import { findMisfit, MISFITS } from "./fits";
import { type MigrateOptions, migrateDatabase } from "./migrate";
import journal from "./migrations/meta/_journal.json" with { type: "json" };
import { NEWEST_MIGRATION } from "./oldest-code";

type Shop = {
  readonly owner: Sql;
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** As a process of the release before is connected. */
  connectOld(name?: string): Promise<Sql>;
  migrate(options?: MigrateOptions): Promise<void>;
};

let shop: Shop;
const ends: (() => Promise<unknown>)[] = [];

/** What the release before has migrated: each test has a copy. */
const released = `refill_released_${randomBytes(6).toString("hex")}`;
const urlOf = (name: string) =>
  Object.assign(new URL(inject("database").ownerUrl), { pathname: `/${name}` }).href;
const asOwner = async (statement: string) => {
  const sql = postgres(inject("database").ownerUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(statement).finally(() => sql.end({ timeout: 5 }));
};
beforeAll(async () => {
  await asOwner(`create database ${released}`);
  await migrateUpTo(urlOf(released), LAST_OF_RELEASE_BEFORE);
}, 60_000);
afterAll(() => asOwner(`drop database if exists ${released} with (force)`));

/** A database that the release before has migrated, of its own, with a role that no other test connects as. */
beforeEach(async () => {
  const name = `refill_stop_${randomBytes(6).toString("hex")}`;
  const role = { name, password: "right" };
  const maintenance = postgres(inject("database").ownerUrl, { max: 1, onnotice: () => {} });
  await maintenance.unsafe(`create database ${name} template ${released}`);
  await maintenance.unsafe(`create role ${name} login password 'right'`);
  const ownerUrl = urlOf(name);
  const appUrl = Object.assign(new URL(ownerUrl), { username: name, password: "right" }).href;
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  ends.push(async () => {
    await owner.end({ timeout: 5 });
    await maintenance.unsafe(`drop database ${name} with (force)`);
    await maintenance.unsafe(`drop role ${name}`);
    await maintenance.end({ timeout: 5 });
  });
  shop = {
    owner,
    ownerUrl,
    appUrl,
    async connectOld(application_name = "refill") {
      const sql = postgres(appUrl, { max: 1, onnotice: () => {}, connection: { application_name } });
      await sql`select`;
      ends.push(() => sql.end({ timeout: 5 }));
      return sql;
    },
    migrate: (options) => migrateDatabase(ownerUrl, role, options),
  };
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const newest = async (): Promise<number> => {
  const [row] = await shop.owner`select max(created_at)::text as at from drizzle.__drizzle_migrations`;
  return Number(row?.at);
};
const isMigrated = async () => (await newest()) === NEWEST_MIGRATION;

function open(): Database {
  const db = connect(shop.appUrl, { max: 1 });
  ends.push(() => db.pool.end({ timeout: 5 }));
  return db;
}

describe("migrating the release before", () => {
  it("does not begin while its processes are connected, and says which and what to do", async () => {
    await shop.connectOld();
    const worker = await shop.connectOld("refill worker");
    const other = await shop.connectOld();
    const before = await newest();
    const refused = shop.migrate();
    await expect(refused).rejects.toThrow(
      /^3 connections are open as refill_stop_\w+ \(refill: 2, refill worker: 1\)/,
    );
    await expect(refused).rejects.toThrow(/Stop all web processes and workers/);
    expect(await newest()).toBe(before);
    await Promise.all([worker, other].map((each) => each.end({ timeout: 5 })));
    await expect(shop.migrate()).rejects.toThrow(/^1 connection is open .*\(refill: 1\)/);
    expect(await newest()).toBe(before);
  });

  it("begins when they have gone, and where the operator says that they are none of its processes", async () => {
    const old = await shop.connectOld("pooler");
    await expect(shop.migrate()).rejects.toThrow("pooler: 1");
    await shop.migrate({ force: true });
    expect(await isMigrated()).toBe(true);
    await old.end({ timeout: 5 });
  });

  it("numbers the keys that were made before keys had numbers, and those that an earlier build makes since", async () => {
    const insert = `insert into api_keys (id, name, secret_hash, scopes) values (gen_random_uuid(), 'Assistant', 'x', '{spend}')`;
    await shop.owner.unsafe(insert);
    await shop.owner.unsafe(insert);
    await shop.migrate();
    const old = await shop.connectOld();
    await old.unsafe(insert);
    const numbers = await shop.owner`select number from api_keys order by number`;
    expect(numbers.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it("is no matter of who is connected as somebody else, or to another database", async () => {
    const { template } = inject("database");
    const elsewhere = postgres(Object.assign(new URL(shop.appUrl), { pathname: `/${template}` }).href, {
      max: 1,
    });
    await elsewhere`select`;
    await shop.owner`select`;
    await shop.migrate();
    await elsewhere.end({ timeout: 5 });
    expect(await isMigrated()).toBe(true);
  });

  it("lets nothing of it write that is connected all the same: each of its transactions fails at its first statement", async () => {
    const old = await shop.connectOld();
    await shop.owner.unsafe(`grant all on all tables in schema public to ${old.options.user}`);
    // As the release before sent them first, to the letter: billing takes the account's lock, the ledger that of its balance, and
    // an ordinary spend compares and writes at once.
    const first = [
      `select "id", "name", "plan", "plan_status", "cycle_anchor", "period_start", "period_end", "allowance_credits", "cycle_due_at", "subscription_asked", "subscription_answered", "subscription_overlapped", "stripe_customer_id", "former_customers", "default_payment_method_id", "cards_asked", "cards_answered", "cards_overlapped", "created_at" from "accounts" where "accounts"."id" = gen_random_uuid() for no key update`,
      "select account_id, last_seq, owed_credits, active_grant_id, active_credits, quiet_until from balances where account_id = gen_random_uuid() for no key update",
      "update balances as b set last_seq = b.last_seq where b.account_id = gen_random_uuid() and b.quiet_until is not distinct from null",
      `update "accounts" set "cards_asked" = "accounts"."cards_asked" + 1 where "accounts"."id" = gen_random_uuid()`,
      `update "accounts" set "subscription_asked" = "accounts"."subscription_asked" + 1 where "accounts"."id" = gen_random_uuid()`,
    ];
    for (const statement of first) await old.unsafe(statement);
    await shop.migrate({ force: true });
    for (const statement of first)
      await expect(old.unsafe(statement)).rejects.toMatchObject({ code: "42703" });
  });

  it("gives up where a table stays locked, says whose transaction is open, and goes through when it has ended", async () => {
    const before = await newest();
    const holder = postgres(shop.ownerUrl, { max: 1, connection: { application_name: "a long report" } });
    const held = holder.begin(async (tx) => {
      await tx`lock table accounts in access share mode`;
      const refused = shop.migrate();
      await expect(refused).rejects.toThrow(
        /^A table was locked by somebody else for 5 s .*a long report pid \d+: \d+ s/,
      );
      await expect(refused).rejects.toMatchObject({ name: "NotMigrated", changed: false });
    });
    await held;
    expect(await newest()).toBe(before);
    await holder.end({ timeout: 5 });
    await shop.migrate();
    expect(await isMigrated()).toBe(true);
  }, 60_000);

  it("is said in sentences by the command, which changes nothing and ends with 1", async () => {
    await shop.connectOld();
    const run = async (...options: string[]) =>
      promisify(execFile)(process.execPath, [await compiled("db/main.ts"), ...options], {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: "test",
          DATABASE_URL: shop.appUrl,
          DATABASE_OWNER_URL: shop.ownerUrl,
        },
      }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
    const refused = await run();
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^1 connection is open[^\n]*\nNothing was changed\.\n$/);
    expect(await run("--fast")).toMatchObject({ code: 2, stderr: expect.stringContaining("Usage") });
    expect(await run("--force")).toMatchObject({ code: 0, stdout: "The database is up to date.\n" });
  }, 60_000);
});

describe("a database that says which builds may run on it", () => {
  const later = (ms: number) => shop.owner`update oldest_code set migration_at = ${NEWEST_MIGRATION + ms}`;

  it("is migrated again while this build runs, and takes no build that is older", async () => {
    await shop.migrate();
    const db = open();
    expect(await findMisfit(db)).toBeNull();
    await shop.migrate();
    await later(1);
    expect(await findMisfit(db)).toBe("build_too_old");
    expect(MISFITS.build_too_old).toMatch(/newer build/);
    await later(0);
    expect(await findMisfit(db)).toBeNull();
  });

  it("is not migrated by an older build, which would take rights away, and keeps what a newer one said", async () => {
    await shop.migrate();
    await later(5);
    await shop.migrate();
    expect(await shop.owner`select migration_at::text as at from oldest_code`).toEqual([
      { at: String(NEWEST_MIGRATION + 5) },
    ]);
    await shop.owner`update drizzle.__drizzle_migrations set created_at = ${NEWEST_MIGRATION + 5} where created_at = ${NEWEST_MIGRATION}`;
    await expect(shop.migrate()).rejects.toThrow(/newer build/);
    await expect(shop.migrate({ force: true })).rejects.toThrow(/newer build/);
  });

  it("has been told so by a new installation, too", async () => {
    expect(journal.entries.length).toBeGreaterThan(LAST_OF_RELEASE_BEFORE + 1);
    await shop.owner.unsafe(
      "drop schema public cascade; drop schema drizzle cascade; drop schema graphile_worker cascade; create schema public",
    );
    await shop.connectOld();
    await shop.migrate();
    expect(await findMisfit(open())).toBeNull();
  });
});

describe("how far a migration is", () => {
  /** What is told of it, in order; of statements only the first and the last. */
  async function watched(): Promise<readonly string[]> {
    const told: string[] = [];
    let total = 0;
    const step = (what: string, statements?: number) => {
      total = statements ?? total;
      told.push(statements === undefined ? what : `${what}: ${statements > 0 ? "some" : "none"}`);
    };
    let last = -1;
    const at = (done: number) => {
      expect(done).toBe(last + 1); // Each statement is told of, and none twice.
      last = done;
      if (done === 0 || done === total) told.push(done === 0 ? "begun" : "all done");
    };
    await shop.migrate({ watch: { step, at } });
    return told;
  }

  it("is told part by part, of the statements of migrations each one", async () => {
    const around = ["job queue", "rights of the application's role"];
    const waiting = "waiting until no other migration runs";
    expect(await watched()).toEqual([
      waiting,
      "statements of migrations: some",
      "begun",
      "all done",
      ...around,
    ]);
    expect(await watched()).toEqual([waiting, "statements of migrations: none", "begun", ...around]);
  });
});
