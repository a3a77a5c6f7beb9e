import { afterEach, expect, it } from "vitest";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { mailsOf } from "../../../../dev/testing/outbox";
import { DAY, openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { settleReturns } from "../../orders/returns/settle";

const STARTER = 24_000_000n;
const shop = openPlanShop();
const atStripe = atStripeOf(shop);
afterEach(() => expectBooksBalance(shop.db));

/** What paid the newest invoice, and who hears of that. */
async function paidBy(who: Subscriber) {
  const [invoice] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: String(invoice?.id) })).data;
  const payment = String(paid?.payment.payment_intent);
  const intent = await shop.stripe.paymentIntents.retrieve(payment);
  const hear = () => settleReturns(shop.deps, { paymentIntentId: payment });
  return { charge: String(intent.latest_charge), total: invoice?.total ?? 0, hear };
}

/** Somebody who paid for a year of Starter, and whom an operator gave Premium two days later, with the year's rest credited at once. */
async function upgraded(interval: "month" | "year" = "year") {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  const year = await paidBy(who);
  await shop.passes(2 * DAY);
  const { id, items } = await shop.subscriptionOf(who);
  const [price] = (await shop.stripe.prices.list({ limit: 100 })).data.filter(
    ({ lookup_key: key, recurring }) => key?.includes("premium") && recurring?.interval === interval,
  );
  await shop.stripe.subscriptions.update(id, {
    items: [{ id: String(items.data[0]?.id), price: String(price?.id) }],
    proration_behavior: "always_invoice",
    payment_behavior: "pending_if_incomplete",
  });
  await shop.sync(who);
  return { who, year };
}

const figures = async (who: Subscriber) => {
  const { plan, remaining, frozen, owed } = await shop.stateOf(who);
  return { plan, remaining, frozen, owed };
};

it("I14: a credited year's disputed payment freezes what it bought since, and lost takes it with what was paid since", async () => {
  const { who, year } = await upgraded();
  const difference = await paidBy(who);
  const { remaining } = await figures(who);
  expect(remaining).toBeGreaterThan(STARTER);
  const dispute = await atStripe(`charges/${year.charge}/dispute`);
  await year.hear();
  const disputed = await figures(who);
  // What Free gave is nobody's money.
  const free = disputed.remaining;
  expect(free).toBe((await shop.stateOf(await shop.makeFree())).remaining);
  expect(disputed).toEqual({ plan: "premium", remaining: free, frozen: remaining - free, owed: 0n });
  await atStripe(`disputes/${dispute.id}/lose`);
  await year.hear();
  // Of what Premium gives for a year, the months to come go first.
  const left = { plan: "premium", remaining: remaining - STARTER, frozen: 0n, owed: 0n };
  expect(await figures(who)).toEqual(left);
  await atStripe(`charges/${difference.charge}/refund`);
  await difference.hear();
  const nothing = { plan: "premium", remaining: 0n, frozen: 0n, owed: 0n };
  expect(await figures(who)).toEqual({ ...nothing, remaining: free });
  await shop.passes(31 * DAY);
  await shop.sync(who);
  expect(await figures(who)).toEqual(nothing);
});

it("I14: gives nothing for the months of a year whose money, brought from the one it credited, went back", async () => {
  const { who, year } = await upgraded();
  await atStripe(`charges/${year.charge}/refund`);
  await year.hear();
  const begun: bigint[] = [];
  for (const days of [31, 300]) {
    await shop.passes(days * DAY);
    begun.push((await figures(who)).remaining);
  }
  expect(begun[0]).toBeGreaterThan(0n);
  expect(begun.at(-1)).toBe(0n);
});

it("tells of a second refund in part what was taken for that one alone", async () => {
  const who = await shop.makeSubscriber("starter");
  const { charge, total, hear } = await paidBy(who);
  for (const part of [4, 2]) {
    await atStripe(`charges/${charge}/refund`, { amount: Math.floor(total / part) });
    await hear();
  }
  const told = (await mailsOf(shop.db, who)).filter(({ kind }) => kind === "plan_refunded");
  const taken = told.map(({ facts }) => BigInt(String((facts as { takenCredits: unknown }).takenCredits)));
  expect(taken.toSorted((a, b) => Number(a - b))).toEqual([STARTER / 4n, STARTER / 2n]);
});

it("I14: takes all that a credited year bought, once more of its money went back than was used", async () => {
  const { who, year } = await upgraded("month");
  const [credited] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
  expect(credited?.total).toBeLessThan(-Math.floor(year.total / 2));
  expect((await figures(who)).remaining).toBeGreaterThan(STARTER);
  // Half of the year's money went back, and five sixths are in the customer's balance.
  await atStripe(`charges/${year.charge}/refund`, { amount: Math.floor(year.total / 2) });
  await year.hear();
  const free = (await shop.stateOf(await shop.makeFree())).remaining;
  expect(await figures(who)).toEqual({
    ...{ plan: "premium", remaining: STARTER / 2n + free, frozen: 0n, owed: 0n },
  });
});
