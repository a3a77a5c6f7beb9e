import { BILLING, button } from "../../e2e/pages";
import type { Flow, Scene } from "../flow";
import { saveCard } from "../people/cards";
import { newestInvoice, subscriptionOf, takenCents } from "../people/dashboard";
import { leadToStripe } from "../people/look";
import { expectRenewalPaid, payOpenInvoice, subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";
import { toRenewalDraft } from "../people/time";

/** A subscriber to Starter whose first renewal was declined. */
async function failedRenewal(scene: Scene): Promise<void> {
  await scene.step("subscribe", () => subscribe(scene));
  await scene.step("save a card that declines", () => saveCard(scene, CARDS.declinesLater));
  // The month's credits are there before its invoice is tried; of one that is only heard of as declined nothing is given.
  await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
  await scene.step("renewal, declined", () => scene.clock.advance({ hours: 2 }));
  await scene.expectState({
    plan: { id: "starter", status: "past_due", openInvoiceCents: 29_900n },
    balance: { remaining: 0n, frozen: 24_000_000n },
    mayNotBuy: "past_due",
  });
}

const PAID = {
  plan: { id: "starter", status: "active", openInvoiceCents: null },
  balance: { remaining: 24_000_000n, frozen: 0n, owed: 0n },
  mayNotBuy: null,
} as const;

const newCard: Flow = {
  name: "fail-paid-with-a-new-card",
  group: "failing",
  purpose:
    "A declined renewal freezes its credits and asks for its price; saving a card and paying is one way through, and frees them.",
  onClock: true,
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await failedRenewal(scene);
    await scene.step("pay with a new card", async () => {
      await page.goto(`${BILLING}/plans`);
      await leadToStripe(page, () => button(page, "Add another card and pay $299.00").click());
      scene.expect("Checkout", await hosted.checkoutSetup.saveCard(page, CARDS.mastercard), "taken");
      await expectRenewalPaid(person);
    });
    await scene.expectState(PAID);
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const oldCard: Flow = {
  name: "fail-paid-with-a-saved-card",
  group: "failing",
  purpose: "A declined renewal is paid with another card that was saved before, once.",
  onClock: true,
  async run(scene) {
    await failedRenewal(scene);
    await scene.step("pay with the first card", async () => {
      await payOpenInvoice(scene, "4242");
      await expectRenewalPaid(scene.person);
    });
    await scene.expectState(PAID);
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const onStripesPage: Flow = {
  name: "fail-paid-on-stripes-page",
  group: "failing",
  purpose:
    "A declined renewal that is paid on Stripe's own page of the invoice counts here without anybody coming back.",
  onClock: true,
  async run(scene) {
    const { person, hosted } = scene;
    await failedRenewal(scene);
    const { id } = await newestInvoice(scene);
    await scene.step("pay at Stripe", async () => {
      await person.page.goto(`${BILLING}/documents/invoices/${id}`);
      scene.expect("the invoice's page", await hosted.invoice.pay(person.page, CARDS.mastercard), "taken");
    });
    await scene.expectState(PAID);
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const outOfBand: Flow = {
  name: "fail-marked-as-paid",
  group: "failing",
  purpose: "A declined renewal that an operator marks as paid by other means is paid.",
  onClock: true,
  async run(scene) {
    await failedRenewal(scene);
    await scene.step("mark as paid", async () => {
      await scene.operator.invoices.pay((await newestInvoice(scene)).id ?? "", { paid_out_of_band: true });
    });
    await scene.expectState({ plan: PAID.plan, balance: PAID.balance });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const voided: Flow = {
  name: "fail-voided",
  group: "failing",
  purpose:
    "A declined renewal that an operator voids asks for nothing any more, and its credits end without debt.",
  onClock: true,
  async run(scene) {
    await failedRenewal(scene);
    await scene.step("void", async () => {
      await scene.operator.invoices.voidInvoice((await newestInvoice(scene)).id ?? "");
    });
    await scene.expectState({
      plan: { openInvoiceCents: null },
      balance: { remaining: 0n, frozen: 0n, owed: 0n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

const writtenOff: Flow = {
  name: "fail-written-off",
  group: "failing",
  purpose:
    "A declined renewal marked uncollectible stays frozen and payable, whatever Stripe calls the plan then.",
  onClock: true,
  answers: ["Q39"],
  async run(scene) {
    await failedRenewal(scene);
    await scene.step("mark as uncollectible", async () => {
      await scene.operator.invoices.markUncollectible((await newestInvoice(scene)).id ?? "");
    });
    await scene.expectState({ plan: { openInvoiceCents: 29_900n }, balance: { frozen: 24_000_000n } });
    scene.note("Q39", (await subscriptionOf(scene)).status);
  },
};

const credited: Flow = {
  name: "fail-credited-whole",
  group: "failing",
  purpose:
    "A credit note for all of an open renewal asks for nothing any more; what it pays nothing for ends without debt.",
  onClock: true,
  answers: ["Q14"],
  async run(scene) {
    await failedRenewal(scene);
    const { id = "" } = await newestInvoice(scene);
    await scene.step("credit it", async () => {
      await scene.operator.creditNotes.create({ invoice: id, amount: 29_900 });
    });
    await scene.expectState({
      plan: { openInvoiceCents: null },
      balance: { remaining: 0n, frozen: 0n, owed: 0n },
    });
    const { status, amount_due, amount_remaining } = await newestInvoice(scene);
    scene.note("Q14", `${status}; amount_due ${amount_due}, amount_remaining ${amount_remaining}`);
  },
};

const neverPaid: Flow = {
  name: "fail-never-paid",
  group: "failing",
  purpose:
    "A renewal that nobody pays to the last try ends as the account's settings say, and what was spent of it is owed.",
  onClock: true,
  async run(scene) {
    await failedRenewal(scene);
    await scene.step("a month of tries", () => scene.clock.advance({ days: 28 }));
    const { status } = await subscriptionOf(scene);
    const ended = status === "canceled";
    await scene.expectState({
      plan: { id: ended ? "free" : "starter" },
      balance: { remaining: ended ? 1_000_000n : 0n, frozen: ended ? 0n : 24_000_000n, owed: 0n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900]);
  },
};

export const FAILING: readonly Flow[] = [
  newCard,
  oldCard,
  onStripesPage,
  outOfBand,
  voided,
  writtenOff,
  credited,
  neverPaid,
];
