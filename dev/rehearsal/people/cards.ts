import { button, CARDS as CARDS_PAGE } from "../../e2e/pages";
import type { Scene, TestCard } from "../flow";
import { expect, leadToStripe } from "./look";

export const SAVED = "Your card is saved and will be used for payments.";

/** Saves one more card on the page of cards, which pays for everything from then on; where the bank asks, it is told yes. */
export async function saveCard(
  { person: { page }, hosted, expect: insist }: Scene,
  card: TestCard,
): Promise<void> {
  await page.goto(CARDS_PAGE);
  await leadToStripe(page, () => button(page, "Add a card").click());
  const outcome = await hosted.checkoutSetup.saveCard(page, card);
  if (outcome === "bank") await hosted.bank.answer(page, "approve");
  else insist("what Checkout did with the card", outcome, "taken");
  await expect(page.getByText(SAVED)).toBeVisible();
}

/** Removes a saved card by the page of cards. */
export async function removeCard({ person: { page } }: Scene, last4: string): Promise<void> {
  await page.goto(CARDS_PAGE);
  await page.getByRole("link", { name: new RegExp(`^Remove .*${last4}`) }).click();
  await button(page, new RegExp(`^Remove .*${last4}`)).click();
  await expect(page.getByText("The card was removed. It will no longer be charged.")).toBeVisible();
}
