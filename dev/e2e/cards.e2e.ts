import {
  button,
  confirm,
  expectCredits,
  expectPaid,
  figure,
  heading,
  OVERVIEW,
  order,
  PAY,
  saveCard,
} from "./pages";
import { cookieOf } from "./session";
import { expect, test } from "./test";

const GENERIC_DECLINE =
  "Your bank declined the payment and did not say why. Contact your bank, or use another card.";

test("a declined card: a useful sentence, nothing charged, then paid with another card on the same order", async ({
  page,
  buyer,
}) => {
  const customer = await buyer({ cards: ["pm_card_chargeCustomerFail"] });
  await order(page, { card: "$500" });
  const orderUrl = page.url();
  await confirm(page);
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: GENERIC_DECLINE })).toContainText(
    "You were not charged.",
  );
  expect(await customer.charged()).toEqual([]);
  expect((await customer.balance()).remaining).toBe(24_000_000n);

  await button(page, "Add another card").click();
  await saveCard(page, "5555 5555 5555 4444");
  await expect(page.getByText("Your card is saved and will be used for payments.")).toBeVisible();
  expect(page.url()).toContain(orderUrl);
  await expect(page.getByRole("radio", { name: /Mastercard •••• 4444/ })).toBeChecked();
  await confirm(page);
  await expectPaid(page, 64_000_000n);
  await expect(page.getByRole("region", { name: "Receipt" })).toContainText("Mastercard •••• 4444");
  expect(await customer.orders()).toHaveLength(1);
  expect(await customer.charged()).toEqual([50_000]);
});

test("the same card can be tried again, and of several saved ones any can be chosen", async ({
  page,
  buyer,
}) => {
  const customer = await buyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
  await order(page, { amount: "50" });
  await confirm(page);
  await expect(heading(page, "Payment not completed")).toBeVisible();
  // No card is chosen then, the declined one is last, and nobody is charged with one they did not choose.
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  await expect(page.getByRole("radio").last()).toHaveAccessibleName(/•••• 0341 Declined/);
  await button(page, "Pay $50.00").click();
  await expect(page.getByText("Choose the card to pay with. Nothing was charged.")).toBeFocused();
  await page.getByRole("radio", { name: /•••• 0341/ }).check();
  await confirm(page);
  await expect(page.getByRole("region", { name: "What happened" })).toContainText(
    /Declined by your bank.*Declined by your bank/s,
  );
  await page.getByRole("radio", { name: /Visa •••• 4242/ }).check();
  await button(page, "Pay $50.00 with Visa •••• 4242").click();
  await expectPaid(page, 28_000_000n);
  expect((await customer.charges()).map((each) => each.status)).toEqual(["succeeded", "failed", "failed"]);
});

test("without a saved card the order says so, leads to saving one, and is paid after coming back", async ({
  page,
  buyer,
}) => {
  const customer = await buyer({ cards: [] });
  await order(page, { card: "$1,000" });
  await expect(page.getByRole("region", { name: "Payment method" })).toContainText("No card is saved yet.");
  await expect(button(page, PAY)).toHaveCount(0);

  await button(page, "Add a card").click();
  await page.getByRole("link", { name: "Back" }).click();
  await expect(page.getByRole("region", { name: "Payment method" })).toContainText("No card is saved yet.");
  await button(page, "Add a card").click();
  await saveCard(page, "4000 0000 0000 0002");
  await expect(page.getByRole("alert")).toContainText("declined");
  await saveCard(page, "4242 4242 4242 4242");
  await expect(page.getByText("Your card is saved and will be used for payments.")).toBeVisible();
  await confirm(page);
  await expectPaid(page, 104_000_000n);
  expect(await customer.charged()).toEqual([100_000]);
});

test("Update card saves a new card in place of the old one", async ({ page, buyer }) => {
  await buyer();
  await page.goto(OVERVIEW);
  await page.getByRole("link", { name: "Manage cards" }).click();
  await button(page, "Update card Visa •••• 4242").click();
  await saveCard(page, "5555 5555 5555 4444");
  await expect(
    page.getByText("Your new card is saved and used for payments. The old one was removed."),
  ).toBeVisible();
  await expect(page.getByText("Visa •••• 4242")).toHaveCount(0);
  await page.goto(OVERVIEW);
  await expect(figure(page, "Plan and payment", "Payment method")).toContainText(
    "Mastercard •••• 4444, 12/34",
  );
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);
});

test("a card that asks the bank before it is saved", async ({ page, buyer }) => {
  const customer = await buyer({ cards: [] });
  await order(page, { card: "$100" });
  await button(page, "Add a card").click();
  await saveCard(page, "4000 0027 6000 3184");
  await button(page, "Approve").click();
  await expect(page.getByText("Your card is saved and will be used for payments.")).toBeVisible();
  expect(await customer.charges()).toEqual([]);
});

test("the way back from saving a card leads to our own pages only, and saves nothing on its own word", async ({
  customer,
  world: { facts },
}) => {
  const made = await customer();
  const headers = { Cookie: await cookieOf(facts, made) };
  for (const then of [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "ord_1",
    "__proto__",
    "",
  ]) {
    const query = new URLSearchParams({ then, session_id: "cs_test_made_up" });
    const address = `${facts.url}/settings/billing/payment-method/return?${query}`;
    const answer = await fetch(address, { headers, redirect: "manual" });
    expect([answer.status, answer.headers.get("location")], then).toEqual([
      303,
      `${facts.url}${OVERVIEW}?card=failed`,
    ]);
  }
});
