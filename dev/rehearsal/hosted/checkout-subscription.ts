import type { HostedPages } from "../flow";
import { isAway, leaveStripesCheckout, SUBMIT } from "./checkout-shared";
import { useCard } from "./simulator-form";
import { fillCard, submitCard } from "./stripe-form";

type CheckoutSubscription = HostedPages["checkoutSubscription"];

/** Checkout in `subscription` mode: a plan's first invoice is paid, and the card is kept for its renewals. */
export const stripeCheckoutSubscription: CheckoutSubscription = {
  async pay(page, card) {
    const away = isAway(page);
    await fillCard(page, card);
    return submitCard(page, page.locator(SUBMIT), away);
  },
  leave: leaveStripesCheckout,
};

export const simulatorCheckoutSubscription: CheckoutSubscription = {
  pay: (page, card) => useCard(page, card, { button: "Pay and subscribe", taken: isAway(page) }),
  async leave(page) {
    await page.getByRole("link", { name: "Back", exact: true }).click();
  },
};
