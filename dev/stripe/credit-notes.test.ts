import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { itemOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

/** A renewal that was declined: 1,000 remain to be paid. */
const failedRenewal = async () => {
  const begun = await plans.subscribe();
  const customer = String(begun.customer);
  const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await stripe.subscriptions.update(begun.id, { default_payment_method: card.id });
  await plans.moveTo("2026-02-28T12:00:00Z");
  const past = await stripe.subscriptions.retrieve(begun.id);
  return { subscription: past.id, invoice: String(past.latest_invoice), customer };
};

describe("a credit note", () => {
  it("for an open invoice leaves less to be paid, and that is what is charged", async () => {
    const { invoice, subscription } = await failedRenewal();
    const [line] = (await stripe.invoices.retrieve(invoice)).lines.data;
    const note = await stripe.creditNotes.create({
      invoice,
      lines: [{ type: "invoice_line_item", invoice_line_item: line?.id ?? "", amount: 400 }],
      reason: "product_unsatisfactory",
    });
    expect(note).toMatchObject({
      type: "pre_payment",
      amount: 400,
      pre_payment_amount: 400,
      status: "issued",
    });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "open",
      total: 1000,
      amount_due: 600,
      amount_remaining: 600,
      pre_payment_credit_notes_amount: 400,
    });
    const paid = await stripe.invoices.pay(invoice, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "paid", amount_paid: 600, amount_remaining: 0 });
    const [charge] = (await stripe.charges.list({ limit: 1 })).data;
    expect(charge?.amount).toBe(600);
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe("active");
  });

  it("for all of it: the invoice says paid, and nothing was", async () => {
    const { invoice, subscription } = await failedRenewal();
    await stripe.creditNotes.create({ invoice, amount: 1000 });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      amount_paid: 0,
      amount_due: 0,
      amount_remaining: 0,
      pre_payment_credit_notes_amount: 1000,
    });
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe("active");
  });

  it("for a paid invoice gives credit or was settled elsewhere, and never more than was paid", async () => {
    const begun = await plans.subscribe();
    const invoice = String(begun.latest_invoice);
    const nothing = stripe.creditNotes.create({ invoice, amount: 300 });
    expect(await failureOf(nothing)).toMatchObject({ statusCode: 400 });
    const note = await stripe.creditNotes.create({
      invoice,
      amount: 300,
      credit_amount: 200,
      out_of_band_amount: 100,
    });
    expect(note).toMatchObject({ type: "post_payment", post_payment_amount: 300 });
    expect(await stripe.customers.retrieve(String(begun.customer))).toMatchObject({ balance: -200 });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      amount_paid: 1000,
      post_payment_credit_notes_amount: 300,
    });
    const more = stripe.creditNotes.create({ invoice, amount: 800, credit_amount: 800 });
    expect(await failureOf(more)).toMatchObject({ statusCode: 400 });
    const [listed] = (await stripe.creditNotes.list({ invoice })).data;
    expect(listed).toMatchObject({
      id: note.id,
      customer_balance_transaction: expect.stringMatching(/^cbtxn_/),
    });
  });
});

describe("a credit note that pays back", () => {
  const paidInvoice = async () => {
    const begun = await plans.subscribe();
    const invoice = String(begun.latest_invoice);
    const [paid] = (await stripe.invoicePayments.list({ invoice })).data;
    return { invoice, payment_intent: String(paid?.payment.payment_intent) };
  };

  it("refunds the invoice's charge, and the invoice counts it", async () => {
    const { invoice, payment_intent } = await paidInvoice();
    const note = await stripe.creditNotes.create({
      invoice,
      amount: 400,
      refund_amount: 300,
      credit_amount: 100,
      expand: ["refunds.refund"],
    });
    expect(note).toMatchObject({
      type: "post_payment",
      refunds: [{ amount_refunded: 300, type: "refund", refund: { amount: 300, status: "succeeded" } }],
    });
    const [charge] = (await stripe.charges.list({ payment_intent })).data;
    expect(charge).toMatchObject({ amount_refunded: 300, refunded: false });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      amount_paid: 1000,
      post_payment_credit_notes_amount: 400,
    });
    const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type);
    for (const type of ["credit_note.created", "refund.created", "charge.refunded"])
      expect(types).toContain(type);
  });

  it("may name a refund that was made before; one that it does not name leaves less to credit", async () => {
    const { invoice, payment_intent } = await paidInvoice();
    const before = await stripe.refunds.create({ payment_intent, amount: 250 });
    const tooMuch = stripe.creditNotes.create({ invoice, amount: 800, credit_amount: 800 });
    expect(await failureOf(tooMuch)).toMatchObject({ statusCode: 400 });
    const note = await stripe.creditNotes.create({
      invoice,
      amount: 1000,
      refunds: [{ refund: before.id }],
      credit_amount: 750,
    });
    expect(note.refunds).toMatchObject([{ refund: before.id, amount_refunded: 250 }]);
    expect((await stripe.refunds.list({ payment_intent })).data).toHaveLength(1);
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({ post_payment_credit_notes_amount: 1000 });
  });

  it("is refused, and pays nothing back, for more than was paid or with a refund of another payment", async () => {
    const { invoice, payment_intent } = await paidInvoice();
    const other = await paidInvoice();
    const foreign = await stripe.refunds.create({ payment_intent: other.payment_intent, amount: 100 });
    const refusals = [
      stripe.creditNotes.create({ invoice, amount: 2000, refund_amount: 2000 }),
      stripe.creditNotes.create({ invoice, amount: 100, refunds: [{ refund: foreign.id }] }),
      stripe.creditNotes.create({ invoice, amount: 500, refund_amount: 400 }),
    ];
    for (const refusal of refusals) expect(await failureOf(refusal)).toMatchObject({ statusCode: 400 });
    expect((await stripe.refunds.list({ payment_intent })).data).toEqual([]);
  });

  it("is not what a refund of the payment alone is: of that the invoice says nothing", async () => {
    const { invoice, payment_intent } = await paidInvoice();
    await stripe.refunds.create({ payment_intent });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      amount_paid: 1000,
      post_payment_credit_notes_amount: 0,
    });
  });
});

describe("an unpaid invoice", () => {
  it("can be paid in parts", async () => {
    const { invoice, customer } = await failedRenewal();
    const { id: payment_intent } = await stripe.paymentIntents.create({
      amount: 300,
      currency: "usd",
      customer,
      payment_method: "pm_card_visa",
      confirm: true,
      return_url: "https://shop.test/",
    });
    expect(await stripe.invoices.attachPayment(invoice, { payment_intent })).toMatchObject({
      status: "open",
      amount_due: 1000,
      amount_paid: 300,
      amount_remaining: 700,
    });
    const paid = await stripe.invoices.pay(invoice, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "paid", amount_paid: 1000 });
    const { data } = await stripe.invoicePayments.list({ invoice });
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([300, 700]);
  });

  it("given up can still be paid, and void never", async () => {
    const first = await failedRenewal();
    await stripe.invoices.markUncollectible(first.invoice);
    expect((await stripe.invoices.retrieve(first.invoice)).amount_remaining).toBe(1000);
    expect(await stripe.invoices.pay(first.invoice, { payment_method: "pm_card_visa" })).toMatchObject({
      status: "paid",
      status_transitions: { marked_uncollectible_at: expect.any(Number), paid_at: expect.any(Number) },
    });
    const begun = await plans.subscribe("pm_card_chargeCustomerFail");
    await stripe.invoices.voidInvoice(String(begun.latest_invoice));
    const late = stripe.invoices.pay(String(begun.latest_invoice), { payment_method: "pm_card_visa" });
    expect(await failureOf(late)).toMatchObject({ statusCode: 400 });
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("incomplete_expired");
  });
});

it("a metered price has no quantity, and is billed for nothing while nobody tells of use", async () => {
  const recurring = { interval: "month", usage_type: "metered", meter: "mtr_calls" } as const;
  const price = await stripe.prices.create({
    product_data: { name: "Calls" },
    unit_amount: 5,
    currency: "usd",
    recurring,
  });
  const counted = plans.subscribe("pm_card_visa", { items: [{ price: price.id, quantity: 2 }] });
  expect(await failureOf(counted)).toMatchObject({ param: "items[0][quantity]" });
  const begun = await plans.subscribe("pm_card_visa", {
    items: [{ price: plans.prices.starter }, { price: price.id }],
  });
  expect(begun.items.data[1]?.quantity).toBeUndefined();
  expect(itemOf(begun).quantity).toBe(1);
  const [bill] = (await stripe.invoices.list({ subscription: begun.id })).data;
  expect(bill?.lines.data.map(({ amount }) => amount)).toEqual([1000]);
  await plans.moveTo("2026-03-01T00:00:00Z");
  const [renewal] = (await stripe.invoices.list({ subscription: begun.id })).data;
  expect(renewal?.lines.data.map(({ amount }) => amount)).toEqual([1000, 0]);
});
