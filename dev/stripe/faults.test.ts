import type Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FaultRequest } from "./control/faults";
import type { Simulator } from "./server";
import { control, failureOf, RETURN_URL, simulate, until } from "./testing";

let simulator: Simulator;
let stripe: Stripe;

beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
});
afterEach(() => simulator.close());

const buy = (options: Stripe.RequestOptions = { idempotencyKey: "order" }) =>
  stripe.paymentIntents.create(
    { amount: 500, currency: "usd", payment_method: "pm_card_visa", confirm: true, return_url: RETURN_URL },
    options,
  );
const strike = async (fault: FaultRequest) => {
  expect((await control(simulator, "POST", "/faults", fault)).status).toBe(200);
};
const charges = () => simulator.store.count("charge");

it.each([
  ["drop_before", 2, "StripeConnectionError", 0],
  ["drop_after", 2, "StripeConnectionError", 1],
  ["fail_before", 1, "StripeAPIError", 0],
  ["fail_after", 1, "StripeAPIError", 1],
  ["rate_limit", 1, "StripeRateLimitError", 0],
  ["lock_timeout", 1, "StripeRateLimitError", 0],
  ["conflict", 1, "StripeAPIError", 0],
] as const)(
  "%s: the caller sees an error, then the same key pays once",
  async (kind, times, type, executed) => {
    await strike({ kind, times, match: { method: "POST", pathPattern: "/v1/payment_intents" } });
    expect(await failureOf(buy())).toMatchObject({ type });
    expect(charges()).toBe(executed);
    if (kind !== "fail_after") expect((await buy()).status).toBe("succeeded");
    expect(charges()).toBe(1);
  },
);

it("survives a dropped answer by the SDK's own second try, with one charge", async () => {
  await strike({ kind: "drop_after", times: 1 });
  const paid = await buy();
  expect(paid.lastResponse.headers["idempotent-replayed"]).toBe("true");
  expect(charges()).toBe(1);
});

it("is slow before and after executing", async () => {
  for (const kind of ["slow_before", "slow_after"] as const) {
    await strike({ kind, ms: 80, times: 1 });
    const asked = Date.now();
    let isAnswered = false;
    const paid = buy({ idempotencyKey: kind }).finally(() => {
      isAnswered = true;
    });
    if (kind === "slow_before") await new Promise((resume) => setTimeout(resume, 40));
    else await until(() => charges() === 2);
    expect([charges(), isAnswered]).toEqual([kind === "slow_before" ? 0 : 2, false]);
    await paid;
    expect(Date.now() - asked).toBeGreaterThanOrEqual(75);
  }
});

it("strikes only what matches, as often as told, until cleared", async () => {
  await strike({ kind: "rate_limit", match: { method: "GET", pathPattern: "/v1/customers/*" } });
  const { id } = await stripe.customers.create({});
  await stripe.customers.list();
  for (let nth = 0; nth < 3; nth += 1)
    expect(await failureOf(stripe.customers.retrieve(id))).toMatchObject({
      statusCode: 429,
      code: "rate_limit",
    });
  const listed = await (await control(simulator, "GET", "/faults")).json();
  expect(listed.faults).toMatchObject([{ kind: "rate_limit", left: null, struck: 3 }]);
  await control(simulator, "DELETE", "/faults");
  expect((await stripe.customers.retrieve(id)).id).toBe(id);
});

it("refuses a switch it does not have", async () => {
  expect((await control(simulator, "POST", "/faults", { kind: "explode" })).status).toBe(400);
  expect((await control(simulator, "POST", "/faults", { kind: "slow_before", ms: "soon" })).status).toBe(400);
  expect((await control(simulator, "GET", "/nothing")).status).toBe(404);
});

it("keeps a log of requests, tells its health and forgets on demand", async () => {
  await buy({ idempotencyKey: "logged" });
  await buy({ idempotencyKey: "logged" });
  const { requests } = await (await control(simulator, "GET", "/requests")).json();
  expect(requests).toMatchObject([
    { method: "POST", path: "/v1/payment_intents", idempotencyKey: "logged", status: 200, replayed: true },
    { method: "POST", path: "/v1/payment_intents", idempotencyKey: "logged", status: 200, replayed: false },
  ]);
  expect(await (await control(simulator, "GET", "/health")).json()).toMatchObject({ ok: true });
  await control(simulator, "POST", "/reset");
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
});
