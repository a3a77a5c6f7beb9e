import { button, CARDS as CARDS_PAGE } from "../../e2e/pages";
import type { Flow } from "../flow";
import { buy } from "../people/buy";
import { removeCard, SAVED, saveCard } from "../people/cards";
import { subscriptionOf } from "../people/dashboard";
import { expect, leadToStripe } from "../people/look";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

const first: Flow = {
  name: "card-first-saved",
  group: "cards",
  purpose:
    "Saving the first card makes the customer at Stripe, charges nothing, and makes the card the default.",
  async run(scene) {
    await scene.step("save a card", () => saveCard(scene, CARDS.visa));
    await scene.expectState({ cards: ["visa 4242"], plan: { id: "free" } });
    const customer = await scene.operator.customers.retrieve(await scene.customerId());
    const chosen = "deleted" in customer ? null : customer.invoice_settings?.default_payment_method;
    scene.expect("a default card at Stripe", typeof chosen, "string");
    const { data } = await scene.operator.charges.list({ customer: customer.id });
    scene.expect("charges", data.length, 0);
  },
};

const refused: Flow = {
  name: "card-refused-by-checkout",
  group: "cards",
  purpose: "Checkout refuses a declined card and stays; the next card on the same page is saved.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await page.goto(CARDS_PAGE);
    await leadToStripe(page, () => button(page, "Add a card").click());
    await scene.step("a card that is declined", async () => {
      scene.expect("Checkout", await hosted.checkoutSetup.saveCard(page, CARDS.declined), "declined");
    });
    await scene.expectState({ cards: [] });
    await scene.step("another card", async () => {
      scene.expect("Checkout", await hosted.checkoutSetup.saveCard(page, CARDS.mastercard), "taken");
      await expect(page.getByText(SAVED)).toBeVisible();
    });
    await scene.expectState({ cards: ["mastercard 4444"] });
  },
};

const asksBank: Flow = {
  name: "card-bank-asks-before-saving",
  group: "cards",
  purpose:
    "A bank that refuses leaves nothing saved; approved, the card is there, and pays without being asked about again.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("refuse, then approve", async () => {
      await page.goto(CARDS_PAGE);
      await leadToStripe(page, () => button(page, "Add a card").click());
      scene.expect("Checkout", await hosted.checkoutSetup.saveCard(page, CARDS.asksBankOnce), "bank");
      await hosted.bank.answer(page, "fail");
      scene.expect("Checkout", await hosted.checkoutSetup.saveCard(page, CARDS.asksBankOnce), "bank");
      await hosted.bank.answer(page, "approve");
      await expect(page.getByText(SAVED)).toBeVisible();
    });
    await scene.expectState({ cards: ["visa 3155", "visa 4242"] });
    await scene.step("buy with it", () => buy(scene));
    await scene.expectState({ orders: [{ status: "paid", amountCents: 10_000n, credits: 8_000_000n }] });
  },
};

const replaced: Flow = {
  name: "card-replaced-and-removed",
  group: "cards",
  purpose: "A new card pays for the plan too, and only then the old one may be removed, at Stripe as well.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save another card", () => saveCard(scene, CARDS.mastercard));
    const { default_payment_method: pays } = await subscriptionOf(scene);
    const method = await scene.operator.paymentMethods.retrieve(String(pays));
    scene.expect("the plan's card", method.card?.last4, "4444");
    await scene.step("remove the old one", () => removeCard(scene, "4242"));
    await scene.expectState({ cards: ["mastercard 4444"] });
    const left = await scene.operator.customers.listPaymentMethods(await scene.customerId());
    scene.expect(
      "cards at Stripe",
      left.data.map(({ card }) => card?.last4),
      ["4444"],
    );
  },
};

const portal: Flow = {
  name: "card-added-in-the-portal",
  group: "cards",
  purpose: "A card that was added in Stripe's portal is shown by the product without anybody coming back.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await page.goto(CARDS_PAGE);
    await leadToStripe(page, () => button(page, "E-mail and invoices at Stripe").click());
    await scene.step("add a card", async () => {
      scene.expect("the portal", await hosted.portal.addCard(page, CARDS.mastercard), "taken");
    });
    const { cards } = await scene.state();
    scene.expect("saved cards", [...cards].sort(), ["mastercard 4444", "visa 4242"]);
    await hosted.portal.leave(page);
    await expect(page.getByText("Mastercard •••• 4444").first()).toBeVisible();
  },
};

const detached: Flow = {
  name: "card-detached-in-the-dashboard",
  group: "cards",
  purpose: "A plan whose card was detached in the dashboard is told of before its renewal fails.",
  answers: ["Q10"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const before = await subscriptionOf(scene);
    const card = String(before.default_payment_method);
    await scene.step("detach the plan's card", async () => {
      await operator.paymentMethods.detach(card);
    });
    await scene.expectState({ cards: [] });
    const after = await subscriptionOf(scene);
    const customer = await operator.customers.retrieve(await scene.customerId());
    const chosen = "deleted" in customer ? null : customer.invoice_settings?.default_payment_method;
    const kept = (id: unknown) => (id === null || id === undefined ? "cleared" : "kept");
    scene.note(
      "Q10",
      `the subscription's: ${kept(after.default_payment_method)}, the customer's: ${kept(chosen)}`,
    );
  },
};

export const CARD_FLOWS: readonly Flow[] = [first, refused, asksBank, replaced, portal, detached];
