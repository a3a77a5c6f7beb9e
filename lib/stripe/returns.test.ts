import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { control, simulate } from "../../dev/stripe/testing";
import { PAYMENTS_UNAVAILABLE_CODE, type PaymentGateway, REFUND_TOO_LARGE } from "../billing/gateway";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { createStripe } from "./client";
import { createStripeGateway } from "./gateway";

let simulator: Simulator;
let stripe: Stripe;
let gateway: PaymentGateway;
beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  gateway = createStripeGateway(stripe);
});
afterAll(() => simulator.close());

const ORDER = { account_id: newId(), order_id: newId() };

async function pay(card = "visa"): Promise<{ payment: string; charge: string }> {
  const customer = (await stripe.customers.create({ email: "a@example.com" })).id;
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: "usd",
    customer,
    payment_method: `pm_card_${card}`,
    confirm: true,
    return_url: "http://shop.test/",
    metadata: ORDER,
  });
  return { payment: intent.id, charge: String(intent.latest_charge) };
}

const asking = (paymentIntentId: string, amount: bigint, refundId = newId()) => ({
  key: `refund:${refundId}`,
  paymentIntentId,
  amountCents: cents(amount),
  metadata: { ...ORDER, refund_id: refundId },
  reason: "requested_by_customer" as const,
});

async function read(payment: string) {
  const asked = await gateway.readReturns(payment);
  if (asked.kind !== "answered") throw new Error(asked.kind);
  return asked.value;
}

describe("a refund that is asked for", () => {
  it("is made once under its key, and is found with our id on it", async () => {
    const { payment, charge } = await pay();
    const refundId = newId();
    const [first, again] = [
      await gateway.refund(asking(payment, 4_000n, refundId)),
      await gateway.refund(asking(payment, 4_000n, refundId)),
    ];
    expect(again).toEqual(first);
    expect(first).toMatchObject({ kind: "answered", value: { refundId, amountCents: 4_000n } });
    expect(await read(payment)).toMatchObject({
      payment: { id: payment, accountId: ORDER.account_id, orderId: ORDER.order_id },
      invoiceId: null,
      charge: { id: charge, amountCents: 10_000n, refundedCents: 4_000n },
      refunds: [{ refundId, status: "succeeded", failureReason: null }],
      disputes: [],
      warnings: [],
    });
  });

  it.each([
    ["more than is left", REFUND_TOO_LARGE, async (payment: string) => asking(payment, 10_001n)],
    [
      "what went back already",
      "charge_already_refunded",
      async (payment: string) => {
        await stripe.refunds.create({ payment_intent: payment });
        return asking(payment, 1n);
      },
    ],
    [
      "what the bank took back",
      "charge_disputed",
      async (payment: string) => {
        const [{ id } = { id: "" }] = (await stripe.charges.list({ payment_intent: payment })).data;
        await control(simulator, "POST", `/charges/${id}/dispute`, {});
        return asking(payment, 1n);
      },
    ],
    ["nothing", "parameter_invalid_integer", async (payment: string) => asking(payment, 0n)],
    ["an unknown payment", "resource_missing", async () => asking("pi_unknown", 1n)],
  ])("for %s is refused with %s", async (_what, code, request) => {
    const { payment } = await pay();
    expect(await gateway.refund(await request(payment))).toEqual({ kind: "refused", code });
  });

  it.each(["drop_after", "fail_after", "conflict", "rate_limit"] as const)(
    "is unknown, and never refused, where the answer is a %s",
    async (kind) => {
      const { payment } = await pay();
      simulator.faults.add({ kind, match: { method: "POST", pathPattern: "/v1/refunds" }, times: 2 });
      const request = asking(payment, 100n);
      expect(await gateway.refund(request)).toMatchObject({ kind: "unknown" });
      simulator.faults.clear();
      const { refunds } = await read(payment);
      const isMade = kind === "drop_after" || kind === "fail_after";
      expect(refunds.map(({ refundId }) => refundId)).toEqual(isMade ? [request.metadata.refund_id] : []);
    },
  );

  it("is refused as not made where our key is not known any more, and nothing was sent before", async () => {
    const { payment } = await pay();
    const key = "sk_test_revoked";
    const revoked = createStripeGateway(
      createStripe({ secretKey: key, apiBase: simulator.url, networkRetries: 0 }),
    );
    await control(simulator, "POST", "/keys", { key, state: "revoked" });
    const asked = await revoked.refund(asking(payment, 100n));
    expect(asked).toEqual({ kind: "refused", code: PAYMENTS_UNAVAILABLE_CODE });
  });
});

describe("what became of a payment", () => {
  it("is read to the last page, oldest first, whatever failed or was won, and with its warnings", async () => {
    const { payment, charge } = await pay("refundFail");
    for (let count = 0; count < 101; count += 1)
      await stripe.refunds.create({ payment_intent: payment, amount: 50 });
    await expect
      .poll(async () => (await read(payment)).refunds.every((each) => each.status === "failed"))
      .toBe(true);
    const dispute = await (
      await control(simulator, "POST", `/charges/${charge}/dispute`, { amount: 2_500 })
    ).json();
    await control(simulator, "POST", `/disputes/${dispute.id}/win`, {});
    await control(simulator, "POST", `/charges/${charge}/dispute`, { kind: "inquiry" });
    await control(simulator, "POST", `/charges/${charge}/warn`, { fraud_type: "made_with_stolen_card" });
    const returns = await read(payment);
    expect(returns.refunds).toHaveLength(101);
    expect(returns.refunds[0]).toMatchObject({ failureReason: "expired_or_canceled_card", refundId: null });
    expect(returns.charge).toMatchObject({ amountCents: 10_000n, refundedCents: 0n });
    expect(returns.disputes.map(({ status, amountCents }) => [status, amountCents])).toEqual([
      ["won", 2_500n],
      ["warning_needs_response", 10_000n],
    ]);
    expect(returns.disputes[0]).toMatchObject({ id: dispute.id, currency: "usd", isChargeRefundable: true });
    expect(returns.warnings).toMatchObject([{ fraudType: "made_with_stolen_card" }]);
  });

  it("says of a plan's payment which invoice it is for", async () => {
    const customer = (await stripe.customers.create({ email: "plan@example.com" })).id;
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    const price = await stripe.prices.create({
      currency: "usd",
      unit_amount: 29_900,
      recurring: { interval: "month" },
      product_data: { name: "Starter" },
    });
    const { latest_invoice } = await stripe.subscriptions.create({
      customer,
      default_payment_method: card.id,
      items: [{ price: price.id }],
    });
    const [paid] = (await stripe.invoicePayments.list({ invoice: String(latest_invoice) })).data;
    const payment = String(paid?.payment.payment_intent);
    await gateway.refund(asking(payment, 100n));
    expect(await read(payment)).toMatchObject({
      invoiceId: latest_invoice,
      refunds: [{ amountCents: 100n }],
    });
  });

  it("is nothing for a payment that was declined, and refused for one that is nobody's", async () => {
    const customer = (await stripe.customers.create({ email: "b@example.com" })).id;
    const asked = await gateway.charge({
      key: newId(),
      reference: "CR-0000-0000",
      amountCents: cents(5_000n),
      currency: "usd",
      customerId: customer,
      paymentMethodId: "pm_card_chargeCustomerFail",
      returnUrl: "http://shop.test/",
      metadata: ORDER,
      cardsOnly: true,
      existingPaymentId: null,
    });
    const declined = asked.kind === "answered" ? asked.value : null;
    expect(declined?.status).toBe("declined");
    expect(await read(declined?.id ?? "")).toMatchObject({ charge: null, refunds: [] });
    expect(await gateway.readReturns("pi_unknown")).toEqual({ kind: "refused", code: "resource_missing" });
  });

  it("since an instant is listed with the state it has now, and what is older is not", async () => {
    const { payment, charge } = await pay();
    const made = await gateway.refund(asking(payment, 100n));
    await control(simulator, "POST", `/charges/${charge}/dispute`, { kind: "inquiry" });
    await control(simulator, "POST", `/charges/${charge}/warn`, {});
    const since = new Date(Date.now() - 60_000);
    const listed = await gateway.listRecentReturns({ since });
    const ours =
      listed.kind === "answered" ? listed.value.filter((each) => each.paymentIntentId === payment) : [];
    const id = made.kind === "answered" ? made.value.id : "";
    expect(ours).toEqual([
      { kind: "refund", id, paymentIntentId: payment, status: "succeeded" },
      { kind: "dispute", id: expect.any(String), paymentIntentId: payment, status: "warning_needs_response" },
      { kind: "warning", id: expect.any(String), paymentIntentId: payment },
    ]);
    const later = await gateway.listRecentReturns({ since: new Date(Date.now() + 60_000) });
    expect(later).toEqual({ kind: "answered", value: [] });
  });
});
