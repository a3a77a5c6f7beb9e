import { PLANS } from "../../e2e/pages";
import type { Flow } from "../flow";
import { saveCard } from "../people/cards";
import { newestInvoice, subscriptionOf, takenCents } from "../people/dashboard";
import { comesBackNowhere, expect } from "../people/look";
import { choosePlan, expectPlan, payForPlan, subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

const yearly: Flow = {
  name: "subscribe-by-the-year",
  group: "subscribing",
  purpose: "A year is charged at once and gives one month of credits.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Premium", interval: "year" }));
    await scene.expectState({
      plan: { id: "premium", subscription: { interval: "year", priceCents: 499_000n, quantity: 1 } },
      balance: { remaining: 41_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [499_000]);
  },
};

const declined: Flow = {
  name: "subscribe-declined",
  group: "subscribing",
  purpose: "A card that Checkout declines begins no plan; another one on the same page does, once.",
  async run(scene) {
    const { person, hosted } = scene;
    await scene.step("a card that is declined", async () => {
      scene.expect("Checkout", await payForPlan(scene, { plan: "Starter" }, CARDS.declined), "declined");
    });
    await scene.expectState({ plan: { id: "free" }, balance: { remaining: 1_000_000n } });
    await scene.step("another card", async () => {
      scene.expect("Checkout", await hosted.checkoutSubscription.pay(person.page, CARDS.visa), "taken");
      await expectPlan(person, "Starter");
    });
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 25_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const asksBank: Flow = {
  name: "subscribe-bank-asks",
  group: "subscribing",
  purpose: "A first payment that the bank asks about is paid once it is approved, and begins the plan.",
  async run(scene) {
    const { person, hosted } = scene;
    await scene.step("pay, and fail at the bank", async () => {
      scene.expect("Checkout", await payForPlan(scene, { plan: "Starter" }, CARDS.asksBank), "bank");
      await hosted.bank.answer(person.page, "fail");
    });
    await scene.expectState({ plan: { id: "free" } });
    await scene.step("again, and approve", async () => {
      scene.expect("Checkout", await hosted.checkoutSubscription.pay(person.page, CARDS.asksBank), "bank");
      await hosted.bank.answer(person.page, "approve");
      await expectPlan(person, "Starter");
    });
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 25_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const left: Flow = {
  name: "subscribe-left-and-chosen-again",
  group: "subscribing",
  purpose:
    "Who leaves Checkout and chooses another plan gets that one alone; the first page takes no money any more.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await scene.step("leave Checkout", async () => {
      await choosePlan(person, { plan: "Starter" });
      await hosted.checkoutSubscription.leave(page);
      await page.waitForURL(`**${PLANS}**`);
    });
    await scene.step("subscribe to the other", () => subscribe(scene, { plan: "Premium" }));
    await scene.expectState({ plan: { id: "premium" }, balance: { remaining: 41_000_000n } });
    const customer = await scene.customerId();
    const { data } = await scene.operator.checkout.sessions.list({ customer, limit: 10 });
    scene.expect("sessions", data.map(({ status }) => status).sort(), ["complete", "expired"]);
  },
};

const notBack: Flow = {
  name: "subscribe-never-comes-back",
  group: "subscribing",
  purpose: "A plan that was paid in a browser that never returned begins by the events alone, newest first.",
  async run(scene) {
    const { person, hosted, events } = scene;
    const { page } = person;
    await choosePlan(person, { plan: "Starter" });
    const comesBack = await comesBackNowhere(page, "**/plans/return**");
    events.holdBack();
    await scene.step("pay, and do not come back", async () => {
      scene.expect("Checkout", await hosted.checkoutSubscription.pay(page, CARDS.visa), "taken");
      await events.find("checkout.session.completed");
      await events.find("invoice.paid");
      await events.release();
    });
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 25_000_000n },
    });
    await comesBack();
    await page.goto(PLANS);
    await expect(page.getByText("Your plan").first()).toBeVisible();
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const withPending: Flow = {
  name: "subscribe-with-balance-and-item",
  group: "subscribing",
  purpose:
    "A customer with credit and a pending item subscribes: whatever Stripe charges, the plan gives its whole month.",
  answers: ["Q9"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("save a card", () => saveCard(scene, CARDS.visa));
    const customer = await scene.customerId();
    await scene.step("credit and an item in the dashboard", async () => {
      await operator.customers.createBalanceTransaction(customer, {
        amount: -5_000,
        currency: "usd",
      });
      await operator.invoiceItems.create({
        customer,
        amount: 1_000,
        currency: "usd",
        description: "Setup",
      });
    });
    await scene.step("subscribe", () => subscribe(scene));
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 25_000_000n } });
    const { total, amount_paid } = await newestInvoice(scene);
    const { data } = await operator.invoiceItems.list({ customer, pending: true });
    const where = total === 30_900 ? "on its invoice" : "left for the next";
    const pending = `${data.length} still pending`;
    const balance =
      amount_paid === total - 5_000 ? "taken with the payment" : `of ${total} paid ${amount_paid}`;
    scene.note("Q9", `item: ${where}, ${pending}; balance: ${balance}`);
    scene.expect("the plan", (await subscriptionOf(scene)).status, "active");
  },
};

export const SUBSCRIBING: readonly Flow[] = [yearly, declined, asksBank, left, notBack, withPending];
