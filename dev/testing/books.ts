import { gte, sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client";
import { accounts } from "../../db/schema";
import { findDrift, findDriftByAccount } from "../../lib/ledger/reconcile";
import { findStrangers } from "./strangers";

/** Invariants I1, I2, I4, the ledger's half of I8, and I13, over everything in the database. */
export async function expectBooksBalance(db: Database): Promise<void> {
  expect(await findDrift(db)).toEqual([]);
  expect(await findStrangers(db)).toEqual([]);
}

/** The same of the accounts opened since an instant, in a cluster whose database is shared. */
export async function expectBooksBalanceSince(db: Database, since: Date): Promise<void> {
  const opened = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(gte(accounts.createdAt, sql`${since.toISOString()}::timestamptz`));
  const ids = opened.map((each) => each.id);
  expect(await findDriftByAccount(db, ids)).toEqual([]);
  const own = new Set(ids);
  expect((await findStrangers(db)).filter((each) => own.has(each.account_id))).toEqual([]);
}
