import { expect, it } from "vitest";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { syncPaymentMethods } from "../../billing/cards/sync";
import { confirmOrder } from "../../billing/orders/confirm";
import { placeOrder } from "../../billing/orders/place";
import { settleReturns } from "../../billing/orders/returns/settle";
import { newId } from "../../ids";
import { dayOf, reconcileDays } from "../../reconciliation/reconcile";
import { sayMoney } from "../commands/money";
import { readRevenue } from "./revenue";

const shop = openPlanShop({ max: 20 });

async function buy(who: Subscriber, choice: Parameters<typeof placeOrder>[1]["choice"]) {
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  const { orderId } = placed.value;
  const { accountId } = who;
  await confirmOrder(shop.deps, { accountId, orderId, paymentMethodId: null, expiryAcknowledged: true });
  return (await shop.charges(await shop.customerOf(who)))[0];
}

/** What Stripe's dashboard, or the payer's bank, does with a payment; and it is heard of here. */
async function returns(charge: Awaited<ReturnType<typeof buy>>, path: string, body: object = {}) {
  const answer = await fetch(`${shop.simulator.url}/_sim/charges/${charge?.id}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  await settleReturns(shop.deps, { paymentIntentId: String(charge?.payment_intent) });
}

const within = { from: new Date("2020-01-01Z"), to: new Date("2100-01-01Z") };

it("is what the comparison with Stripe says of each day, to the cent and the credit, and adds up to what was sold", async () => {
  const [ada, bo] = [await shop.makeSubscriber(), await shop.makeSubscriber("premium")];
  const days = [dayOf(shop.clock.now())];
  for (const who of [ada, bo])
    await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId: await shop.customerOf(who) });
  await buy(ada, { kind: "bundle", bundleId: "usd500" });
  const refunded = await buy(bo, { kind: "bundle", bundleId: "usd500" });
  await returns(refunded, "refund", { amount: 12_345 });
  const ofPlan = (await shop.charges(await shop.customerOf(bo))).find(({ id }) => id !== refunded?.id);
  await returns(ofPlan, "refund", { amount: 1_111 });
  await shop.passes(DAY);
  days.push(dayOf(shop.clock.now()));
  const disputed = await buy(ada, { kind: "custom", typed: "77" });
  await returns(disputed, "dispute");
  await shop.passes(DAY);
  const compared = await reconcileDays(shop.deps, days);
  expect(compared.flatMap(({ lines }) => lines)).toEqual([]);

  const revenue = await readRevenue(shop.db, within);
  expect(revenue.days.map(({ day }) => day)).toEqual(days);
  for (const { day, currency, ...here } of revenue.days) {
    const stripe = compared.find((each) => each.day === day)?.totals[currency];
    expect({ day, ...here }).toMatchObject({
      day,
      orders: stripe?.orders,
      ordersCents: stripe?.ordersCents,
      creditsSold: stripe?.creditsSold,
      planInvoices: stripe?.planInvoices,
      plansCents: stripe?.plansCents,
      refundedCents: stripe?.refundedCents,
      disputedCents: stripe?.disputedCents,
      atStripe: { chargedCents: stripe?.chargedCents, differences: 0 },
    });
  }
  expect(revenue.days.map(({ refundedCents, disputedCents }) => [refundedCents, disputedCents])).toEqual([
    [13_456n, 0n],
    [0n, 7_700n],
  ]);
  expect(
    revenue.of.map(({ what, id, sales, cents: paid, credits }) => [what, id, sales, paid, credits]),
  ).toEqual(
    expect.arrayContaining([
      ["bundle", "usd500", 2, 100_000n, 80_000_000n],
      ["custom", "", 1, 7_700n, expect.any(BigInt)],
      ["plan", "starter", 1, 29_900n, 24_000_000n],
      ["plan", "premium", 1, expect.any(BigInt), 40_000_000n],
    ]),
  );
  const sold = revenue.of.reduce((sum, each) => sum + each.cents, 0n);
  expect(revenue.totals).toEqual([
    {
      currency: "usd",
      ordersCents: 107_700n,
      plansCents: sold - 107_700n,
      refundedCents: 13_456n,
      disputedCents: 7_700n,
      netCents: sold - 21_156n,
    },
  ]);
});

it("has a day's own money only: its first instant is in it, the next day's is not", async () => {
  const who = await shop.makeSubscriber();
  const day = dayOf(shop.clock.now());
  const of = async (from: string, to: string) =>
    (await readRevenue(shop.db, { from: new Date(from), to: new Date(to) })).days.length;
  await shop.owner`update invoices set paid_at = ${`${day}T00:00:00Z`} where account_id = ${who.accountId}`;
  const next = dayOf(new Date(shop.clock.now().getTime() + DAY));
  expect(await of(day, next)).toBe(1);
  const { days } = await readRevenue(shop.db, { from: new Date(day), to: new Date(next) });
  expect(days).toMatchObject([{ day, plansCents: 29_900n, atStripe: null }]);
  expect(await of(next, "2100-01-01")).toBe(0);
});

it("has a compared day of which nothing is here, with its difference, in each currency that Stripe took", async () => {
  const result = { totals: { usd: { chargedCents: "50000" }, eur: { chargedCents: "700" } }, lines: [] };
  await shop.owner`insert into reconciled_days (day, finished_at, drift, result) values
    ('2019-03-05', now(), 1, ${shop.owner.json(result)}), ('2019-03-06', now(), 2, '{}'), ('2019-03-07', now(), 0, '{"totals": {}}')`;
  const march = { from: new Date("2019-03-01Z"), to: new Date("2019-04-01Z") };
  const { days, totals } = await readRevenue(shop.db, march);
  const none = { orders: 0, ordersCents: 0n, plansCents: 0n, netCents: 0n };
  expect(days).toMatchObject([
    { ...none, day: "2019-03-05", currency: "eur", atStripe: { chargedCents: 700n, differences: 1 } },
    { ...none, day: "2019-03-05", currency: "usd", atStripe: { chargedCents: 50_000n, differences: 1 } },
    { ...none, day: "2019-03-06", currency: "usd", atStripe: { chargedCents: 0n, differences: 2 } },
  ]);
  expect(totals.map(({ currency, netCents }) => [currency, netCents])).toEqual([
    ["eur", 0n],
    ["usd", 0n],
  ]);
  expect((await sayMoney(shop.db, "2019-03")).code).toBe(1);
  const before = { from: new Date("2019-02-01Z"), to: new Date("2019-03-01Z") };
  expect((await readRevenue(shop.db, before)).days).toEqual([]);
  await shop.owner`delete from reconciled_days where day < '2019-04-01'`;
});
