import { button, PLANS } from "../../e2e/pages";
import type { Flow } from "../flow";
import {
  endOf,
  hoursAfter,
  invoicesOf,
  newestInvoice,
  priceOnSale,
  startOf,
  subscriptionOf,
  takenCents,
} from "../people/dashboard";
import { expect } from "../people/look";
import { subscribe } from "../people/plans";
import { pastRenewal, tenDaysOn, toRenewalDraft } from "../people/time";

// What an operator does to when and whether a plan is charged: pauses, free time, schedules, resets, invoices by hand.

const paused: Flow = {
  name: "dashboard-pauses-collection",
  group: "dashboard",
  purpose:
    "While collection is paused nothing is charged and nothing new given; resumed and billed, the month comes.",
  onClock: true,
  answers: ["Q15"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const { id } = await subscriptionOf(scene);
    await scene.step("pause, invoices kept as drafts", async () => {
      await operator.subscriptions.update(id, { pause_collection: { behavior: "keep_as_draft" } });
    });
    await scene.expectState({ plan: { standing: "collection_paused" }, balance: { remaining: 25_000_000n } });
    await scene.step("the period's end", async () => void (await pastRenewal(scene)));
    await scene.expectState({ balance: { remaining: 0n, owed: 0n } });
    await scene.step("resume", async () => {
      await operator.subscriptions.update(id, { pause_collection: "" });
    });
    await scene.step("two hours later", () => scene.clock.advance({ hours: 2 }));
    const { status, id: invoice = "" } = await newestInvoice(scene);
    scene.note("Q15", `two hours after resuming: ${status}`);
    if (status === "draft")
      await scene.step("charge the draft", async () => {
        await operator.invoices.pay((await operator.invoices.finalizeInvoice(invoice)).id ?? "");
      });
    await scene.expectState({
      plan: { status: "active", standing: null },
      balance: { remaining: 24_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const pausedVoid: Flow = {
  name: "dashboard-pauses-and-voids",
  group: "dashboard",
  purpose: "A pause that voids its invoices gives no month for them, and leaves no debt.",
  onClock: true,
  answers: ["Q16"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    const { id } = await subscriptionOf(scene);
    await scene.step("pause, invoices voided", async () => {
      await scene.operator.subscriptions.update(id, { pause_collection: { behavior: "void" } });
    });
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    const early = (await newestInvoice(scene)).status;
    await scene.step("two hours later", () => scene.clock.advance({ hours: 2 }));
    scene.note("Q16", `void: half an hour in ${early}, later ${(await newestInvoice(scene)).status}`);
    await scene.expectState({ balance: { remaining: 0n, frozen: 0n, owed: 0n } });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const freeTime: Flow = {
  name: "dashboard-gives-free-time",
  group: "dashboard",
  purpose:
    "Free time on a running plan charges nothing at once, and the plan is charged again when it is over.",
  onClock: true,
  answers: ["Q36"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    const subscription = await subscriptionOf(scene);
    const until = hoursAfter(startOf(subscription), 14 * 24).getTime() / 1_000;
    await scene.step("two free weeks", async () => {
      const how = { trial_end: until, proration_behavior: "none" } as const;
      await scene.operator.subscriptions.update(subscription.id, how);
    });
    await scene.expectState({ plan: { standing: "trialing" }, balance: { owed: 0n } });
    const [newest, ...before] = await invoicesOf(scene);
    scene.note(
      "Q36",
      before.length === 0 ? "no invoice at once" : `at once: ${newest?.total}, ${newest?.status}`,
    );
    await scene.step("the end of them", async () => void (await pastRenewal(scene)));
    await scene.expectState({
      plan: { status: "active", standing: null },
      balance: { frozen: 0n, owed: 0n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const rise: Flow = {
  name: "dashboard-plans-a-rise",
  group: "dashboard",
  purpose:
    "A price rise that an operator plans is shown, cannot be removed by the customer, and is charged when it begins.",
  onClock: true,
  answers: ["Q33"],
  async run(scene) {
    const { operator, person } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const subscription = await subscriptionOf(scene);
    const { price } = subscription.items.data[0] ?? {};
    await scene.step("plan a rise", async () => {
      const higher = await operator.prices.create({
        ...{ product: String(price?.product), unit_amount: 34_900, currency: "usd" },
        recurring: { interval: "month" },
      });
      const { id, phases } = await operator.subscriptionSchedules.create({
        from_subscription: subscription.id,
      });
      const { start_date = 0, end_date = 0 } = phases[0] ?? {};
      await operator.subscriptionSchedules.update(id, {
        phases: [
          { items: [{ price: price?.id ?? "", quantity: 1 }], start_date, end_date },
          { items: [{ price: higher.id }], duration: { interval: "month" }, proration_behavior: "none" },
        ],
      });
    });
    await scene.expectState({
      plan: { subscription: { priceCents: 29_900n } },
      balance: { remaining: 25_000_000n },
    });
    await person.page.goto(PLANS);
    await expect(person.page.getByText(/^From .+: \$349 a month/)).toBeVisible();
    await expect(button(person.page, "Keep Starter")).toHaveCount(0);
    await scene.step("its beginning", async () => void (await pastRenewal(scene)));
    await scene.expectState({
      plan: { id: "starter", status: "active", subscription: { priceCents: 34_900n } },
      balance: { remaining: 24_000_000n },
    });
    const { default_payment_method: card } = await subscriptionOf(scene);
    scene.note("Q33", `the subscription's card: ${card === null ? "taken off" : "kept"}`);
    scene.expect("what was charged", await takenCents(scene), [29_900, 34_900]);
  },
};

const yearPlanned: Flow = {
  name: "dashboard-plans-a-year",
  group: "dashboard",
  purpose:
    "A year that an operator plans without a new cycle gives one month at its beginning, whenever Stripe invoices it.",
  onClock: true,
  answers: ["Q32"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const subscription = await subscriptionOf(scene);
    const [month, year] = [await priceOnSale(scene, "starter"), await priceOnSale(scene, "starter", "year")];
    await scene.step("plan the year", async () => {
      const { id, phases } = await operator.subscriptionSchedules.create({
        from_subscription: subscription.id,
      });
      const { start_date = 0, end_date = 0 } = phases[0] ?? {};
      await operator.subscriptionSchedules.update(id, {
        phases: [
          { items: [{ price: month.id, quantity: 1 }], start_date, end_date },
          { items: [{ price: year.id }], duration: { interval: "year" }, proration_behavior: "none" },
        ],
      });
    });
    await scene.step("its beginning", async () => void (await pastRenewal(scene)));
    const { length } = await invoicesOf(scene);
    const charged = await takenCents(scene);
    scene.note("Q32", length === 1 ? "nothing invoiced" : `invoiced, charged ${charged.at(-1)}`);
    // Invoiced or not: at the end of what was paid a live plan is trusted with one month.
    await scene.expectState({ balance: { remaining: 24_000_000n, owed: 0n } });
  },
};

const reset: Flow = {
  name: "dashboard-resets-the-cycle",
  group: "dashboard",
  purpose: "A cycle reset with prorations gives what its lines pay for together, not another whole month.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("ten days on", () => tenDaysOn(scene));
    const { id } = await subscriptionOf(scene);
    await scene.step("reset", async () => {
      await scene.operator.subscriptions.update(id, {
        billing_cycle_anchor: { type: "now" },
        proration_behavior: "always_invoice",
      });
    });
    const { total } = await newestInvoice(scene);
    scene.expect("a third of a month is charged", total > 9_000 && total < 11_000, true);
    await scene.expectState({ plan: { id: "starter", status: "active" }, balance: { owed: 0n } });
    const { balance } = await scene.state();
    scene.expect(
      "a third of a month is given",
      balance.remaining > 32_000_000n && balance.remaining < 34_000_000n,
      true,
    );
  },
};

const resetTrial: Flow = {
  name: "dashboard-resets-a-trial",
  group: "dashboard",
  purpose:
    "A cycle reset during free time gives nothing that is not paid, whether or not Stripe ends the free time.",
  onClock: true,
  answers: ["Q35"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const subscription = await subscriptionOf(scene);
    const until = hoursAfter(startOf(subscription), 14 * 24).getTime() / 1_000;
    await scene.step("two free weeks", async () => {
      const how = { trial_end: until, proration_behavior: "none" } as const;
      await operator.subscriptions.update(subscription.id, how);
    });
    await scene.step("reset", async () => {
      const how = { billing_cycle_anchor: { type: "now" }, proration_behavior: "none" } as const;
      await operator.subscriptions.update(subscription.id, how);
    });
    const { status } = await subscriptionOf(scene);
    const charged = await takenCents(scene);
    scene.note("Q35", `${status}, ${charged.length === 1 ? "nothing charged" : `charged ${charged.at(-1)}`}`);
    await scene.expectState({ balance: { owed: 0n, frozen: 0n } });
    const { balance } = await scene.state();
    scene.expect(
      "no month too many",
      balance.remaining <= 24_000_000n * BigInt(charged.length) + 1_000_000n,
      true,
    );
  },
};

const interval: Flow = {
  name: "dashboard-changes-the-interval",
  group: "dashboard",
  purpose:
    "From month to year in the dashboard gives no month that is not paid, wherever Stripe lets the year begin.",
  onClock: true,
  answers: ["Q26"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("ten days on", () => tenDaysOn(scene));
    const before = await subscriptionOf(scene);
    const { id: price } = await priceOnSale(scene, "starter", "year");
    await scene.step("to the year", async () => {
      await scene.operator.subscriptions.update(before.id, {
        items: [{ id: before.items.data[0]?.id ?? "", price }],
        ...{ proration_behavior: "create_prorations", billing_cycle_anchor: { type: "unchanged" } },
      });
    });
    const [, ...earlier] = await invoicesOf(scene);
    const days = Math.round(
      (endOf(await subscriptionOf(scene)).getTime() - endOf(before).getTime()) / 86_400_000,
    );
    scene.note(
      "Q26",
      `${earlier.length === 0 ? "pending" : "invoiced at once"}; ends ${days} days later than the month`,
    );
    await scene.expectState({ balance: { owed: 0n, frozen: 0n } });
    const { balance } = await scene.state();
    scene.expect("no month too many", balance.remaining <= 25_000_000n, true);
  },
};

const byHand: Flow = {
  name: "dashboard-finalizes-by-hand",
  group: "dashboard",
  purpose: "A renewal that an operator finalizes before its hour is charged once, and gives its month once.",
  onClock: true,
  answers: ["Q38"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    const { id = "" } = await newestInvoice(scene);
    await scene.step("finalize", async () => {
      await scene.operator.invoices.finalizeInvoice(id, { auto_advance: true });
    });
    scene.note("Q38", `at once: ${(await newestInvoice(scene)).status}`);
    await scene.step("two hours later", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({
      plan: { status: "active", openInvoiceCents: null },
      balance: { remaining: 24_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

export const COLLECTION: readonly Flow[] = [
  paused,
  pausedVoid,
  freeTime,
  resetTrial,
  rise,
  yearPlanned,
  reset,
  interval,
  byHand,
];
