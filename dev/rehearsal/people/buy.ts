import { BUY_CREDIT, button, card, heading, ORDER_URL, PAY } from "../../e2e/pages";
import type { Person, Scene } from "../flow";
import { expect, leadToStripe } from "./look";

/** What is bought: a bundle by its price as the page says it, or an amount that is typed. */
export type Purchase = { readonly bundle: string } | { readonly amount: string };

/** From Buy Credit to the review of a new order. */
export async function placeOrder({ page }: Person, purchase: Purchase): Promise<void> {
  await page.goto(BUY_CREDIT);
  if ("bundle" in purchase) await card(page, purchase.bundle).check();
  else await page.getByLabel("Custom Amount").fill(purchase.amount);
  await button(page, "Proceed to Payment").click();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  await expect(page).toHaveURL(ORDER_URL);
}

/** Presses the button that charges the chosen card; with `last4` another one is chosen before. */
export async function confirmOrder({ page }: Person, last4?: string): Promise<void> {
  if (last4) await page.getByRole("radio", { name: new RegExp(`•••• ${last4}`) }).check();
  await button(page, PAY).click();
}

export async function expectPaidOrder({ page }: Person): Promise<void> {
  await expect(heading(page, "Payment received")).toBeVisible();
}

export async function expectUnpaidOrder({ page }: Person): Promise<void> {
  await expect(heading(page, "Payment not completed")).toBeVisible();
}

/** Buys with the card the product proposes, which pays at once. */
export async function buy(scene: Scene, purchase: Purchase = { bundle: "$100" }): Promise<void> {
  await placeOrder(scene.person, purchase);
  await confirmOrder(scene.person);
  await expectPaidOrder(scene.person);
}

/** Confirms an order whose bank asks, and is led to the bank's page. */
export async function confirmAtBank({ page }: Person): Promise<void> {
  await leadToStripe(page, () => button(page, PAY).click());
}
