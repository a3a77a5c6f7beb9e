import { expect, it } from "vitest";
import { failureOf, post } from "./testing";
import { itemOf, simulatePlans } from "./testing-plans";

const RETURN = "http://shop.test/billing";
const card = (number: string) => ({ do: "add_card", number, expiry: "12/34", cvc: "123" });

async function open(params: Parameters<Portal["stripe"]["billingPortal"]["sessions"]["create"]>[0] = {}) {
  const plans = await simulatePlans();
  const subscription = await plans.subscribe();
  const customer = String(subscription.customer);
  const session = await plans.stripe.billingPortal.sessions.create({
    customer,
    return_url: RETURN,
    ...params,
  });
  return { ...plans, subscription, customer, session };
}
type Portal = Awaited<ReturnType<typeof simulatePlans>>;

const defaultOf = async (portal: Portal, id: string) => {
  const customer = await portal.stripe.customers.retrieve(id, {
    expand: ["invoice_settings.default_payment_method"],
  });
  const method = customer.deleted ? null : customer.invoice_settings.default_payment_method;
  return typeof method === "string" || !method ? null : method.card?.last4;
};

it("converges a configuration: what is left out of an update stays", async () => {
  const { stripe, simulator } = await simulatePlans();
  const { configurations } = stripe.billingPortal;
  const made = await configurations.create({
    features: {
      invoice_history: { enabled: true },
      subscription_cancel: { enabled: true, mode: "at_period_end" },
    },
    metadata: { shop: "ours" },
  });
  expect(made).toMatchObject({ active: true, is_default: false, metadata: { shop: "ours" } });
  const features = { customer_update: { enabled: true, allowed_updates: ["email" as const] } };
  const changed = await configurations.update(made.id, { features, name: "Ours" });
  expect(changed.features).toMatchObject({
    ...features,
    invoice_history: { enabled: true },
    subscription_cancel: { enabled: true, mode: "at_period_end" },
    payment_method_update: { enabled: false },
  });
  expect((await configurations.list({ active: true, is_default: false })).data).toEqual([changed]);
  const types = simulator.store.list("event").map(({ type }) => type);
  expect(types.slice(0, 2)).toEqual([
    "billing_portal.configuration.updated",
    "billing_portal.configuration.created",
  ]);
  await simulator.close();
});

it("shows the plan, the card and the invoices, and leads back", async () => {
  const { simulator, session } = await open();
  const text = await (await fetch(session.url)).text();
  for (const shown of [
    "Starter",
    "per month",
    "Renews on",
    "2026-02-28",
    "/invoices/in_",
    `href="${RETURN}"`,
  ])
    expect(text).toContain(shown);
  await simulator.close();
});

it("adds a card and makes it the default, after the bank agreed where it asks", async () => {
  const portal = await open();
  const { session, customer, simulator } = portal;
  const declined = await post(session.url, card("4000000000000002"));
  expect([declined.status, await defaultOf(portal, customer)]).toEqual([402, null]);
  expect((await post(session.url, card("5555555555554444"))).status).toBe(303);
  expect(await defaultOf(portal, customer)).toBe("4444");

  const bank = (await post(session.url, card("4000002760003184"))).headers.get("location") ?? "";
  expect(bank).toContain("/authenticate/seti_");
  expect(await defaultOf(portal, customer)).toBe("4444");
  const refused = (await post(bank, { result: "fail" })).headers.get("location") ?? "";
  expect(await (await fetch(refused)).text()).toContain("unable to authenticate");
  const again = (await post(session.url, card("4000002760003184"))).headers.get("location") ?? "";
  expect((await post(again, { result: "approve" })).headers.get("location")).toContain(session.url);
  expect(await defaultOf(portal, customer)).toBe("3184");
  await simulator.close();
});

it("cancels at the period's end, and takes that back", async () => {
  const { session, subscription, stripe, simulator } = await open();
  const press = (action: string) => post(session.url, { do: action, subscription: subscription.id });
  await press("cancel");
  expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
    status: "active",
    cancel_at: itemOf(subscription).current_period_end,
  });
  await press("renew");
  expect((await stripe.subscriptions.retrieve(subscription.id)).cancel_at).toBeNull();
  await simulator.close();
});

it("does only what its configuration allows, and only to this customer's plan", async () => {
  const { stripe, customer, subscribe, session, simulator } = await open();
  const other = await subscribe();
  await post(session.url, { do: "cancel", subscription: other.id });
  expect((await stripe.subscriptions.retrieve(other.id)).cancel_at).toBeNull();

  const { id: configuration } = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  });
  const bare = await stripe.billingPortal.sessions.create({ customer, configuration });
  await post(bare.url, card("4242424242424242"));
  expect((await stripe.paymentMethods.list({ customer })).data).toHaveLength(1);
  const flow = { customer, configuration, flow_data: { type: "payment_method_update" as const } };
  expect((await failureOf(stripe.billingPortal.sessions.create(flow))).message).toContain("disabled");
  await simulator.close();
});

it("leads through one thing only by a deep link, and on to where it says", async () => {
  const { stripe, customer, subscription, simulator } = await open();
  const after_completion = { type: "redirect" as const, redirect: { return_url: `${RETURN}?done` } };
  const saving = await stripe.billingPortal.sessions.create({
    customer,
    flow_data: { type: "payment_method_update", after_completion },
  });
  expect(await (await fetch(saving.url)).text()).not.toContain("Current plan");
  const saved = await post(saving.url, { ...card("4242424242424242"), flow: "payment_method_update" });
  expect(saved.headers.get("location")).toBe(`${RETURN}?done`);
  const ending = await stripe.billingPortal.sessions.create({
    customer,
    flow_data: { type: "subscription_cancel", subscription_cancel: { subscription: subscription.id } },
  });
  expect(await (await fetch(ending.url)).text()).toContain("2026-02-28");
  await post(ending.url, { do: "cancel", flow: "subscription_cancel", subscription: subscription.id });
  expect((await stripe.subscriptions.retrieve(subscription.id)).cancel_at_period_end).toBe(true);
  await simulator.close();
});

it("expires", async () => {
  const { session, simulator } = await open();
  await simulator.clock.moveTo(simulator.clock.now() + 2 * 3600 * 1000);
  expect((await fetch(session.url)).status).toBe(410);
  expect((await post(session.url, card("4242424242424242"))).status).toBe(410);
  await simulator.close();
});
