import { DEMO_PASSWORD } from "../seed";
import {
  BUY_CREDIT,
  button,
  card,
  confirm,
  expectCredits,
  expectPaid,
  figure,
  heading,
  OVERVIEW,
  order,
  signIn,
  USAGE,
} from "./pages";
import { expect, test } from "./test";

test("the main job: sign in, buy $500 of credits with the saved card, see them everywhere", async ({
  page,
}) => {
  await signIn(page, "starter@example.com", DEMO_PASSWORD);
  await expect(page).toHaveURL(OVERVIEW);
  const before = 24_000_000n - 11_482_300n;
  await expectCredits(figure(page, "Credit Usage", "Remaining"), before);

  await page.getByRole("link", { name: "Billing & Subscription" }).click();
  await page.getByRole("link", { name: "Buy Credit", exact: true }).click();
  await expect(page).toHaveURL(BUY_CREDIT);
  await expect(heading(page, "Quick Select")).toBeVisible();
  await expect(heading(page, "Custom Amount")).toBeVisible();
  await card(page, "$500").check();
  await expect(card(page, "$500")).toBeChecked();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 40_000_000n);
  await expectCredits(figure(page, "Summary", "Balance after"), before + 40_000_000n);
  await expect(figure(page, "Summary", "Payment method")).toContainText("Visa •••• 4242");
  await button(page, "Proceed to Payment").click();

  await expect(heading(page, "Review and confirm")).toBeVisible();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 40_000_000n);
  await expectCredits(figure(page, "Summary", "Balance after"), before + 40_000_000n);
  await expect(figure(page, "Summary", "Total")).toContainText("$500.00");
  await expect(figure(page, "Summary", "Credits expire").locator("time")).toBeVisible();
  await expect(page.getByRole("region", { name: "Payment method" })).toContainText("Visa •••• 4242");
  await confirm(page);

  await expectPaid(page, before + 40_000_000n);
  const receipt = page.getByRole("region", { name: "Receipt" });
  await expect(receipt).toContainText(/CR-[2-9A-Z]{4}-[2-9A-Z]{4}/);
  await expect(receipt).toContainText("$500.00");
  await expect(receipt).toContainText("Visa •••• 4242");
  await expect(receipt.getByRole("link", { name: /Stripe receipt/ })).toHaveAttribute("href", /^http/);
  await expect(page.getByRole("region", { name: "What happened" }).getByRole("listitem")).toHaveText([
    /^Order placed/,
    /^Payment started with Visa •••• 4242/,
    /^Paid, credits added/,
  ]);

  await page.getByRole("link", { name: "Overview", exact: true }).first().click();
  await expectCredits(figure(page, "Credit Usage", "Total"), 64_000_000n);
  await expectCredits(figure(page, "Credit Usage", "Used"), 11_482_300n);
  await expectCredits(figure(page, "Credit Usage", "Remaining"), before + 40_000_000n);
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await expect(page).toHaveURL(USAGE);
  await expectCredits(figure(page, "Balance", "Remaining"), before + 40_000_000n);
});

test("$12.34 typed is 987,200 credits exactly", async ({ page, buyer }) => {
  const customer = await buyer({ spent: 1_000_000n });
  await order(page, { amount: "12.34" });
  await expectCredits(figure(page, "Summary", "Add-on credits"), 987_200n);
  await expect(figure(page, "Summary", "Total")).toContainText("$12.34");
  await confirm(page);
  await expectPaid(page, 23_987_200n);
  expect(await customer.charged()).toEqual([1_234]);
  expect((await customer.balance()).remainingAddOn).toBe(987_200n);
});
