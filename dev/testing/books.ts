import { expect } from "vitest";
import type { Database } from "../../db/client";
import { findDrift } from "../../lib/ledger/reconcile";
import { findStrangers } from "./strangers";

/** Invariants I1, I2, I4, the ledger's half of I8, and I13, over everything in the database. */
export async function expectBooksBalance(db: Database): Promise<void> {
  expect(await findDrift(db)).toEqual([]);
  expect(await findStrangers(db)).toEqual([]);
}
