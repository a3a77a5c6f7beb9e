import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { post, simulate } from "../../dev/stripe/testing";
import type { ProviderAnswer } from "../billing/gateway";
import type { PlanGateway, PricedPlan } from "../billing/plan-gateway";
import type { PlanInterval } from "../catalog/prices";
import { newId } from "../ids";
import { createStripePlanGateway } from "./plan-gateway";
import { setUpCatalog } from "./setup";

const RETURN_URL = "http://shop.test/return";
let simulator: Simulator;
let stripe: Stripe;
let plans: PlanGateway;
let onSale: readonly PricedPlan[];

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  plans = createStripePlanGateway(stripe);
  await setUpCatalog(stripe, { appUrl: "http://shop.test" });
  onSale = answerOf(await plans.listPlanPrices());
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

function answerOf<T>(asked: ProviderAnswer<T>): T {
  if (asked.kind !== "answered") throw new Error(JSON.stringify(asked));
  return asked.value;
}

function price(plan: string, interval: PlanInterval = "month"): PricedPlan {
  const found = onSale.find((each) => each.plan === plan && each.interval === interval);
  if (!found) throw new Error(`${plan} by the ${interval} is not on sale`);
  return found;
}

async function customerWith(...cards: string[]) {
  const { id: customerId } = await stripe.customers.create({ email: "ada@example.com" });
  const cardIds: string[] = [];
  for (const card of cards)
    cardIds.push((await stripe.paymentMethods.attach(card, { customer: customerId })).id);
  return { customerId, cardIds };
}

async function subscriber(more: { cards?: string[]; priceId?: string } = {}) {
  const { cards = ["pm_card_visa"], priceId = price("starter").priceId } = more;
  const { customerId, cardIds } = await customerWith(...cards);
  const [first = "", second = ""] = cardIds;
  const { id, items } = await stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: priceId }],
    default_payment_method: first,
  });
  const itemId = items.data[0]?.id ?? "";
  const upgradeTo = (plan: "starter" | "premium", interval: PlanInterval = "month") => ({
    customerId,
    subscriptionId: id,
    itemId,
    priceId: price(plan, interval).priceId,
  });
  return { id, customerId, first, second, upgradeTo };
}

async function read(customerId: string) {
  return answerOf(await plans.readBilling(customerId, { subscriptionIds: [], invoiceIds: [], since: null }));
}

/** Of a subscription with one item, that item, and what its schedule has next. */
async function factsOf(customerId: string) {
  const [facts] = (await read(customerId)).subscriptions;
  const [item] = facts?.items ?? [];
  if (!facts || !item) throw new Error("there is no subscription");
  const { schedule } = facts;
  const [next] = schedule?.next[0]?.items ?? [];
  return {
    ...facts,
    priceId: item.price.priceId,
    period: item.period,
    scheduleId: schedule?.id ?? null,
    nextPriceId: next?.price.priceId ?? null,
  };
}

describe("Checkout", () => {
  const start = async (key: string, plan: "starter" | "premium" = "starter") => {
    const { customerId } = await customerWith();
    const request = {
      key,
      accountId: newId(),
      customerId,
      priceId: price(plan).priceId,
      successUrl: "http://shop.test/back?session_id={CHECKOUT_SESSION_ID}",
      cancelUrl: "http://shop.test/plans",
      expiresAt: new Date(simulator.clock.now() + 3_600_000),
    };
    return { request, session: answerOf(await plans.startCheckout(request)) };
  };

  it("is one visit however often it is started, and ends in a subscription with its card", async () => {
    const { request, session } = await start(newId());
    expect(answerOf(await plans.startCheckout(request)).id).toBe(session.id);
    expect(session).toMatchObject({ status: "open", subscriptionId: null, customerId: request.customerId });
    await post(session.url ?? "", { number: "4242 4242 4242 4242", expiry: "12/49", cvc: "123" });
    const after = answerOf(await plans.findCheckout(session.id));
    expect(after).toMatchObject({ status: "complete", url: null });
    const facts = await factsOf(request.customerId);
    expect(facts).toMatchObject({
      id: after.subscriptionId,
      status: "active",
      priceId: price("starter").priceId,
    });
    expect(facts.paymentMethodId).toMatch(/^pm_/);
    expect(answerOf(await plans.expireCheckout(session.id))).toEqual(after);
  });

  it("is over once it was ended, also when it is ended again", async () => {
    const { session } = await start(newId());
    expect(answerOf(await plans.expireCheckout(session.id)).status).toBe("expired");
    expect(answerOf(await plans.expireCheckout(session.id)).status).toBe("expired");
  });
});

describe("an upgrade", () => {
  it("costs what the preview shows, begins a new period and is charged once for one key", async () => {
    const { customerId, first, upgradeTo } = await subscriber();
    const request = upgradeTo("premium");
    const preview = answerOf(await plans.previewUpgrade(request));
    expect(preview).toMatchObject({ dueCents: 499_00n, currency: "usd" });
    const key = newId();
    const invoice = answerOf(await plans.upgrade({ ...request, key, paymentMethodId: first }));
    expect(invoice).toMatchObject({ status: "paid", reason: "subscription_update", paidCents: 499_00n });
    expect(answerOf(await plans.upgrade({ ...request, key, paymentMethodId: first }))).toEqual(invoice);
    expect((await stripe.charges.list({ customer: customerId })).data).toHaveLength(2);
    const facts = await factsOf(customerId);
    expect(facts).toMatchObject({ priceId: price("premium").priceId, hasPendingUpdate: false });
    expect(invoice.line).toEqual({ price: price("premium"), period: facts.period });
  });

  it("is previewed also where more was put on the bill than Stripe sends along, and pays for it", async () => {
    for (const many of [12, 120]) {
      const { id: subscription, customerId, first, upgradeTo } = await subscriber();
      for (let each = 0; each < many; each += 1)
        await stripe.invoiceItems.create({
          ...{ customer: customerId, subscription, amount: 100, currency: "usd" },
        });
      const request = upgradeTo("premium");
      const preview = answerOf(await plans.previewUpgrade(request));
      const dueCents = BigInt(499_00 + many * 100);
      expect(preview).toMatchObject({ dueCents, period: { start: expect.any(Date) } });
      expect(preview.invoice.lines).toHaveLength(many + 1);
      const asked = { ...request, key: newId(), paymentMethodId: first };
      expect(answerOf(await plans.upgrade(asked))).toMatchObject({
        ...{ status: "paid", paidCents: dueCents, line: { price: price("premium") } },
      });
    }
  });

  it("changes nothing while its payment is declined, and leaves nothing when its invoice is voided", async () => {
    const { customerId, second, upgradeTo } = await subscriber({
      cards: ["pm_card_visa", "pm_card_chargeCustomerFail"],
    });
    const before = await factsOf(customerId);
    const request = { ...upgradeTo("premium"), key: newId(), paymentMethodId: second };
    const invoice = answerOf(await plans.upgrade(request));
    expect(invoice).toMatchObject({
      status: "open",
      payment: { status: "declined", failureCode: expect.any(String), actionUrl: null },
    });
    expect(await factsOf(customerId)).toMatchObject({
      priceId: before.priceId,
      period: before.period,
      hasPendingUpdate: true,
    });
    expect(answerOf(await plans.voidInvoice(invoice.id)).status).toBe("void");
    expect(answerOf(await plans.voidInvoice(invoice.id)).status).toBe("void");
    expect(await factsOf(customerId)).toMatchObject({ priceId: before.priceId, hasPendingUpdate: false });
  });

  it("asks for the bank's page, and is done when the bank approves", async () => {
    const { customerId, second, upgradeTo } = await subscriber({
      cards: ["pm_card_visa", "pm_card_authenticationRequired"],
    });
    const request = { ...upgradeTo("premium", "year"), key: newId(), paymentMethodId: second };
    const { id: invoiceId, payment } = answerOf(await plans.upgrade(request));
    expect(payment).toMatchObject({ status: "requires_action", actionUrl: null });
    const asked = { key: newId(), invoiceId, paymentMethodId: second, returnUrl: RETURN_URL };
    const waiting = answerOf(await plans.payInvoice(asked));
    expect(waiting).toMatchObject({ status: "open", payment: { status: "requires_action" } });
    expect(answerOf(await plans.findInvoice(invoiceId))).toEqual(waiting);
    const back = await post(waiting.payment?.actionUrl ?? "", { result: "approve" });
    expect(back.headers.get("location")).toContain(RETURN_URL);
    expect(answerOf(await plans.payInvoice(asked))).toMatchObject({ status: "paid", payment: null });
    expect((await factsOf(customerId)).priceId).toBe(price("premium", "year").priceId);
    expect(answerOf(await plans.voidInvoice(invoiceId)).status).toBe("paid");
  });

  it("undoes a change that was scheduled, which Stripe would not upgrade past", async () => {
    const { id, customerId, first, upgradeTo } = await subscriber({
      priceId: price("starter", "year").priceId,
    });
    answerOf(await plans.scheduleChange({ subscriptionId: id, priceId: price("starter").priceId }));
    const request = { ...upgradeTo("premium", "year"), key: newId(), paymentMethodId: first };
    expect(answerOf(await plans.upgrade(request)).status).toBe("paid");
    expect(await factsOf(customerId)).toMatchObject({ scheduleId: null, nextPriceId: null });
  });

  it("is refused with a card that is nobody's, and nothing happened", async () => {
    const { customerId, upgradeTo } = await subscriber();
    const { cardIds } = await customerWith("pm_card_visa");
    const request = { ...upgradeTo("premium"), key: newId(), paymentMethodId: cardIds[0] ?? "" };
    expect((await plans.upgrade(request)).kind).toBe("refused");
    expect((await factsOf(customerId)).priceId).toBe(price("starter").priceId);
  });

  it("that was carried out before its answer was lost is never called refused", async () => {
    const { customerId, first, second, upgradeTo } = await subscriber({
      cards: ["pm_card_visa", "pm_card_visa"],
    });
    const request = { ...upgradeTo("premium"), key: newId(), paymentMethodId: second };
    answerOf(await plans.setSubscriptionCard(request.subscriptionId, second));
    simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/subscriptions/*" },
    });
    expect((await plans.upgrade(request)).kind).toBe("unknown");
    simulator.faults.clear();
    await plans.setSubscriptionCard(request.subscriptionId, first);
    answerOf(await plans.removeCard(second));
    expect((await plans.upgrade(request)).kind).toBe("unknown");
    expect((await factsOf(customerId)).priceId).toBe(price("premium").priceId);
  });
});

describe("a renewal that was not paid", () => {
  it("is open with its decline, and paid with another card", async () => {
    const { id, customerId, first, second } = await subscriber({
      cards: ["pm_card_visa", "pm_card_chargeCustomerFail"],
    });
    answerOf(await plans.setSubscriptionCard(id, second));
    const { period } = await factsOf(customerId);
    await simulator.clock.moveTo(period.end.getTime() + 2 * 3_600_000);
    const { subscriptions, invoices } = await read(customerId);
    expect(subscriptions).toEqual([expect.objectContaining({ id, status: "past_due" })]);
    const [renewal] = invoices;
    expect(renewal).toMatchObject({
      status: "open",
      reason: "subscription_cycle",
      lines: [{ price: { priceId: price("starter").priceId }, period: subscriptions[0]?.items[0]?.period }],
      payment: { status: "declined" },
    });
    expect(renewal?.nextAttemptAt?.getTime()).toBeGreaterThan(simulator.clock.now());
    const request = {
      key: newId(),
      invoiceId: renewal?.id ?? "",
      paymentMethodId: first,
      returnUrl: RETURN_URL,
    };
    const declined = answerOf(await plans.payInvoice({ ...request, key: newId(), paymentMethodId: second }));
    expect(declined).toMatchObject({ status: "open", payment: { status: "declined" } });
    const paid = answerOf(await plans.payInvoice(request));
    expect(paid).toMatchObject({ payment: { status: "succeeded" } });
    expect(answerOf(await plans.findInvoice(paid.id))).toMatchObject({ status: "paid", paidCents: 299_00n });
    expect((await factsOf(customerId)).status).toBe("active");
  });
});

describe("what comes at the end of the period", () => {
  it("is one schedule however often and with whatever it is asked for, and comes", async () => {
    const { id, customerId } = await subscriber({ priceId: price("premium").priceId });
    answerOf(await plans.setCancelAtPeriodEnd(id, true));
    const asked = await Promise.all(
      [price("starter"), price("starter")].map(({ priceId }) =>
        plans.scheduleChange({ subscriptionId: id, priceId }),
      ),
    );
    expect(asked.map(({ kind }) => kind)).toEqual(["answered", "answered"]);
    const facts = await factsOf(customerId);
    expect(facts).toMatchObject({
      priceId: price("premium").priceId,
      nextPriceId: price("starter").priceId,
      cancelAt: null,
    });
    expect((await stripe.subscriptionSchedules.list({ customer: customerId })).data).toHaveLength(1);
    await simulator.clock.moveTo(facts.period.end.getTime() + 2 * 3_600_000);
    expect(await factsOf(customerId)).toMatchObject({
      priceId: price("starter").priceId,
      nextPriceId: null,
    });
    expect((await read(customerId)).invoices[0]).toMatchObject({ status: "paid", paidCents: 299_00n });
  });

  it("is undone, also twice", async () => {
    const { id, customerId } = await subscriber({ priceId: price("premium").priceId });
    answerOf(await plans.scheduleChange({ subscriptionId: id, priceId: price("starter").priceId }));
    for (let time = 0; time < 2; time += 1) answerOf(await plans.setCancelAtPeriodEnd(id, false));
    expect(await factsOf(customerId)).toMatchObject({ scheduleId: null, nextPriceId: null, cancelAt: null });
  });

  it("may be the end, which is undone in whichever way it was set, but not what an operator set to a day", async () => {
    const { id, customerId } = await subscriber();
    const { period } = await factsOf(customerId);
    answerOf(await plans.setCancelAtPeriodEnd(id, true));
    expect((await factsOf(customerId)).cancelAt).toEqual(period.end);
    answerOf(await plans.setCancelAtPeriodEnd(id, false));
    expect((await factsOf(customerId)).cancelAt).toBeNull();
    const at = Math.floor(period.end.getTime() / 1000);
    await stripe.subscriptions.update(id, { cancel_at: at });
    answerOf(await plans.claimCancellation(id));
    answerOf(await plans.setCancelAtPeriodEnd(id, false));
    expect((await factsOf(customerId)).cancelAt).toBeNull();
  });

  it.each([
    ["on a day", (end: number) => ({ cancel_at: end - 3_600 }), -3_600],
    ["at the period's end", () => ({ cancel_at_period_end: true }), 0],
  ])(
    "is neither undone nor put off where an operator set it, %s, also after a customer's own",
    async (_, how, moved) => {
      const { id, customerId } = await subscriber();
      const { period } = await factsOf(customerId);
      const end = Math.floor(period.end.getTime() / 1000);
      answerOf(await plans.setCancelAtPeriodEnd(id, true));
      answerOf(await plans.setCancelAtPeriodEnd(id, false));
      await stripe.subscriptions.update(id, how(end));
      const refused = { kind: "refused", code: "change_planned" };
      expect(await plans.setCancelAtPeriodEnd(id, false)).toMatchObject(refused);
      expect(
        await plans.scheduleChange({ subscriptionId: id, priceId: price("starter").priceId }),
      ).toMatchObject(refused);
      answerOf(await plans.setCancelAtPeriodEnd(id, true));
      expect((await factsOf(customerId)).cancelAt).toEqual(new Date((end + moved) * 1000));
      expect(await plans.setCancelAtPeriodEnd(id, false)).toMatchObject(refused);
    },
  );

  it("is no schedule for a price of somebody else's", async () => {
    const { id, customerId } = await subscriber();
    const refused = await plans.scheduleChange({ subscriptionId: id, priceId: "price_of_nobody" });
    expect(refused.kind).toBe("refused");
    expect((await factsOf(customerId)).nextPriceId).toBeNull();
  });
});

describe("cards and the portal", () => {
  it("forget a card, also one that is forgotten already", async () => {
    const { customerId, cardIds } = await customerWith("pm_card_visa");
    for (let time = 0; time < 2; time += 1) answerOf(await plans.removeCard(cardIds[0] ?? ""));
    expect((await stripe.customers.listPaymentMethods(customerId)).data).toEqual([]);
  });

  it("open the portal as the setup configured it", async () => {
    const { customerId } = await customerWith();
    const { url } = answerOf(await plans.openPortal({ customerId, returnUrl: RETURN_URL }));
    expect(await (await fetch(url)).text()).toContain(RETURN_URL);
  });
});
