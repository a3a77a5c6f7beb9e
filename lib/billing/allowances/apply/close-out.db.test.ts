import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { allowances } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { HOUR, openPlanShop } from "../../../../dev/testing/plans";
import { newId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { NO_CREDITS } from "../../../money/credits";

const shop = openPlanShop();
const ALLOWANCE = 24_000_000n;

it("I20: a renewal that is voided while it is frozen pays no debt with what is revoked", async () => {
  const who = await shop.makeSubscriber();
  await shop.spend(who, 5_000_000n);
  const { id, items } = await shop.subscriptionOf(who);
  await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
  const end = (items.data[0]?.current_period_end ?? 0) * 1_000;
  await shop.clock.moveTo(new Date(end + 5_000));
  await shop.stateOf(who);
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  const rows = await shop.db.select().from(allowances).where(eq(allowances.accountId, who.accountId));
  const first = rows.find((each) => each.payment === "paid");
  const credits = first?.credits ?? NO_CREDITS;
  const revoke = { kind: "revoke", grantId: first?.grantId ?? "", credits } as const;
  await transact(shop.db, (tx) => commit(tx, who.accountId, [{ key: newId(), command: revoke }]));
  // The Free month before it ends in the same second, and may have paid the first million of what was spent.
  const before = await shop.stateOf(who);
  expect(before).toMatchObject({ remaining: 0n, frozen: ALLOWANCE });
  expect(before.owed).toBeGreaterThanOrEqual(4_000_000n);
  const customer = await shop.customerOf(who);
  const { data } = await shop.stripe.invoices.list({ customer, status: "open" });
  await shop.stripe.invoices.voidInvoice(data[0]?.id ?? "");
  await shop.sync(who);
  const after = await shop.stateOf(who);
  expect(after).toMatchObject({ remaining: 0n, frozen: 0n, owed: before.owed });
  expect(after.periods.at(-1)).toContain("starter voided");
});
