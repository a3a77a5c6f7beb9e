import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { expect, it } from "vitest";
import { findDrift } from "../../lib/ledger/reconcile";
import { openTestDatabase } from "../testing/database";
import { makeAccount } from "../testing/factories";
import { addHistory } from "./history";

const test = openTestDatabase();

it("makes up a history whose books balance, whatever of it lies in the running cycle", async () => {
  const owner = postgres(test.ownerUrl, { max: 1, onnotice: () => {} });
  const { accountId, periodStart } = await makeAccount(test.db);
  await addHistory({ owner, db: test.db }, { accountId, startsAt: periodStart }, 2_000);
  const drift = await findDrift(drizzle(owner));
  await owner.end({ timeout: 5 });
  expect(drift).toEqual([]);
});
