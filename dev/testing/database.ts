import { randomBytes } from "node:crypto";
import postgres, { type Sql } from "postgres";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { connect, type Database } from "../../db/client";
import { expectBooksBalance } from "./books";

export type TestDatabase = {
  /** As the application connects: its own role, with its own few rights. */
  db: Database;
  /** As the owner of the tables, for arranging what the application may not do and for looking behind it. */
  owner: Sql;
  appUrl: string;
  ownerUrl: string;
};

/** A database of its own for this test file. After every test the books must balance. */
export function openTestDatabase(options: { max?: number } = {}): TestDatabase {
  const test = {} as TestDatabase;
  const given = inject("database");
  const name = `refill_${randomBytes(6).toString("hex")}`;
  let maintenance: Sql;

  beforeAll(async () => {
    maintenance = postgres(given.ownerUrl, { max: 1, onnotice: () => {} });
    await maintenance.unsafe(`create database ${name} template ${given.template}`);
    const ownerUrl = new URL(given.ownerUrl);
    ownerUrl.pathname = `/${name}`;
    const appUrl = new URL(ownerUrl);
    appUrl.username = given.appRole.name;
    appUrl.password = given.appRole.password;
    test.ownerUrl = ownerUrl.href;
    test.appUrl = appUrl.href;
    test.db = connect(appUrl.href, { max: options.max ?? 20 });
    test.owner = postgres(ownerUrl.href, { max: 2, onnotice: () => {} });
  });

  afterEach(() => expectBooksBalance(test.db));

  afterAll(async () => {
    await test.db?.pool.end({ timeout: 5 });
    await test.owner?.end({ timeout: 5 });
    await maintenance.unsafe(`drop database if exists ${name} with (force)`);
    await maintenance.end({ timeout: 5 });
  });

  return test;
}
