import { and, eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { currentGrants } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { openShop } from "../../../../dev/testing/shop";
import { newId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { getBalance } from "../../../ledger/queries";
import { credits } from "../../../money/credits";
import { settleReturns } from "../../orders/returns/settle";
import { extendAddOns } from "./extend-add-ons";

const shop = openShop({ clock: true });
const { place, confirm } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

const DAY_MS = 86_400_000;
const PLAN = 24_000_000n;
const BOUGHT = 8_000_000n;

/** An order whose cycle is over by now, spent in part and perhaps frozen, and a change within it that is heard of only now. */
async function hearOfLateChange({ used, frozen }: { used: bigint; frozen: boolean }) {
  const buyer = await shop.makeBuyer();
  const { accountId } = buyer;
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId, { expiryAcknowledged: true });
  const [bought] = await shop.db
    .select()
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.kind, "purchase")));
  if (!bought) throw new Error("nothing was bought");
  const purpose = { category: "ai_processing", resource: null, reference: null } as const;
  const run = (command: Parameters<typeof commit>[2][number]["command"]) =>
    transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
  if (used > 0n) await run({ kind: "spend", credits: credits(PLAN + used), purpose });
  if (frozen) await run({ kind: "freeze", grantId: bought.id });
  const at = new Date(bought.expiresAt.getTime() - DAY_MS);
  await shop.clock.moveTo(new Date(bought.expiresAt.getTime() + DAY_MS));
  const until = new Date(bought.expiresAt.getTime() + 20 * DAY_MS);
  const hear = () =>
    transact(shop.db, (tx) =>
      extendAddOns(tx, accountId, [{ at, until } as never], new Date(shop.clock.now())),
    );
  await hear();
  await hear();
  const [charge] = await shop.charges(buyer.customerId);
  const left = () => getBalance(shop.db, accountId).then(({ remaining, owed }) => ({ remaining, owed }));
  return { charge, left };
}

it("what expired because a change was heard of late is given once more, once", async () => {
  const { left } = await hearOfLateChange({ used: 1_000_000n, frozen: false });
  expect(await left()).toEqual({ remaining: BOUGHT - 1_000_000n, owed: 0n });
});

it("what is in dispute is not: whoever decides the dispute gives it anew, and it would be given twice", async () => {
  const { left } = await hearOfLateChange({ used: 0n, frozen: true });
  expect(await left()).toMatchObject({ remaining: 0n });
});

it("what was given once more is taken back with the rest when the order is refunded (I14)", async () => {
  const { charge, left } = await hearOfLateChange({ used: 1_000_000n, frozen: false });
  await shop.stripe.refunds.create({ charge: charge?.id ?? "" });
  await settleReturns(shop.deps, { paymentIntentId: String(charge?.payment_intent) });
  const { remaining, owed } = await left();
  // A new cycle's plan credits may be there by now, and have paid what is owed.
  expect((remaining - owed + 1_000_000n) % PLAN).toBe(0n);
});
