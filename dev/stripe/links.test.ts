import type Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Plans, simulatePlans } from "./testing-plans";

const DAY = 24 * 3600 * 1000;

let plans: Plans;
beforeEach(async () => {
  plans = await simulatePlans();
});
afterEach(() => plans.simulator.close());

const passes = (ms: number) => plans.simulator.clock.moveTo(plans.simulator.clock.now() + ms);
const statusOf = async (url: string | null | undefined) => (await fetch(url ?? "")).status;

it("gives links to receipts that are over after 30 days, and a new one to who asks again", async () => {
  const { customer, card } = await plans.customerWith("pm_card_visa");
  const paid = await plans.stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    customer,
    payment_method: card,
    confirm: true,
    return_url: "https://shop.test/",
  });
  const fetchUrl = async () => (await plans.stripe.charges.retrieve(String(paid.latest_charge))).receipt_url;
  const first = await fetchUrl();
  expect(await statusOf(first)).toBe(200);
  await passes(29 * DAY);
  expect(await statusOf(first)).toBe(200);
  await passes(3 * DAY);
  expect(await statusOf(first)).toBe(410);
  const second = await fetchUrl();
  expect(second).not.toBe(first);
  expect(await statusOf(second)).toBe(200);
});

it("gives links to invoices that are over 30 days after they were final, page and PDF alike", async () => {
  const subscription = await plans.subscribe();
  const read = () => plans.stripe.invoices.retrieve(String(subscription.latest_invoice));
  const first = await read();
  for (const url of [first.hosted_invoice_url, first.invoice_pdf]) expect(await statusOf(url)).toBe(200);
  await passes(32 * DAY);
  for (const url of [first.hosted_invoice_url, first.invoice_pdf]) expect(await statusOf(url)).toBe(410);
  const again = await read();
  expect([again.hosted_invoice_url, again.invoice_pdf]).not.toEqual([
    first.hosted_invoice_url,
    first.invoice_pdf,
  ]);
  for (const url of [again.hosted_invoice_url, again.invoice_pdf]) expect(await statusOf(url)).toBe(200);
  // An event tells the link of its own day.
  const events = await plans.stripe.events.list({ type: "invoice.finalized", limit: 100 });
  const told = events.data.map((event) => (event.data.object as Stripe.Invoice).invoice_pdf);
  expect(told).toContain(first.invoice_pdf);
});
