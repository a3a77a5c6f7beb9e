import type { Page } from "@playwright/test";
import type { CardOutcome, TestCard } from "../flow";
import { outcomeOf } from "./outcome";

const PATIENCE_MS = 20_000;

/** Types a card into a page of the simulator's and presses the button. `taken`: that it worked, and the page has led on. */
export async function useCard(
  page: Page,
  card: TestCard,
  { button, taken }: { readonly button: string; readonly taken: () => Promise<boolean> },
): Promise<CardOutcome> {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry").fill("12/34");
  await page.getByLabel("CVC").fill("123");
  // What the page says is of this try once it is another document.
  await page.evaluate(() => document.body.setAttribute("data-before", ""));
  await page.getByRole("button", { name: button, exact: true }).click();
  const isNew = async () => (await page.locator("body:not([data-before])").count()) > 0;
  const shows = {
    taken: async () => (await isNew()) && (await taken()),
    declined: async () => (await isNew()) && page.locator("#problem").isVisible(),
    bank: async () => page.url().includes("/authenticate/"),
  };
  return outcomeOf(() => page.url(), shows, PATIENCE_MS);
}
