import {
  answerBank,
  BUY_CREDIT,
  button,
  card,
  confirm,
  expectCredits,
  expectPaid,
  figure,
  heading,
  ORDER_URL,
  OVERVIEW,
  order,
  PAY,
  saveCard,
  signIn,
} from "./pages";
import { expect, test } from "./test";

test.use({ javaScriptEnabled: false });

test("the whole purchase: sign in, choose a card, check out, confirm, receipt, Overview", async ({
  page,
  customer,
}) => {
  const made = await customer({ spent: 2_000_000n });
  await signIn(page, made.email);
  await expect(page).toHaveURL(OVERVIEW);
  await page.getByRole("link", { name: "Buy Credit", exact: true }).click();
  await card(page, "$2,000").check();
  await button(page, "Proceed to Payment").click();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  await expect(page).toHaveURL(ORDER_URL);
  await expectCredits(figure(page, "Summary", "Add-on credits"), 160_000_000n);
  await expectCredits(figure(page, "Summary", "Balance after"), 182_000_000n);
  await expect(figure(page, "Summary", "Total")).toContainText("$2,000.00");
  await confirm(page);
  await expectPaid(page, 182_000_000n);
  await page.reload();
  await expectPaid(page, 182_000_000n);
  await page.getByRole("link", { name: "Overview", exact: true }).first().click();
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 182_000_000n);
  expect(await made.charged()).toEqual([200_000]);
});

test("a typed amount counts instead of the chosen card, and a wrong one is a sentence at the field", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await page.goto(BUY_CREDIT);
  const field = page.getByLabel("Custom Amount");
  await field.fill("1,5,0");
  await button(page, "Proceed to Payment").click();
  await expect(field).toHaveAccessibleDescription(/^Type the amount in digits, like 12 or 12\.50\./);
  await expect(field).toHaveValue("1,5,0");
  await expect(field).toBeFocused();
  expect(await customer.orders()).toEqual([]);
  await field.fill("12.34");
  await button(page, "Proceed to Payment").click();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 987_200n);
  await confirm(page);
  await expectPaid(page, 24_987_200n);
  expect(await customer.charged()).toEqual([1_234]);
});

test("an amount in another notation is asked about, and ordered as it was meant", async ({ page, buyer }) => {
  const customer = await buyer();
  await page.goto(BUY_CREDIT);
  await page.getByLabel("Custom Amount").fill("12,5");
  await button(page, "Proceed to Payment").click();
  await expect(page.getByRole("alert")).toContainText("Did you mean $12.50?");
  await button(page, "Use it").click();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 1_000_000n);
  expect((await customer.orders()).map((each) => each.amountCents)).toEqual([1_250n]);
});

test("the bank: there, fail, again, approve, back", async ({ page, buyer }) => {
  const customer = await buyer({ cards: ["pm_card_authenticationRequired"] });
  await order(page, { card: "$100" });
  await confirm(page);
  await answerBank(page, "Fail");
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await confirm(page);
  await answerBank(page, "Approve");
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("declined, then paid with another card on the same order", async ({ page, buyer }) => {
  const customer = await buyer({ cards: ["pm_card_chargeCustomerFail"] });
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(page.getByText("Contact your bank, or use another card.")).toBeVisible();
  await button(page, "Add another card").click();
  await saveCard(page, "4242 4242 4242 4242");
  await confirm(page);
  await expectPaid(page, 32_000_000n);
  expect(await customer.orders()).toHaveLength(1);
  expect(await customer.charged()).toEqual([10_000]);
});

test("a double click on Confirm is one charge", async ({ page, buyer }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await button(page, PAY).dblclick();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("near the end of the cycle the missing tick is a sentence", async ({ page, buyer }) => {
  await buyer({ day: 29 });
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(page.getByRole("checkbox")).toHaveAccessibleDescription(
    /^Tick the box to confirm you know when these credits expire/,
  );
  await page.getByRole("checkbox").check();
  await confirm(page);
  await expectPaid(page, 32_000_000n);
});

test("an unknown outcome: the page looks again by itself until it is paid", async ({
  page,
  buyer,
  fault,
}) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await fault({ kind: "webhook_late", match: { type: "*" }, ms: 4_000 });
  await fault({
    kind: "fail_after",
    match: { method: "POST", pathPattern: "/v1/payment_intents" },
    times: 1,
  });
  await confirm(page);
  await expect(heading(page, "Confirming with your bank")).toBeVisible();
  await expect(heading(page, "Payment received")).toBeVisible({ timeout: 20_000 });
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("a Free customer sees the offers and a way to upgrade, and no form", async ({ page, buyer }) => {
  await buyer({ plan: "free", cards: [] });
  await page.goto(BUY_CREDIT);
  await expect(heading(page, "Buying credits is for paid plans")).toBeVisible();
  await expect(page.getByRole("link", { name: "Upgrade", exact: true })).toBeVisible();
  await expect(button(page, "Proceed to Payment")).toHaveCount(0);
});
