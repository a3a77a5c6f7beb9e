import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "./server";
import { control, post, RETURN_URL, simulate, until } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  customer = (await stripe.customers.create({ email: "ann@shop.test", name: "<b>Ann</b>" })).id;
});
afterAll(() => simulator.close());

describe("the bank's page", () => {
  const waiting = async (payment_method = "pm_card_authenticationRequired") => {
    const intent = await stripe.paymentIntents.create({
      amount: 1000,
      currency: "usd",
      customer,
      payment_method,
      confirm: true,
      return_url: RETURN_URL,
    });
    return {
      id: intent.id,
      url: intent.next_action?.redirect_to_url?.url ?? "",
      secret: intent.client_secret,
    };
  };

  it.each([
    ["pm_card_authenticationRequired", "approve", "succeeded", "succeeded"],
    ["pm_card_authenticationRequired", "fail", "failed", "requires_payment_method"],
    ["pm_card_threeDSecureRequiredChargeDeclined", "approve", "failed", "requires_payment_method"],
  ])("%s, %s: back to the shop with redirect_status=%s", async (card, result, redirectStatus, status) => {
    const { id, url, secret } = await waiting(card);
    const shown = await fetch(url);
    expect(shown.status).toBe(200);
    expect(await shown.text()).toContain("$10.00 usd");
    const [answer, again] = [await post(url, { result }), await post(url, { result: "approve" })];
    const expected = `${RETURN_URL}&payment_intent=${id}&payment_intent_client_secret=${secret}&redirect_status=${redirectStatus}`;
    for (const response of [answer, again, await fetch(url, { redirect: "manual" })]) {
      expect(response.status).toBe(303);
      expect(response.headers.get("location")).toBe(expected);
    }
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe(status);
    expect((await stripe.charges.list({ payment_intent: id })).data.length).toBeLessThanOrEqual(1);
  });

  it("walking away changes nothing and shows the way to the shop", async () => {
    const { id, url } = await waiting();
    const page = await (await fetch(`${url}/left`)).text();
    expect(page).toContain('href="http://shop.test"');
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("requires_action");
  });

  it("is opened at the public address", async () => {
    const other = await simulate({ publicUrl: "https://pay.example.test/" });
    const intent = await other.stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      payment_method: "pm_card_threeDSecure2Required",
      confirm: true,
      return_url: RETURN_URL,
    });
    expect(intent.next_action?.redirect_to_url?.url).toBe(
      `https://pay.example.test/authenticate/${intent.id}`,
    );
    await other.simulator.close();
  });
});

describe("Checkout in setup mode", () => {
  // Apart from the others: a charge's balance transaction comes later, and its event would be among those counted here.
  let simulator: Simulator;
  let stripe: Stripe;
  let customer: string;
  beforeAll(async () => {
    ({ simulator, stripe } = await simulate());
    customer = (await stripe.customers.create({ email: "ann@shop.test" })).id;
  });
  afterAll(() => simulator.close());

  const open = async (more: Partial<Stripe.Checkout.SessionCreateParams> = {}) => {
    const session = await stripe.checkout.sessions.create({
      mode: "setup",
      currency: "usd",
      customer,
      success_url: "http://shop.test/saved?session={CHECKOUT_SESSION_ID}",
      cancel_url: "http://shop.test/cards",
      ...more,
    });
    return { id: session.id, url: session.url ?? "" };
  };
  const card = (number: string) => ({ number, expiry: "12/34", cvc: "123" });
  const retrieve = (id: string) =>
    stripe.checkout.sessions.retrieve(id, { expand: ["setup_intent", "setup_intent.payment_method"] });

  it.each([
    ["4242 4242 4242 4242", "visa"],
    ["5555555555554444", "mastercard"],
    ["3782 822463 10005", "amex"],
    ["4000000000000341", "visa"],
  ])("saves %s, attached but not the default", async (number, brand) => {
    const { id, url } = await open();
    const form = await (await fetch(url)).text();
    expect(form).toContain('<label for="number">');
    const answer = await post(url, card(number));
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(`http://shop.test/saved?session=${id}`);
    const session = await retrieve(id);
    expect(session).toMatchObject({
      status: "complete",
      url: null,
      payment_status: "no_payment_required",
      setup_intent: {
        status: "succeeded",
        payment_method: { customer, card: { brand, exp_month: 12, exp_year: 2034 } },
      },
    });
    const owner = (await stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect(owner.invoice_settings.default_payment_method).toBeNull();
    const events = (await stripe.events.list({ limit: 3 })).data.map(({ type }) => type);
    expect(events.reverse()).toEqual([
      "payment_method.attached",
      "setup_intent.succeeded",
      "checkout.session.completed",
    ]);
    expect((await post(url, card(number))).headers.get("location")).toBe(
      `http://shop.test/saved?session=${id}`,
    );
  });

  it.each([
    ["4000000000000002", "12/34", "Your card was declined."],
    ["4000000000009995", "12/34", "insufficient funds"],
    ["4242424242424241", "12/34", "Your card number is incorrect."],
    ["4242424242424242", "12/20", "expiration year is invalid"],
    ["4242424242424242", "13/34", "expiration month is invalid"],
    ["4242424242424242", "soon", "expiration date is incomplete"],
    ["", "12/34", "Your card number is incorrect."],
  ])("explains why %s %s is not saved", async (number, expiry, sentence) => {
    const { id, url } = await open();
    const answer = await post(url, { number, expiry, cvc: "123" });
    expect(await answer.text()).toContain(sentence);
    expect((await retrieve(id)).status).toBe("open");
    expect((await post(url, card("4242424242424242"))).status).toBe(303);
  });

  it.each(["4000002760003184", "4000002500003155", "4000000000003220"])(
    "sends %s through the bank",
    async (number) => {
      const { id, url } = await open();
      const bank = (await post(url, card(number))).headers.get("location") ?? "";
      expect(bank).toMatch(`${simulator.url}/authenticate/seti_`);
      const refused = await post(bank, { result: "fail" });
      expect(refused.headers.get("location")).toBe(url);
      expect(await (await fetch(url)).text()).toContain("unable to authenticate");
      expect((await post(url, card(number))).headers.get("location")).toBe(bank);
      expect((await post(bank, { result: "approve" })).headers.get("location")).toBe(
        `http://shop.test/saved?session=${id}`,
      );
      expect((await retrieve(id)).status).toBe("complete");
    },
  );

  it("closes the page when the session expires", async () => {
    const { id, url } = await open();
    expect(await stripe.checkout.sessions.expire(id)).toMatchObject({ status: "expired", url: null });
    expect((await fetch(url)).status).toBe(410);
    expect((await post(url, card("4242424242424242"))).status).toBe(410);
    const { status } = (await retrieve(id)).setup_intent as Stripe.SetupIntent;
    expect(status).toBe("canceled");
  });

  it("expires by itself", async () => {
    let clock = Date.now();
    const other = await simulate({ now: () => clock });
    const expires_at = Math.floor(clock / 1000) + 30 * 60;
    const session = await other.stripe.checkout.sessions.create({
      mode: "setup",
      currency: "usd",
      success_url: RETURN_URL,
      expires_at,
    });
    clock += 31 * 60 * 1000;
    await until(() => other.simulator.store.get("checkout.session", session.id)?.status === "expired");
    await other.simulator.close();
  });
});

it("shows a receipt for a paid charge only", async () => {
  const intent = await stripe.paymentIntents.create({
    amount: 1234,
    currency: "usd",
    customer,
    payment_method: "pm_card_visa",
    confirm: true,
    return_url: RETURN_URL,
    description: "<i>credits</i>",
    expand: ["latest_charge"],
  });
  const { receipt_url } = intent.latest_charge as Stripe.Charge;
  const receipt = await (await fetch(receipt_url ?? "")).text();
  expect(receipt).toContain("$12.34");
  expect(receipt).toContain("&lt;i&gt;credits");
  expect((await fetch(`${simulator.url}/receipts/ch_nobody`)).status).toBe(404);
});

it("shows what it remembers, and its switches work as forms", async () => {
  expect(await (await fetch(simulator.url)).text()).toContain("&lt;b&gt;Ann");
  const answer = await post(`${simulator.url}/_sim/faults`, {
    kind: "rate_limit",
    method: "POST",
    pathPattern: "/v1/nothing",
    times: "2",
    ms: "",
  });
  expect(answer.status).toBe(303);
  expect(simulator.faults.list()).toMatchObject([{ kind: "rate_limit", left: 2 }]);
  expect((await control(simulator, "DELETE", "/faults")).status).toBe(200);
  expect(simulator.faults.list()).toEqual([]);
});
