import { expect, it } from "vitest";
import { stripeAccount } from "../../db/schema";
import { openTestDatabase } from "../../dev/testing/database";
import type { PaymentRecord } from "../billing/provider-records";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { compareWithDatabase } from "../stripe/access/belonging";
import { endRecovery, findRecovery } from "./mode";
import { noticeRestore } from "./notice";

const test = openTestDatabase();
const log = { warn: () => {}, error: () => {} };

const payment = (id: string, createdAt: Date, metadata: Record<string, string> = {}): PaymentRecord => ({
  ...{ id, createdAt, metadata, status: "succeeded", amountCents: cents(50_000n), currency: "usd" },
  ...{ customerId: "cus_1", card: null },
});
const ofLostOrder = (createdAt: Date) =>
  payment("pi_lost", createdAt, { account_id: newId(), order_id: newId(), reference: "CR-1" });

/** Stripe's list, newest first and two a page. */
const recordsOf = (payments: readonly PaymentRecord[]) => ({
  listPayments: async ({ from }: { from: Date | null }, after: string | null) => {
    const made = payments.filter(({ createdAt }) => !from || createdAt >= from);
    const first = after === null ? 0 : made.findIndex(({ id }) => id === after) + 1;
    const records = made.slice(first, first + 2);
    const next = made.length > first + 2 ? (records.at(-1)?.id ?? null) : null;
    return { kind: "answered", value: { records, next } } as const;
  },
});

it("I28: a restored backup is noticed behind any number of newer payments of plans, which name no order", async () => {
  await test.db.insert(stripeAccount).values({ id: "acct_1", live: false }).onConflictDoNothing();
  await endRecovery(test.db, new Date(0));
  const now = new Date();
  const renewals = Array.from({ length: 9 }, (_, index) => payment(`pi_${index}`, now));
  const records = recordsOf([...renewals, ofLostOrder(now)]);
  expect(await noticeRestore({ db: test.db, records: recordsOf(renewals), log })).toBe("fine");
  expect(await findRecovery(test.db)).toBeNull();
  expect(await noticeRestore({ db: test.db, records, log })).toBe("recovering");
  // For every process, until it is recovered.
  expect(await findRecovery(test.db)).toMatchObject({ because: "pi_lost", since: expect.any(Date) });
  await endRecovery(test.db, new Date(0));
});

it("a new database does not take what its Stripe account sold before for orders that it has lost", async () => {
  await test.owner`delete from stripe_account`;
  const records = recordsOf([ofLostOrder(new Date(Date.now() - 60_000))]);
  await compareWithDatabase(test.db, { accountId: "acct_1", live: false }, async () => true);
  expect(await noticeRestore({ db: test.db, records, log })).toBe("fine");
  expect(await findRecovery(test.db)).toBeNull();
});
