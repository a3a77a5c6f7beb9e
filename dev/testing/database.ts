import { randomBytes } from "node:crypto";
import postgres, { type Sql } from "postgres";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { connect, type Database } from "../../db/client";
import { installRehearsalClock, type RehearsalClock, rehearsalClockOver } from "../rehearsal-clock";
import { expectBooksBalance, expectBooksBalanceSince } from "./books";

/** Time as the application sees it, movable where the database was opened with `clock: true`. */
export type TestClock = {
  now(): Date;
  moveTo(at: Date): Promise<void>;
};

export type TestDatabaseOptions = {
  readonly max?: number;
  /** Gives the database a clock that can be moved. */
  readonly clock?: boolean;
};

export type TestDatabase = {
  /** As the application connects: its own role, with its own few rights. */
  db: Database;
  /** As the owner of the tables, for arranging what the application may not do and for looking behind it. */
  owner: Sql;
  appUrl: string;
  ownerUrl: string;
  clock: TestClock;
  /** What moves the application's time in this database alone; null without `clock: true`. */
  rehearsal: RehearsalClock | null;
};

/**
 * A database of its own for this test file; on a cluster, whose copies would lose their shards, one that all files share and
 * nobody clears, where each test has accounts of its own. After every test the books must balance.
 */
export function openTestDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  const test = { clock: REAL_TIME, rehearsal: null as RehearsalClock | null } as TestDatabase;
  const given = inject("database");
  const name = `refill_${randomBytes(6).toString("hex")}`;
  let maintenance: Sql;
  let begunAt: Date;

  beforeAll(async () => {
    maintenance = postgres(given.ownerUrl, { max: 1, onnotice: () => {} });
    const [clock] = await maintenance<{ now: Date }[]>`select now() as now`;
    begunAt = clock?.now as Date;
    const ownerUrl = new URL(given.ownerUrl);
    if (given.template !== null) {
      await maintenance.unsafe(`create database ${name} template ${given.template}`);
      ownerUrl.pathname = `/${name}`;
    }
    const appUrl = new URL(ownerUrl);
    appUrl.username = given.appRole.name;
    appUrl.password = given.appRole.password;
    test.ownerUrl = ownerUrl.href;
    test.appUrl = appUrl.href;
    if (options.clock && given.template === null) {
      throw new Error("a cluster's clock cannot be moved: leave this file out (dev/testing/citus.ts)");
    }
    test.owner = postgres(ownerUrl.href, { max: 2, onnotice: () => {} });
    if (options.clock) {
      await installRehearsalClock(ownerUrl.href, given.appRole.name);
      test.rehearsal = rehearsalClockOver(test.owner);
      test.clock = movableClock(test.rehearsal);
    }
    test.db = connect(appUrl.href, { max: options.max ?? 20 });
  });

  afterEach(() =>
    given.template === null ? expectBooksBalanceSince(test.db, begunAt) : expectBooksBalance(test.db),
  );

  afterAll(async () => {
    await test.db?.pool.end({ timeout: 5 });
    await test.owner?.end({ timeout: 5 });
    if (given.template !== null) await maintenance.unsafe(`drop database if exists ${name} with (force)`);
    await maintenance.end({ timeout: 5 });
  });

  return test;
}

const REAL_TIME: TestClock = {
  now: () => new Date(),
  moveTo: () => Promise.reject(new Error("open this database with { clock: true } to move its clock")),
};

function movableClock(rehearsal: RehearsalClock): TestClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    async moveTo(at) {
      offsetMs = at.getTime() - Date.now();
      await rehearsal.setOffset(offsetMs);
    },
  };
}
