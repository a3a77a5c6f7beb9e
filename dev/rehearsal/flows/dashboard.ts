import { button, PLANS } from "../../e2e/pages";
import type { Flow } from "../flow";
import { saveCard } from "../people/cards";
import {
  changePrice,
  negotiatedPrice,
  newestInvoice,
  priceOnSale,
  subscriptionOf,
  takenCents,
} from "../people/dashboard";
import { expect } from "../people/look";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";
import { pastRenewal, tenDaysOn } from "../people/time";

const subscribed: Flow = {
  name: "dashboard-subscribes",
  group: "dashboard",
  purpose:
    "A plan that an operator makes for a customer gives what its invoice pays for, as if the customer had chosen it.",
  async run(scene) {
    await scene.step("save a card", () => saveCard(scene, CARDS.visa));
    await scene.step("subscribe in the dashboard", async () => {
      const { id } = await priceOnSale(scene, "premium");
      const customer = await scene.customerId();
      await scene.operator.subscriptions.create({
        customer,
        items: [{ price: id }],
      });
    });
    await scene.expectState({
      plan: { id: "premium", status: "active", subscription: { interval: "month", priceCents: 49_900n } },
      balance: { remaining: 41_000_000n },
    });
    await scene.person.page.goto(PLANS);
    await expect(scene.person.page.getByText("Your plan").first()).toBeVisible();
    scene.expect("what was charged", await takenCents(scene), [49_900]);
  },
};

const raised: Flow = {
  name: "dashboard-raises-with-prorations",
  group: "dashboard",
  purpose:
    "A plan raised with prorations gives nothing before it is paid; billed in the dashboard, the difference comes.",
  onClock: true,
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("ten days on", () => tenDaysOn(scene));
    const subscription = await subscriptionOf(scene);
    const { id: price } = await priceOnSale(scene, "premium");
    await scene.step("raise", async () => {
      await changePrice(scene, subscription, price, { proration_behavior: "create_prorations" });
    });
    await scene.expectState({ balance: { remaining: 25_000_000n }, attention: ["raised_with_prorations"] });
    await scene.step("invoice it now", async () => {
      const made = await operator.invoices.create({
        ...{ customer: await scene.customerId(), subscription: subscription.id },
        ...{ pending_invoice_items_behavior: "include" },
      });
      await operator.invoices.pay((await operator.invoices.finalizeInvoice(made.id ?? "")).id ?? "");
    });
    const { lines } = await newestInvoice(scene);
    scene.expect("lines", lines.data.map(({ amount }) => Math.sign(amount)).sort(), [-1, 1]);
    await scene.expectState({ plan: { id: "premium" }, attention: [] });
    const { balance } = await scene.state();
    scene.expect(
      "the difference came",
      balance.remaining > 35_000_000n && balance.remaining < 36_000_000n,
      true,
    );
  },
};

const lowered: Flow = {
  name: "dashboard-lowers-without-proration",
  group: "dashboard",
  purpose:
    "A plan lowered without proration keeps what is paid for, and the smaller one begins with the next period.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Premium" }));
    await scene.step("lower", async () => {
      const { id: price } = await priceOnSale(scene, "starter");
      await changePrice(scene, await subscriptionOf(scene), price, { proration_behavior: "none" });
    });
    // The plan to come is shown as the plan, and what was billed is kept to its end.
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 41_000_000n } });
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 24_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [49_900, 29_900]);
  },
};

const creditedPrice: Flow = {
  name: "dashboard-changes-twice",
  group: "dashboard",
  purpose:
    "Raised for nothing and lowered with prorations: no loop of changes gives more than its payments pay for.",
  onClock: true,
  answers: ["Q27"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("ten days on", () => tenDaysOn(scene));
    const subscription = await subscriptionOf(scene);
    const [starter, premium] = [await priceOnSale(scene, "starter"), await priceOnSale(scene, "premium")];
    await scene.step("raise for nothing", async () => {
      await changePrice(scene, subscription, premium.id, { proration_behavior: "none" });
    });
    await scene.step("lower with prorations", async () => {
      await changePrice(scene, subscription, starter.id, { proration_behavior: "create_prorations" });
    });
    await scene.expectState({ balance: { remaining: 25_000_000n, owed: 0n } });
    const { data } = await scene.operator.invoiceItems.list({
      customer: await scene.customerId(),
      pending: true,
    });
    const sum = data.reduce((total, { amount }) => total + amount, 0);
    const credited = sum === 0 ? "what was charged" : "the price it had";
    scene.note("Q27", data.length === 0 ? "nothing is pending" : credited);
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { id: "starter", status: "active" }, balance: { owed: 0n } });
    const { remaining } = (await scene.state()).balance;
    // Where Stripe returned a price that nobody had paid, what that pays for is missing from the next month.
    scene.expect("less, where more was returned", remaining < 24_000_000n, sum < 0);
    scene.expect("never more than a month", remaining > 24_000_000n, false);
  },
};

const quantity: Flow = {
  name: "dashboard-sets-a-quantity",
  group: "dashboard",
  purpose: "Three of a plan, billed at once, give three months' worth together, now and with the renewal.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    const { id, items } = await subscriptionOf(scene);
    await scene.step("three of it, billed at once", async () => {
      await scene.operator.subscriptions.update(id, {
        items: [{ id: items.data[0]?.id ?? "", quantity: 3 }],
        proration_behavior: "always_invoice",
      });
    });
    await scene.expectState({ plan: { subscription: { quantity: 3 } }, balance: { remaining: 73_000_000n } });
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ balance: { remaining: 72_000_000n } });
  },
};

const endedAtOnce: Flow = {
  name: "dashboard-cancels-at-once",
  group: "dashboard",
  purpose:
    "Canceled at once, the month that is paid stays usable and nothing is owed, whatever becomes of pending prorations.",
  onClock: true,
  answers: ["Q13"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("ten days on", () => tenDaysOn(scene));
    const subscription = await subscriptionOf(scene);
    const { id: price } = await priceOnSale(scene, "premium");
    await scene.step("raise with prorations", async () => {
      await changePrice(scene, subscription, price, { proration_behavior: "create_prorations" });
    });
    await scene.step("cancel at once", async () => {
      await scene.operator.subscriptions.cancel(subscription.id);
    });
    await scene.expectState({ plan: { id: "free" }, balance: { owed: 0n } });
    const customer = await scene.customerId();
    const { data } = await scene.operator.invoiceItems.list({ customer, pending: true });
    scene.note("Q13", data.length > 0 ? `${data.length} stay pending` : "gone");
  },
};

const mistyped: Flow = {
  name: "dashboard-price-mistyped",
  group: "dashboard",
  purpose:
    "A plan whose price says nothing readable gives nothing and is told to an operator; on a readable price it is given.",
  async run(scene) {
    const { operator } = scene;
    await scene.step("save a card", () => saveCard(scene, CARDS.visa));
    const wrong = await negotiatedPrice(scene, 90_000, {
      refill_plan: "custom",
      refill_credits: "100,000,000",
    });
    const right = await negotiatedPrice(scene, 90_000, {
      refill_plan: "custom",
      refill_credits: "100000000",
    });
    await scene.step("subscribe in the dashboard", async () => {
      const customer = await scene.customerId();
      await operator.subscriptions.create({ customer, items: [{ price: wrong.id }] });
    });
    await scene.expectState({
      plan: { standing: "unknown" },
      balance: { remaining: 1_000_000n },
      // The item's and its invoice line's.
      attention: ["no_credits", "no_credits"],
    });
    await scene.step("the right price, at once", async () => {
      const how = { proration_behavior: "always_invoice" } as const;
      await changePrice(scene, await subscriptionOf(scene), right.id, how);
    });
    await scene.expectState({
      plan: { id: "custom", status: "active", standing: null },
      // What was billed at the wrong price, and returned, says as little as before.
      attention: ["no_credits", "no_credits"],
    });
  },
};

const deleted: Flow = {
  name: "dashboard-deletes-the-customer",
  group: "dashboard",
  purpose:
    "A customer deleted in the dashboard takes plan and cards along, and what was paid for stays until its month's end.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("delete the customer", async () => {
      await scene.operator.customers.del(await scene.customerId());
    });
    await scene.expectState({ plan: { id: "free", subscription: null }, cards: [], balance: { owed: 0n } });
    const { balance } = await scene.state();
    scene.expect("Starter's month stays", balance.remaining >= 24_000_000n, true);
    await scene.person.page.goto(PLANS);
    await expect(button(scene.person.page, "Choose Premium")).toBeVisible();
  },
};

export const DASHBOARD: readonly Flow[] = [
  subscribed,
  raised,
  lowered,
  creditedPrice,
  quantity,
  endedAtOnce,
  mistyped,
  deleted,
];
