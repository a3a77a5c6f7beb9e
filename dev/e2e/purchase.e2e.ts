import { DEMO_PASSWORD } from "../seed-accounts";
import { captureForm, sendForm } from "./forge";
import {
  BUY_CREDIT,
  button,
  card,
  confirm,
  creditsIn,
  expectCredits,
  expectPaid,
  figure,
  HISTORY,
  heading,
  ORDER_URL,
  OVERVIEW,
  order,
  PAY,
  signIn,
  USAGE,
} from "./pages";
import { cookieOf } from "./session";
import { expect, test } from "./test";

test("the main job: sign in, buy $500 of credits with the saved card, see them everywhere", async ({
  page,
}) => {
  await signIn(page, "starter@example.com", DEMO_PASSWORD);
  await expect(page).toHaveURL(OVERVIEW);
  const before = await creditsIn(figure(page, "Credit Usage", "Remaining"));
  const total = await creditsIn(figure(page, "Credit Usage", "Total"));

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
  await expect(receipt.getByRole("link", { name: /Stripe receipt/ })).toHaveAttribute(
    "href",
    /^\/settings\/billing\/documents\/receipts\/ord_/,
  );
  await expect(page.getByRole("region", { name: "What happened" }).getByRole("listitem")).toHaveText([
    /^Order placed/,
    /^Payment started with Visa •••• 4242/,
    /^Paid, credits added/,
  ]);

  await page.getByRole("link", { name: "Overview", exact: true }).first().click();
  await expectCredits(figure(page, "Credit Usage", "Total"), total + 40_000_000n);
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

test("a double click on Confirm is one charge", async ({ page, buyer }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await button(page, PAY).dblclick();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("a double click on Proceed is one order", async ({ page, buyer }) => {
  const customer = await buyer();
  await page.goto(BUY_CREDIT);
  await card(page, "$500").check();
  await button(page, "Proceed to Payment").dblclick();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  expect(await customer.orders()).toHaveLength(1);
});

test("two tabs confirming one order are one charge, and both show the receipt", async ({ page, buyer }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  const other = await page.context().newPage();
  await other.goto(page.url());
  await Promise.all([confirm(page), confirm(other)]);
  await expectPaid(page, 32_000_000n);
  await expectPaid(other, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("a reload after paying, and going back and proceeding again, charge nothing more", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await confirm(page);
  await expectPaid(page, 32_000_000n);
  await page.reload();
  await expectPaid(page, 32_000_000n);

  await page.goBack();
  await expect(page).toHaveURL(BUY_CREDIT);
  await card(page, "$100").check();
  await button(page, "Proceed to Payment").click();
  await expect(page).toHaveURL(ORDER_URL);
  const again = page.getByText("This order was placed before, so nothing was ordered or charged again.");
  await expect(again.or(heading(page, "Review and confirm"))).toBeVisible();
  expect(await customer.charged()).toEqual([10_000]);
});

test("an old page sent again with the same choice leads to the order there is", async ({
  customer,
  world: { facts },
}) => {
  const made = await customer();
  const cookie = await cookieOf(facts, made);
  const form = await captureForm(facts, BUY_CREDIT, cookie, "Proceed to Payment");
  const sendAgain = () => sendForm(facts, form, { cookie }, { bundle: "usd500" });
  const [first, second] = [await sendAgain(), await sendAgain()];
  expect(first.location).toMatch(ORDER_URL);
  expect(second.location).toBe(first.location);
  expect(await made.orders()).toHaveLength(1);
});

test("near the end of the cycle nothing is charged without the tick, and with it the order is paid", async ({
  page,
  buyer,
}) => {
  const customer = await buyer({ day: 29, spent: 23_000_000n });
  await order(page, { card: "$500" });
  const tick = page.getByRole("checkbox", { name: /I know that these credits expire in \d+ hours/ });
  // All of it was spent just now, which is no pace yet.
  await expect(tick).toHaveAccessibleName(/ hours\. Unused credits do not carry forward\.$/);
  await confirm(page);
  await expect(tick).toHaveAccessibleDescription(
    "Tick the box to confirm you know when these credits expire. Nothing was charged yet.",
  );
  expect((await customer.orders()).map((each) => each.status)).toEqual(["pending"]);
  expect(await customer.charges()).toEqual([]);

  await tick.check();
  await confirm(page);
  await expectPaid(page, 41_000_000n);
  expect(await customer.charged()).toEqual([50_000]);
});

test("the order can be canceled before it is paid", async ({ page, buyer }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await button(page, "Cancel order").click();
  await expect(heading(page, "Order canceled")).toBeVisible();
  expect((await customer.orders()).map((each) => each.status)).toEqual(["canceled"]);
  await page.goto(HISTORY);
  await expect(page.getByRole("row").filter({ hasText: "$100.00" })).toContainText("Canceled");
});
