import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "./server";
import { failureOf, post, RETURN_URL, simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
let customer: string;

beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
  customer = (await stripe.customers.create({ email: "ann@shop.test" })).id;
});
afterEach(() => simulator.close());

async function pay(card = "visa", amount = 5000): Promise<{ intent: string; charge: string }> {
  const intent = await stripe.paymentIntents.create({
    amount,
    currency: "usd",
    customer,
    payment_method: `pm_card_${card}`,
    confirm: true,
    return_url: RETURN_URL,
  });
  return { intent: intent.id, charge: String(intent.latest_charge) };
}

const chargeNow = (id: string) => stripe.charges.retrieve(id);
const eventsOf = async (types: RegExp) =>
  (await stripe.events.list({ limit: 100 })).data
    .filter(({ type }) => types.test(type))
    .reverse()
    .map(({ type, data }) => ({ type, ...data }));
const typesOf = async (types: RegExp) => (await eventsOf(types)).map(({ type }) => type);
const RETURNS = /^(charge\.)?refund/;

describe("a refund", () => {
  it("of a part, then of the rest: the charge counts both, and is refunded only then", async () => {
    const { intent, charge } = await pay();
    const part = await stripe.refunds.create({
      charge,
      amount: 1500,
      reason: "duplicate",
      metadata: { refund_id: "7" },
    });
    expect(part).toMatchObject({
      id: expect.stringMatching(/^re_/),
      amount: 1500,
      status: "succeeded",
      reason: "duplicate",
      metadata: { refund_id: "7" },
      payment_intent: intent,
      charge,
      customer,
      balance_transaction: expect.stringMatching(/^txn_/),
      destination_details: { type: "card", card: { reference_status: "pending", type: "refund" } },
    });
    expect(await chargeNow(charge)).toMatchObject({ amount_refunded: 1500, refunded: false, amount: 5000 });
    const rest = await stripe.refunds.create({ payment_intent: intent });
    expect(rest.amount).toBe(3500);
    expect(await chargeNow(charge)).toMatchObject({ amount_refunded: 5000, refunded: true, paid: true });
    expect((await stripe.paymentIntents.retrieve(intent)).status).toBe("succeeded");
    const again = stripe.refunds.create({ charge, amount: 1 });
    expect(await failureOf(again)).toMatchObject({
      code: "charge_already_refunded",
      statusCode: 400,
      message: `Charge ${charge} has already been refunded.`,
    });
  });

  it("tells of itself and of its charge, the partial one too, with what the charge said before", async () => {
    const { charge } = await pay();
    await stripe.refunds.create({ charge, amount: 1500 });
    await stripe.refunds.create({ charge });
    const told = await eventsOf(/^(refund\.created|charge\.refunded)$/);
    expect(told.map(({ type }) => type)).toEqual([
      "refund.created",
      "charge.refunded",
      "refund.created",
      "charge.refunded",
    ]);
    expect(told[1]).toMatchObject({
      object: { amount_refunded: 1500, refunded: false },
      previous_attributes: { amount_refunded: 0 },
    });
    expect(told[3]).toMatchObject({
      object: { amount_refunded: 5000, refunded: true },
      previous_attributes: { amount_refunded: 1500, refunded: false },
    });
  });

  it("is listed by payment, charge and time, page by page, and with its charge only for who asks", async () => {
    const { intent, charge } = await pay();
    const other = await pay();
    for (let count = 0; count < 12; count += 1) await stripe.refunds.create({ charge, amount: 100 });
    await stripe.refunds.create({ charge: other.charge, amount: 100 });
    const ids: string[] = [];
    for await (const { id } of stripe.refunds.list({ payment_intent: intent, limit: 5 })) ids.push(id);
    expect(new Set(ids).size).toBe(12);
    expect((await stripe.refunds.list({ charge: other.charge })).data).toHaveLength(1);
    const later = Math.floor(Date.now() / 1000) + 3600;
    expect((await stripe.refunds.list({ created: { gte: later } })).data).toEqual([]);
    expect("refunds" in (await chargeNow(charge))).toBe(false);
    const whole = await stripe.charges.retrieve(charge, { expand: ["refunds"] });
    expect(whole.refunds).toMatchObject({ has_more: true, data: { length: 10 } });
    expect(whole.refunds?.data[0]?.id).toBe(ids[0]);
  });

  it("takes the amount out of the account's balance, below nothing if need be, and keeps the fee", async () => {
    const { charge } = await pay();
    await expect.poll(async () => (await chargeNow(charge)).balance_transaction).toMatch(/^txn_/);
    await stripe.refunds.create({ charge, expand: ["balance_transaction"] });
    const booked = await stripe.balanceTransactions.list({ type: "refund", expand: ["data.source"] });
    expect(booked.data[0]).toMatchObject({
      amount: -5000,
      net: -5000,
      fee: 0,
      reporting_category: "refund",
      source: { object: "refund", amount: 5000 },
    });
    const { pending } = await stripe.balance.retrieve();
    expect(pending).toMatchObject([{ currency: "usd", amount: -175 }]);
  });

  it("takes metadata later, and cannot be canceled once it succeeded", async () => {
    const { charge } = await pay();
    const { id } = await stripe.refunds.create({ charge });
    expect((await stripe.refunds.update(id, { metadata: { k: "v" } })).metadata).toEqual({ k: "v" });
    expect(await failureOf(stripe.refunds.cancel(id))).toMatchObject({
      statusCode: 400,
      message: "Canceling this refund is unsupported.",
    });
    expect((await stripe.refunds.retrieve(id)).status).toBe("succeeded");
  });

  it("asked for twice with one key is one refund; with another amount the key is refused", async () => {
    const { charge } = await pay();
    const key = { idempotencyKey: "refund:1" };
    const [first, second] = [
      await stripe.refunds.create({ charge, amount: 700 }, key),
      await stripe.refunds.create({ charge, amount: 700 }, key),
    ];
    expect(second.id).toBe(first.id);
    expect((await chargeNow(charge)).amount_refunded).toBe(700);
    const other = stripe.refunds.create({ charge, amount: 800 }, key);
    expect(await failureOf(other)).toMatchObject({ rawType: "idempotency_error", statusCode: 400 });
  });

  it("whose answer was lost is there once, and the same key tells of it", async () => {
    const { charge } = await pay();
    simulator.faults.add({ kind: "fail_after", match: { pathPattern: "/v1/refunds" }, times: 1 });
    const key = { idempotencyKey: "refund:2" };
    expect(await failureOf(stripe.refunds.create({ charge, amount: 700 }, key))).toMatchObject({
      statusCode: 500,
    });
    expect((await stripe.refunds.list({ charge })).data).toHaveLength(1);
    expect(await failureOf(stripe.refunds.create({ charge, amount: 700 }, key))).toMatchObject({
      statusCode: 500,
    });
    expect((await stripe.refunds.list({ charge })).data).toHaveLength(1);
  });
});

describe("a refund that is refused", () => {
  it("for more than is left says both amounts, and has no code", async () => {
    const { intent } = await pay("visa", 3200);
    await stripe.refunds.create({ payment_intent: intent, amount: 700 });
    const error = await failureOf(stripe.refunds.create({ payment_intent: intent, amount: 3000 }));
    expect(error).toMatchObject({
      statusCode: 400,
      param: "amount",
      code: undefined,
      message: "Refund amount ($30.00) is greater than unrefunded amount on charge ($25.00)",
    });
  });

  it.each([0, -5])("of %d is no amount", async (amount) => {
    const { charge } = await pay();
    expect(await failureOf(stripe.refunds.create({ charge, amount }))).toMatchObject({
      statusCode: 400,
      code: "parameter_invalid_integer",
      param: "amount",
    });
  });

  it("names neither payment, an unknown one, or one that was never paid", async () => {
    expect(await failureOf(stripe.refunds.create({ amount: 100 }))).toMatchObject({
      statusCode: 400,
      message: "One of the following params should be provided for this request: payment_intent or charge.",
    });
    expect(await failureOf(stripe.refunds.create({ charge: "ch_unknown" }))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
      param: "id",
    });
    expect(await failureOf(stripe.refunds.create({ payment_intent: "pi_unknown" }))).toMatchObject({
      code: "resource_missing",
      param: "payment_intent",
    });
    const declined = await failureOf(pay("chargeCustomerFail"));
    const payment_intent = declined.payment_intent?.id ?? "";
    expect(await failureOf(stripe.refunds.create({ payment_intent }))).toMatchObject({ statusCode: 400 });
    expect(await failureOf(stripe.refunds.create({ charge: declined.charge ?? "" }))).toMatchObject({
      statusCode: 400,
    });
    expect(await typesOf(RETURNS)).toEqual([]);
  });
});

describe("what becomes of a refund", () => {
  it("to an ordinary card: its reference at the bank comes later, and is told of", async () => {
    const { charge } = await pay();
    const { id } = await stripe.refunds.create({ charge });
    await expect.poll(() => typesOf(/^refund\.updated$/)).toHaveLength(1);
    expect((await stripe.refunds.retrieve(id)).destination_details?.card).toMatchObject({
      reference: expect.stringMatching(/^\w{16}$/),
      reference_status: "available",
    });
    expect((await stripe.refunds.retrieve(id)).status).toBe("succeeded");
  });

  it("to pm_card_pendingRefund: pending, counted already, and succeeded later", async () => {
    const { charge } = await pay("pendingRefund");
    const { id, status } = await stripe.refunds.create({ charge, amount: 2000 });
    expect(status).toBe("pending");
    expect((await chargeNow(charge)).amount_refunded).toBe(2000);
    await expect.poll(async () => (await stripe.refunds.retrieve(id)).status).toBe("succeeded");
    const [told] = await eventsOf(/^refund\.updated$/);
    expect(told).toMatchObject({
      object: { status: "succeeded" },
      previous_attributes: { status: "pending" },
    });
    expect((await chargeNow(charge)).amount_refunded).toBe(2000);
  });

  it("to pm_card_refundFail: succeeded, then failed: the charge has it back and can be refunded again", async () => {
    const { charge } = await pay("refundFail");
    const { id, status } = await stripe.refunds.create({ charge });
    expect(status).toBe("succeeded");
    expect((await chargeNow(charge)).refunded).toBe(true);
    await expect.poll(async () => (await stripe.refunds.retrieve(id)).status).toBe("failed");
    expect(await stripe.refunds.retrieve(id)).toMatchObject({
      failure_reason: "expired_or_canceled_card",
      failure_balance_transaction: expect.stringMatching(/^txn_/),
    });
    expect(await chargeNow(charge)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await typesOf(RETURNS)).toEqual([
      "refund.created",
      "charge.refunded",
      "charge.refund.updated",
      "refund.updated",
      "refund.failed",
    ]);
    const net = (await stripe.balanceTransactions.list({ limit: 100 })).data
      .filter(({ type }) => type.startsWith("refund"))
      .reduce((sum, each) => sum + each.net, 0);
    expect(net).toBe(0);
    expect((await stripe.refunds.create({ charge })).amount).toBe(5000);
  });
});

it("the control page pays back, lets that fail and disputes by its forms, and the receipt says what went back", async () => {
  const { charge } = await pay();
  const form = (path: string, fields: Record<string, string> = {}) =>
    post(`${simulator.url}/_sim/${path}`, fields);
  expect((await form(`charges/${charge}/refund`, { amount: "1500" })).status).toBe(303);
  const [refund] = (await stripe.refunds.list({ charge })).data;
  const receiptOf = async () => (await fetch((await chargeNow(charge)).receipt_url ?? "")).text();
  expect(await receiptOf()).toMatch(/Refunded.*\$15\.00.*Paid after refunds.*\$35\.00/s);
  await form(`refunds/${refund?.id}/fail`);
  expect(await receiptOf()).not.toContain("Refunded");
  await form(`charges/${charge}/dispute`, { amount: "", kind: "chargeback", reason: "duplicate" });
  const page = await (await fetch(`${simulator.url}/_sim`)).text();
  const [dispute] = (await stripe.disputes.list({ charge })).data;
  for (const action of [`refund`, `dispute`, `warn`])
    expect(page).toContain(`/_sim/charges/${charge}/${action}`);
  expect(page).toContain(`/_sim/disputes/${dispute?.id}/win`);
  expect(dispute).toMatchObject({ reason: "duplicate", amount: 5000 });
});
