import { expect, type Locator, type Page } from "@playwright/test";
import { PASSWORD } from "./customers";

export const BILLING = "/settings/billing";
export const OVERVIEW = `${BILLING}/overview`;
export const USAGE = `${BILLING}/usage`;
export const HISTORY = `${BILLING}/history`;
export const BUY_CREDIT = `${BILLING}/buy-credit`;
export const PLANS = `${BILLING}/plans`;
export const DETAILS = `${BILLING}/details`;
export const CARDS = `${BILLING}/payment-method`;
export const PLAN_PAYMENT_URL = /\/settings\/billing\/plans\/payments\/pay_[0-9a-f]{32}/;
export const ORDER_URL = /\/settings\/billing\/buy-credit\/ord_[0-9a-f]{32}/;

export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto("/sign-in");
  await fillSignIn(page, email, password);
}

export async function fillSignIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The value of a named fact in a panel: `figure(page, "Credit Usage", "Remaining")`. */
export const figure = (page: Page, panel: string, name: string): Locator =>
  page
    .getByRole("region", { name: panel, exact: true })
    .locator("dl > div")
    .filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) });

export async function expectCredits(where: Locator, credits: bigint): Promise<void> {
  await expect(where.locator("[data-credits]").first()).toHaveAttribute("data-credits", credits.toString());
}

export async function creditsIn(where: Locator): Promise<bigint> {
  return BigInt((await where.locator("[data-credits]").first().getAttribute("data-credits")) ?? "");
}

export const card = (page: Page, price: string): Locator =>
  page.getByRole("radio", { name: new RegExp(`^\\${price} `) });

export const heading = (page: Page, name: string): Locator =>
  page.getByRole("heading", { name, exact: true });
export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: true });

/** From Buy Credit to the review of a new order. */
export async function order(page: Page, choice: { card: string } | { amount: string }): Promise<void> {
  await page.goto(BUY_CREDIT);
  if ("card" in choice) await card(page, choice.card).check();
  else await page.getByLabel("Custom Amount").fill(choice.amount);
  await button(page, "Proceed to Payment").click();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  await expect(page).toHaveURL(ORDER_URL);
}

/** What a button that charges a card says: how much, and which card, where one is chosen. */
export const PAY = /^Pay \$[\d,.]+( with .*•••• \d{4})?$/;
export const confirm = (page: Page): Promise<void> => button(page, PAY).click();

export async function expectPaid(page: Page, balance: bigint): Promise<void> {
  await expect(heading(page, "Payment received")).toBeVisible();
  await expectCredits(page.getByRole("region", { name: "Balance now" }), balance);
}

/** Saves a card on the simulator's hosted page, where the browser is now. */
export async function saveCard(page: Page, number: string): Promise<void> {
  await expect(heading(page, "Save your card")).toBeVisible();
  await fillCard(page, number);
  await button(page, "Save card").click();
}

/** Pays for a plan on the simulator's hosted Checkout, where the browser is now. */
export async function payAtCheckout(page: Page, number: string): Promise<void> {
  await expect(heading(page, "Subscribe")).toBeVisible();
  await fillCard(page, number);
  await button(page, "Pay and subscribe").click();
}

async function fillCard(page: Page, number: string): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiry").fill("12/34");
  await page.getByLabel("CVC").fill("123");
}

/** Answers on the bank's page, where the browser is now. */
export async function answerBank(page: Page, answer: "Approve" | "Fail" | "Walk away"): Promise<void> {
  await expect(heading(page, "Your bank: is this you?")).toBeVisible();
  const role = answer === "Walk away" ? "link" : "button";
  await page.getByRole(role, { name: answer, exact: true }).click();
}
