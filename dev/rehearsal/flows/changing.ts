import { button, PAY } from "../../e2e/pages";
import type { Flow } from "../flow";
import { buy } from "../people/buy";
import { saveCard } from "../people/cards";
import { invoicesOf, newestInvoice, subscriptionOf, takenCents } from "../people/dashboard";
import { expect, leadToStripe } from "../people/look";
import {
  cancelPlan,
  downgrade,
  expectUpgraded,
  keepPlan,
  previewUpgrade,
  subscribe,
  upgrade,
} from "../people/plans";
import { CARDS } from "../people/test-cards";
import { pastRenewal, toRenewalDraft } from "../people/time";

const upgraded: Flow = {
  name: "change-upgrade",
  group: "changing",
  purpose:
    "An upgrade charges the larger plan's whole month at once, begins a new cycle, and keeps what was bought before.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("buy", () => buy(scene));
    await scene.step("upgrade", () => upgrade(scene, { plan: "Premium" }));
    await scene.expectState({
      plan: { id: "premium", status: "active", subscription: { priceCents: 49_900n } },
      balance: { remaining: 73_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000, 49_900]);
  },
};

const declined: Flow = {
  name: "change-upgrade-declined",
  group: "changing",
  purpose:
    "A declined upgrade leaves plan, price and credits as they were, here and at Stripe, and goes through with another card.",
  async run(scene) {
    const { person } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card that declines", () => saveCard(scene, CARDS.declinesLater));
    await scene.step("upgrade, declined", async () => {
      await previewUpgrade(person, { plan: "Premium" });
      await button(page, PAY).click();
      await expect(page.getByRole("heading", { name: "Payment not completed" })).toBeVisible();
    });
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 25_000_000n },
    });
    const { items, pending_update } = await subscriptionOf(scene);
    scene.expect("the price at Stripe", items.data[0]?.price.unit_amount, 29_900);
    scene.expect("a waiting change at Stripe", pending_update, null);
    await scene.step("with another card", async () => {
      await previewUpgrade(person, { plan: "Premium" });
      await page.getByRole("radio", { name: /•••• 4242/ }).check();
      await button(page, PAY).click();
      await expectUpgraded(person, "Premium");
    });
    await scene.expectState({ plan: { id: "premium" }, balance: { remaining: 65_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 49_900]);
  },
};

const atBank: Flow = {
  name: "change-upgrade-bank-asks",
  group: "changing",
  purpose: "An upgrade waits for the bank without changing anything, and is there once it is approved.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await scene.step("upgrade, and leave the bank", async () => {
      await previewUpgrade(person, { plan: "Premium" });
      await leadToStripe(page, () => button(page, PAY).click());
      await page.goto("/settings/billing/plans");
    });
    await scene.expectState({
      plan: { id: "starter", openPayment: { kind: "upgrade", status: "requires_action" } },
    });
    await scene.step("go on, and approve", async () => {
      await leadToStripe(page, () => button(page, "Confirm with your bank, $499.00").click());
      await hosted.bank.answer(page, "approve");
      await expectUpgraded(person, "Premium");
    });
    await scene.expectState({
      plan: { id: "premium", openPayment: null },
      balance: { remaining: 65_000_000n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 49_900]);
  },
};

const yearly: Flow = {
  name: "change-year-to-larger-year",
  group: "changing",
  purpose:
    "From year to larger year the unused time is credited: charged is the difference, and credits follow the lines.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Starter", interval: "year" }));
    await scene.step("upgrade", () => upgrade(scene, { plan: "Premium", interval: "year" }));
    await scene.expectState({ plan: { id: "premium", subscription: { interval: "year" } } });
    const { lines, total } = await newestInvoice(scene);
    scene.expect("one credit among the lines", lines.data.filter(({ amount }) => amount < 0).length, 1);
    scene.expect("what was charged", await takenCents(scene), [299_000, total]);
  },
};

const smaller: Flow = {
  name: "change-downgrade",
  group: "changing",
  purpose: "A smaller plan chosen for the period's end begins there, at its price, with its credits.",
  onClock: true,
  answers: ["Q25", "Q34"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Premium" }));
    const before = await subscriptionOf(scene);
    await scene.step("downgrade", () => downgrade(scene, { plan: "Starter" }));
    await scene.expectState({
      plan: { id: "premium", subscription: { next: { plan: "starter", interval: "month" } } },
    });
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    const { billing_reason, status } = await newestInvoice(scene);
    scene.note("Q25", `${billing_reason}, half an hour later ${status}`);
    await scene.step("charged", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({
      plan: { id: "starter", status: "active", subscription: { priceCents: 29_900n, next: null } },
      balance: { remaining: 24_000_000n },
    });
    const after = await subscriptionOf(scene);
    scene.note("Q34", after.items.data[0]?.id === before.items.data[0]?.id ? "keeps its id" : "a new item");
    scene.expect("what was charged", await takenCents(scene), [49_900, 29_900]);
  },
};

const discounted: Flow = {
  name: "change-downgrade-with-discount",
  group: "changing",
  purpose: "A discount that an operator gave for ever stays on the plan that the customer chose to follow.",
  onClock: true,
  answers: ["Q29"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene, { plan: "Premium" }));
    const { id } = await subscriptionOf(scene);
    await scene.step("a fifth off for ever", async () => {
      const fifth = await operator.coupons.create({ percent_off: 20, duration: "forever" });
      await operator.subscriptions.update(id, { discounts: [{ coupon: fifth.id }] });
    });
    await scene.step("downgrade", () => downgrade(scene, { plan: "Starter" }));
    const { schedule } = await subscriptionOf(scene);
    const { phases } = await operator.subscriptionSchedules.retrieve(String(schedule));
    const [kept] = phases[0]?.discounts ?? [];
    scene.note("Q29", kept?.discount ? "by discount" : kept?.coupon ? "by coupon" : "not there");
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 24_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [49_900, 23_920]);
  },
};

const secondThoughts: Flow = {
  name: "change-downgrade-undone",
  group: "changing",
  purpose: "A downgrade that was taken back leaves no schedule at Stripe, and the plan renews as it was.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Premium" }));
    await scene.step("downgrade", () => downgrade(scene, { plan: "Starter" }));
    await scene.step("keep the plan", () => keepPlan(scene, "Premium"));
    scene.expect("a schedule", (await subscriptionOf(scene)).schedule, null);
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { id: "premium" }, balance: { remaining: 40_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [49_900, 49_900]);
  },
};

const canceled: Flow = {
  name: "change-cancel",
  group: "changing",
  purpose:
    "A plan canceled for the period's end runs until then, and is Free from that second, charged no more.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("cancel", () => cancelPlan(scene));
    await scene.expectState({
      plan: { id: "starter", status: "active", subscription: { endsAtPeriodEnd: true } },
    });
    await scene.step("the period's end", async () => void (await pastRenewal(scene)));
    await scene.expectState({
      plan: { id: "free", subscription: null },
      balance: { remaining: 1_000_000n, owed: 0n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const resumed: Flow = {
  name: "change-cancel-undone",
  group: "changing",
  purpose: "A cancellation that was taken back is gone at Stripe too, and the plan renews.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("cancel", () => cancelPlan(scene));
    await scene.step("keep the plan", () => keepPlan(scene, "Starter"));
    scene.expect("an end at Stripe", (await subscriptionOf(scene)).cancel_at, null);
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { id: "starter" }, balance: { remaining: 24_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const duringDraft: Flow = {
  name: "change-upgrade-while-renewing",
  group: "changing",
  purpose:
    "An upgrade in the hour in which the renewal is a draft: whatever Stripe charges, no month is given that is not paid.",
  onClock: true,
  answers: ["Q17"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    await scene.step("upgrade", () => upgrade(scene, { plan: "Premium" }));
    await scene.step("two hours later", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({
      plan: { id: "premium", status: "active", openInvoiceCents: null },
      balance: { frozen: 0n },
    });
    const invoices = await invoicesOf(scene);
    const said = invoices.map(({ billing_reason, status }) => `${billing_reason} ${status}`);
    scene.note("Q17", [...said].sort().join(", "));
  },
};

export const CHANGING: readonly Flow[] = [
  upgraded,
  declined,
  atBank,
  yearly,
  smaller,
  discounted,
  secondThoughts,
  canceled,
  resumed,
  duringDraft,
];
