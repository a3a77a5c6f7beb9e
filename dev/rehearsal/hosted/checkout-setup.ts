import type { HostedPages } from "../flow";
import { isAway, leaveStripesCheckout, SUBMIT } from "./checkout-shared";
import { useCard } from "./simulator-form";
import { fillCard, submitCard } from "./stripe-form";

type CheckoutSetup = HostedPages["checkoutSetup"];

/** Checkout in `setup` mode: a card is saved, nothing is charged. */
export const stripeCheckoutSetup: CheckoutSetup = {
  async saveCard(page, card) {
    const away = isAway(page);
    await fillCard(page, card);
    return submitCard(page, page.locator(SUBMIT), away);
  },
  leave: leaveStripesCheckout,
};

export const simulatorCheckoutSetup: CheckoutSetup = {
  saveCard: (page, card) => useCard(page, card, { button: "Save card", taken: isAway(page) }),
  async leave(page) {
    await page.getByRole("link", { name: "Back", exact: true }).click();
  },
};
