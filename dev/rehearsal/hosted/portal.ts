import type { HostedPages } from "../flow";
import { useCard } from "./simulator-form";
import { fillCard, PATIENCE_MS, submitCard } from "./stripe-form";

type Portal = HostedPages["portal"];

/** Parts of the portal carry one or the other of two attributes, by their age. */
const part = (name: string): string => `[data-testid="${name}"], [data-test="${name}"]`;

/** The customer portal, as its configuration of ours offers it: cards, e-mail address and invoices. */
export const stripePortal: Portal = {
  async addCard(page, card) {
    await page.locator(part("add-payment-method")).first().click({ timeout: PATIENCE_MS });
    await fillCard(page, card);
    const confirm = page.locator(part("confirm")).first();
    // Done, it is back at the portal's first page.
    return submitCard(page, confirm, () => page.locator(part("add-payment-method")).first().isVisible());
  },
  async leave(page) {
    await page.locator(part("return-to-business-link")).first().click({ timeout: PATIENCE_MS });
  },
};

export const simulatorPortal: Portal = {
  addCard: (page, card) =>
    useCard(page, card, {
      button: "Add card",
      taken: async () => page.url().includes("home=1") && (await page.locator("#problem").count()) === 0,
    }),
  async leave(page) {
    await page.getByRole("link", { name: "Return", exact: true }).click();
  },
};
