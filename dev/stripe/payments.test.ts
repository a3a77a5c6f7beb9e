import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "./server";
import { control, failureOf, RETURN_URL, simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  customer = (await stripe.customers.create({ email: "ann@shop.test" })).id;
});
afterAll(() => simulator.close());

type Params = Partial<Stripe.PaymentIntentCreateParams>;
const buy = (payment_method: string, more: Params = {}) =>
  stripe.paymentIntents.create({
    amount: 1000,
    currency: "usd",
    customer,
    payment_method,
    confirm: true,
    return_url: RETURN_URL,
    ...more,
  });
const typesAbout = async (id: string) => {
  const events = await stripe.events.list({ limit: 100 });
  const about = events.data.filter(({ data }) => {
    const object = data.object as { id?: string; payment_intent?: string };
    return object.id === id || object.payment_intent === id;
  });
  return about.map(({ type }) => type).reverse();
};

describe("cards that pay", () => {
  it.each(["visa", "mastercard", "amex", "pendingRefund", "refundFail", "threeDSecureOptional"])(
    "pm_card_%s succeeds",
    async (card) => {
      const intent = await buy(`pm_card_${card}`, { expand: ["latest_charge"], metadata: { order: "7" } });
      expect(intent).toMatchObject({
        status: "succeeded",
        amount_received: 1000,
        next_action: null,
        last_payment_error: null,
        latest_charge: {
          paid: true,
          status: "succeeded",
          balance_transaction: null,
          metadata: { order: "7" },
        },
      });
      expect((await typesAbout(intent.id)).slice(0, 3)).toEqual([
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
      ]);
    },
  );

  it("makes a fresh payment method of a test token each time", async () => {
    const [first, second] = await Promise.all([buy("pm_card_visa"), buy("pm_card_visa")]);
    expect(first.payment_method).not.toBe(second.payment_method);
  });

  it("books the fee a little later, with charge.updated", async () => {
    const intent = await buy("pm_card_visa");
    await expect
      .poll(async () => (await stripe.charges.retrieve(String(intent.latest_charge))).balance_transaction)
      .toMatch(/^txn_/);
    expect(await typesAbout(intent.id)).toContain("charge.updated");
  });
});

describe("cards that are declined", () => {
  it.each([
    ["chargeDeclined", "card_declined", "generic_decline"],
    ["visa_chargeDeclined", "card_declined", "generic_decline"],
    ["chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["chargeDeclinedLostCard", "card_declined", "lost_card"],
    ["chargeDeclinedStolenCard", "card_declined", "stolen_card"],
    ["chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"],
    ["chargeDeclinedExpiredCard", "expired_card", "expired_card"],
    ["chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"],
    ["chargeDeclinedProcessingError", "processing_error", "processing_error"],
    ["chargeCustomerFail", "card_declined", "generic_decline"],
    ["radarBlock", "card_declined", "fraudulent"],
  ])("pm_card_%s: 402 %s / %s, intent and failed charge kept", async (card, code, declineCode) => {
    const error = await failureOf(buy(`pm_card_${card}`));
    expect(error).toMatchObject({
      statusCode: 402,
      type: "StripeCardError",
      code,
      decline_code: declineCode,
    });
    const id = error.payment_intent?.id ?? "";
    const intent = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
    expect(intent).toMatchObject({
      status: "requires_payment_method",
      payment_method: null,
      last_payment_error: { code, decline_code: declineCode },
      latest_charge: {
        id: error.charge,
        status: "failed",
        paid: false,
        failure_code: code,
        receipt_url: null,
      },
    });
    expect((await typesAbout(id)).slice(-2)).toEqual(["charge.failed", "payment_intent.payment_failed"]);
    const retried = await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_visa",
      return_url: RETURN_URL,
    });
    expect(retried.status).toBe("succeeded");
  });

  it("refuses to attach a direct-decline card but attaches the one that fails later", async () => {
    const error = await failureOf(stripe.paymentMethods.attach("pm_card_chargeDeclined", { customer }));
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined", decline_code: "generic_decline" });
    const saved = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    expect(await failureOf(buy(saved.id))).toMatchObject({ statusCode: 402, code: "card_declined" });
  });
});

describe("cards that need the bank", () => {
  const approve = async (id: string, result: string) => {
    const response = await control(simulator, "POST", `/payment_intents/${id}/authenticate`, { result });
    return (await response.json()) as Stripe.PaymentIntent;
  };

  it.each([
    ["authenticationRequired", "succeeded", undefined],
    ["authenticationRequiredOnSetup", "succeeded", undefined],
    ["authenticationRequiredSetupForOffSession", "succeeded", undefined],
    ["threeDSecure2Required", "succeeded", undefined],
    ["threeDSecureRequired", "succeeded", undefined],
    [
      "authenticationRequiredChargeDeclinedInsufficientFunds",
      "requires_payment_method",
      "insufficient_funds",
    ],
    ["threeDSecureRequiredChargeDeclined", "requires_payment_method", "generic_decline"],
  ])("pm_card_%s waits, and is %s after approval", async (card, status, declineCode) => {
    const intent = await buy(`pm_card_${card}`);
    expect(intent).toMatchObject({
      status: "requires_action",
      latest_charge: null,
      next_action: {
        type: "redirect_to_url",
        redirect_to_url: { return_url: RETURN_URL, url: `${simulator.url}/authenticate/${intent.id}` },
      },
    });
    const after = await approve(intent.id, "approve");
    expect(after.status).toBe(status);
    expect(after.last_payment_error?.decline_code).toBe(declineCode);
    expect(await approve(intent.id, "fail")).toEqual(after);
  });

  it("goes back to requires_payment_method when the bank says no", async () => {
    const intent = await buy("pm_card_authenticationRequired");
    expect(await approve(intent.id, "fail")).toMatchObject({
      status: "requires_payment_method",
      payment_method: null,
      last_payment_error: { code: "payment_intent_authentication_failure" },
    });
  });

  it("asks for the optional challenge only when told to", async () => {
    const payment_method_options = { card: { request_three_d_secure: "any" as const } };
    expect((await buy("pm_card_threeDSecureOptional", { payment_method_options })).status).toBe(
      "requires_action",
    );
  });

  it("declines off-session without a charge, and error_on_requires_action likewise", async () => {
    const off = await failureOf(buy("pm_card_authenticationRequired", { off_session: true }));
    expect(off).toMatchObject({
      statusCode: 402,
      code: "authentication_required",
      decline_code: "authentication_required",
    });
    expect(off.charge).toBeUndefined();
    const strict = await failureOf(buy("pm_card_authenticationRequired", { error_on_requires_action: true }));
    expect(strict).toMatchObject({ statusCode: 402, decline_code: "authentication_not_handled" });
  });

  it("lets a card that was set up pay off-session", async () => {
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: "pm_card_authenticationRequiredOnSetup",
      confirm: true,
      return_url: RETURN_URL,
    });
    expect(setup.status).toBe("requires_action");
    await control(simulator, "POST", `/setup_intents/${setup.id}/authenticate`, { result: "approve" });
    const paid = await buy(String(setup.payment_method), { off_session: true });
    expect(paid.status).toBe("succeeded");
    const ready = await stripe.paymentMethods.attach("pm_card_authenticationRequiredSetupForOffSession", {
      customer,
    });
    expect((await buy(ready.id, { off_session: true })).status).toBe("succeeded");
  });

  it("lets another card take over while the bank waits", async () => {
    const { id } = await buy("pm_card_authenticationRequired");
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
    expect(paid.status).toBe("succeeded");
    expect((await approve(id, "approve")).latest_charge).toBe(paid.latest_charge);
  });

  it("never charges an intent that was canceled meanwhile", async () => {
    const { id } = await buy("pm_card_authenticationRequired");
    expect((await stripe.paymentIntents.cancel(id)).status).toBe("canceled");
    expect((await approve(id, "approve")).status).toBe("canceled");
    expect((await stripe.charges.list({ payment_intent: id })).data).toEqual([]);
  });

  it("hands the step to Stripe.js when asked", async () => {
    const intent = await buy("pm_card_authenticationRequired", { use_stripe_sdk: true });
    expect(intent.next_action?.type).toBe("use_stripe_sdk");
  });
});

describe("rules of a payment intent", () => {
  const plain = (more: Params = {}) =>
    stripe.paymentIntents.create({ amount: 1000, currency: "usd", customer, ...more });

  it("starts without a card, then with one waits for confirmation", async () => {
    const intent = await plain();
    expect(intent).toMatchObject({
      status: "requires_payment_method",
      capture_method: "automatic_async",
      automatic_payment_methods: { enabled: true, allow_redirects: "always" },
    });
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
    expect(await failureOf(stripe.paymentIntents.confirm(intent.id))).toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
    });
    const chosen = await stripe.paymentIntents.update(intent.id, {
      payment_method: "pm_card_visa",
      amount: 1200,
    });
    expect(chosen).toMatchObject({ status: "requires_confirmation", amount: 1200 });
  });

  it("does not fall back on the customer's default card", async () => {
    const { id } = await stripe.customers.create({ payment_method: "pm_card_visa" });
    const card = (await stripe.customers.listPaymentMethods(id)).data[0]?.id ?? "";
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: card } });
    const attempt = stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: id,
      confirm: true,
      return_url: RETURN_URL,
    });
    expect(await failureOf(attempt)).toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
    });
  });

  it("wants a return_url when redirects are allowed", async () => {
    const error = await failureOf(buy("pm_card_visa", { return_url: undefined }));
    expect(error).toMatchObject({ statusCode: 400 });
    expect(error.message).toContain("you must provide a `return_url`");
    const automatic_payment_methods = { enabled: true, allow_redirects: "never" as const };
    expect((await buy("pm_card_visa", { return_url: undefined, automatic_payment_methods })).status).toBe(
      "succeeded",
    );
  });

  it.each([
    [0, "parameter_invalid_integer"],
    [-5, "parameter_invalid_integer"],
    [49, "amount_too_small"],
    [100_000_000, "amount_too_large"],
    [5.5, "parameter_invalid_integer"],
  ])("refuses the amount %s", async (amount, code) => {
    expect(await failureOf(plain({ amount }))).toMatchObject({ statusCode: 400, code, param: "amount" });
  });

  it("refuses a card of another customer, and a saved card without its customer", async () => {
    const other = await stripe.customers.create({});
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: other.id });
    expect(await failureOf(buy(card.id))).toMatchObject({
      statusCode: 400,
      type: "StripeInvalidRequestError",
    });
    expect(await failureOf(buy(card.id, { customer: undefined }))).toMatchObject({ statusCode: 400 });
  });

  it("refuses to move an intent that has ended, and shows it", async () => {
    const paid = await buy("pm_card_visa");
    for (const call of [
      stripe.paymentIntents.confirm(paid.id, { payment_method: "pm_card_visa", return_url: RETURN_URL }),
      stripe.paymentIntents.cancel(paid.id),
      stripe.paymentIntents.update(paid.id, { amount: 2000 }),
    ]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
      expect(error.payment_intent?.status).toBe("succeeded");
    }
    const noted = await stripe.paymentIntents.update(paid.id, {
      metadata: { note: "kept" },
      description: "Late",
    });
    expect(noted).toMatchObject({ description: "Late", metadata: { note: "kept" }, status: "succeeded" });
  });

  it("lets an unsaved card pay once, and keeps it when future use is asked for", async () => {
    const once = await buy("pm_card_visa");
    expect(await failureOf(buy(String(once.payment_method)))).toMatchObject({ statusCode: 400 });
    const kept = await buy("pm_card_visa", { setup_future_usage: "off_session" });
    expect((await stripe.paymentMethods.retrieve(String(kept.payment_method))).customer).toBe(customer);
  });
});
