import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { itemOf, minuteOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

const AN_HOUR_LATER = "2026-01-31T10:02:00Z";

describe("an invoice made by hand", () => {
  it("takes pending items of its customer when told to, and is charged to the customer's card", async () => {
    const { customer, card } = await plans.customerWith("pm_card_visa");
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });
    await stripe.invoiceItems.create({ customer, pricing: { price: plans.prices.starter }, quantity: 2 });
    await stripe.invoiceItems.create({ customer, amount: 1500, currency: "usd", description: "Setting up" });
    const empty = await stripe.invoices.create({ customer });
    expect(empty).toMatchObject({ billing_reason: "manual", status: "draft", total: 0, auto_advance: false });
    expect(await stripe.invoices.del(empty.id)).toMatchObject({ deleted: true });
    const draft = await stripe.invoices.create({ customer, pending_invoice_items_behavior: "include" });
    expect(draft).toMatchObject({
      total: 3500,
      amount_due: 3500,
      automatically_finalizes_at: null,
      parent: null,
    });
    expect(draft.lines.data[0]).toMatchObject({
      amount: 2000,
      quantity: 2,
      parent: {
        type: "invoice_item_details",
        invoice_item_details: { proration: false, subscription: null },
      },
      pricing: { price_details: { price: plans.prices.starter } },
    });
    await plans.moveTo("2026-02-10T00:00:00Z");
    expect((await stripe.invoices.retrieve(draft.id)).status).toBe("draft");
    const paid = await stripe.invoices.pay(draft.id);
    expect(paid).toMatchObject({ status: "paid", amount_paid: 3500 });
    expect(await failureOf(stripe.invoices.del(draft.id))).toMatchObject({ statusCode: 400 });
  });

  it("with auto_advance becomes final in an hour and is charged then", async () => {
    const { customer, card } = await plans.customerWith("pm_card_visa");
    const draft = await stripe.invoices.create({
      customer,
      auto_advance: true,
      default_payment_method: card,
    });
    await stripe.invoiceItems.create({ customer, invoice: draft.id, amount: 900, currency: "usd" });
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ total: 900, status: "draft" });
    await plans.moveTo(AN_HOUR_LATER);
    expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ status: "paid", amount_paid: 900 });
  });

  it("for a subscription bills what waits for it, before its period ends", async () => {
    const begun = await plans.subscribe();
    const customer = String(begun.customer);
    const empty = await stripe.invoices.create({ customer, subscription: begun.id });
    expect(empty).toMatchObject({ billing_reason: "manual", total: 0, lines: { data: [] } });
    expect(await stripe.invoices.pay(empty.id)).toMatchObject({ status: "paid", attempt_count: 0 });
    await plans.moveTo("2026-02-14T09:00:00Z");
    await stripe.subscriptions.update(begun.id, {
      items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
    });
    const asked = { customer, subscription: begun.id };
    expect(await stripe.invoices.create(asked)).toMatchObject({ total: 0 });
    const draft = await stripe.invoices.create({ ...asked, pending_invoice_items_behavior: "include" });
    expect(draft).toMatchObject({
      period_start: itemOf(begun).current_period_start,
      total: 4500,
      parent: { subscription_details: { subscription: begun.id } },
    });
    expect(await stripe.invoices.pay(draft.id)).toMatchObject({ status: "paid" });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await stripe.invoices.list({ subscription: begun.id })).data[0]).toMatchObject({ total: 10_000 });
  });
});

describe("a draft", () => {
  it("of a renewal can be made final early, is tried within an hour, and cannot be deleted", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-28T09:10:00Z");
    const [draft] = (await stripe.invoices.list({ subscription: begun.id })).data;
    expect(await failureOf(stripe.invoices.del(draft?.id ?? ""))).toMatchObject({ statusCode: 400 });
    const open = await stripe.invoices.finalizeInvoice(draft?.id ?? "");
    expect(open).toMatchObject({ status: "open", attempt_count: 0, attempted: false });
    expect(minuteOf(open.next_payment_attempt)).toBe("2026-02-28T10:10");
    await plans.moveTo("2026-02-28T10:12:00Z");
    expect((await stripe.invoices.retrieve(open.id)).status).toBe("paid");
  });

  it("whose advance is stopped stays one until somebody lets it go on", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-28T09:10:00Z");
    const [draft] = (await stripe.invoices.list({ subscription: begun.id })).data;
    const id = draft?.id ?? "";
    expect(await stripe.invoices.update(id, { auto_advance: false })).toMatchObject({
      automatically_finalizes_at: null,
    });
    await plans.moveTo("2026-03-10T00:00:00Z");
    expect((await stripe.invoices.retrieve(id)).status).toBe("draft");
    await stripe.invoices.update(id, { auto_advance: true });
    await plans.moveTo("2026-03-10T01:02:00Z");
    expect((await stripe.invoices.retrieve(id)).status).toBe("paid");
  });
});

it("an invoice of many lines shows ten, and the others in pages", async () => {
  const begun = await plans.subscribe();
  for (let n = 1; n <= 12; n += 1)
    await stripe.invoiceItems.create({
      customer: String(begun.customer),
      subscription: begun.id,
      amount: n,
      currency: "usd",
    });
  await plans.moveTo("2026-03-01T00:00:00Z");
  const [bill] = (await stripe.invoices.list({ subscription: begun.id })).data;
  expect(bill?.lines).toMatchObject({ has_more: true });
  expect(bill?.lines.data.map(({ amount }) => amount)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const rest = await stripe.invoices.listLineItems(bill?.id ?? "", {
    starting_after: bill?.lines.data.at(-1)?.id,
  });
  expect(rest.data.map(({ amount }) => amount)).toEqual([11, 12, 1000]);
  expect(rest.has_more).toBe(false);
});

it("a customer's subscriptions and invoices beyond a hundred come on further pages", async () => {
  const { customer, card } = await plans.customerWith("pm_card_visa");
  const first = await stripe.subscriptions.create({
    customer,
    default_payment_method: card,
    items: [{ price: plans.prices.starter }],
  });
  for (let n = 0; n < 101; n += 1)
    await stripe.subscriptions.create({ customer, items: [{ price: plans.prices.free }] });
  const page = await stripe.subscriptions.list({ customer, limit: 100 });
  expect([page.data.length, page.has_more]).toEqual([100, true]);
  expect(page.data.some(({ id }) => id === first.id)).toBe(false);
  const last = page.data.at(-1)?.id;
  const next = await stripe.subscriptions.list({ customer, limit: 100, starting_after: last });
  expect(next.data.map(({ id }) => id)).toContain(first.id);
});
