import type Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Simulator } from "./server";
import { failureOf, RETURN_URL, simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
let clock = 0;

beforeEach(async () => {
  clock = Date.now();
  ({ simulator, stripe } = await simulate({ now: () => clock }));
});
afterEach(() => simulator.close());

const buy = (idempotencyKey: string, payment_method = "pm_card_visa", amount = 500) =>
  stripe.paymentIntents.create(
    { amount, currency: "usd", payment_method, confirm: true, return_url: RETURN_URL },
    { idempotencyKey },
  );

async function raw(key: string, body: string) {
  const response = await fetch(`${simulator.url}/v1/payment_intents`, {
    method: "POST",
    headers: {
      Authorization: "Bearer sk_test_x",
      "Content-Type": "application/x-www-form-urlencoded",
      "Idempotency-Key": key,
    },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

it("replays a success byte for byte and says so", async () => {
  const body = "amount=500&currency=usd";
  const [first, second] = [await raw("once", body), await raw("once", "currency=usd&amount=500")];
  expect(second.text).toBe(first.text);
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(second.headers.get("original-request")).toBe(first.headers.get("request-id"));
  expect(second.headers.get("idempotency-key")).toBe("once");
  expect(simulator.store.count("payment_intent")).toBe(1);
});

it("replays a decline, and leaves one failed charge", async () => {
  const body = "amount=500&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true&off_session=true";
  const [first, second] = [await raw("declined", body), await raw("declined", body)];
  expect([first.status, second.status]).toEqual([402, 402]);
  expect(second.text).toBe(first.text);
  expect(simulator.store.count("charge")).toBe(1);
});

it("replays a saved 500 while the payment stands", async () => {
  simulator.faults.add({ kind: "fail_after", times: 1 });
  const body = "amount=500&currency=usd&payment_method=pm_card_visa&confirm=true&return_url=http://a.test/";
  const [first, second] = [await raw("broken", body), await raw("broken", body)];
  expect([first.status, second.status]).toEqual([500, 500]);
  expect(second.text).toBe(first.text);
  expect(simulator.store.list("payment_intent").map(({ status }) => status)).toEqual(["succeeded"]);
});

it("refuses the same key for other parameters or another endpoint", async () => {
  await buy("key");
  expect(await failureOf(buy("key", "pm_card_visa", 600))).toMatchObject({
    statusCode: 400,
    type: "StripeIdempotencyError",
  });
  const elsewhere = stripe.customers.create({}, { idempotencyKey: "key" });
  expect(await failureOf(elsewhere)).toMatchObject({ statusCode: 400, type: "StripeIdempotencyError" });
});

it("answers 409 while the first request runs, then replays it", async () => {
  simulator.faults.add({ kind: "slow_before", ms: 500, times: 1 });
  const first = buy("busy");
  await new Promise((resume) => setTimeout(resume, 30));
  expect(await failureOf(buy("busy"))).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
  const paid = await first;
  expect((await buy("busy")).id).toBe(paid.id);
  expect(simulator.store.count("charge")).toBe(1);
});

it("does not save what never began: bad parameters, 401, 429, 409, a failure before executing", async () => {
  await failureOf(stripe.paymentIntents.create({ amount: 5, currency: "usd" }, { idempotencyKey: "again" }));
  for (const kind of ["rate_limit", "lock_timeout", "conflict", "fail_before"] as const) {
    simulator.faults.add({ kind, times: 1 });
    await failureOf(buy("again"));
  }
  expect((await buy("again")).status).toBe("succeeded");
});

it("saves a refusal that began executing", async () => {
  const { id } = await buy("paid");
  const cancel = () => failureOf(stripe.paymentIntents.cancel(id, {}, { idempotencyKey: "cancel" }));
  const [first, second] = [await cancel(), await cancel()];
  expect(second.headers?.["idempotent-replayed"]).toBe("true");
  expect(second.message).toBe(first.message);
});

it("forgets a key after 24 hours", async () => {
  const first = await buy("daily");
  clock += 24 * 3600 * 1000;
  expect((await buy("daily")).id).not.toBe(first.id);
});

it("refuses a key longer than 255 characters", async () => {
  expect(await failureOf(buy("k".repeat(256)))).toMatchObject({ statusCode: 400 });
});
