import { answerBank, button, confirm, expectPaid, heading, ORDER_URL, OVERVIEW, order } from "./pages";
import { expect, test } from "./test";

const ASKS = { cards: ["pm_card_authenticationRequired"] };

test("the bank asks: there, approve, back, paid", async ({ page, buyer }) => {
  const customer = await buyer(ASKS);
  await order(page, { card: "$100" });
  await confirm(page);
  await answerBank(page, "Approve");
  await expectPaid(page, 32_000_000n);
  await expect(page).toHaveURL(new RegExp(`${ORDER_URL.source}$`)); // No payment secret in the address bar.
  expect(await customer.charged()).toEqual([10_000]);
});

test("failing at the bank is a sentence and another try", async ({ page, buyer }) => {
  const customer = await buyer(ASKS);
  await order(page, { card: "$100" });
  await confirm(page);
  await answerBank(page, "Fail");
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expect(page.getByRole("status")).toContainText([
    "Your bank wants you to confirm this payment, and that did not succeed.",
  ]);
  expect(await customer.charged()).toEqual([]);
  await confirm(page);
  await answerBank(page, "Approve");
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("walking away from the bank leaves an order that can be resumed from Overview", async ({
  page,
  buyer,
}) => {
  const customer = await buyer(ASKS);
  await order(page, { card: "$100" });
  await confirm(page);
  await answerBank(page, "Walk away");
  await page.goto(OVERVIEW);
  await expect(page.getByText(/^Your bank wants you to confirm the payment for order /)).toBeVisible();
  await button(page, "Confirm with your bank, $100.00").click();
  await answerBank(page, "Approve");
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("an order waiting for the bank can be canceled, and then nothing is charged", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer(ASKS);
  await order(page, { card: "$100" });
  const orderUrl = page.url();
  await confirm(page);
  await answerBank(page, "Walk away");
  await page.goto(orderUrl);
  await button(page, "Cancel order").click();
  await expect(heading(page, "Order canceled")).toBeVisible();
  const [canceled] = await customer.orders();
  const intent = await world.stripe.paymentIntents.retrieve(canceled?.paymentIntentId ?? "");
  expect(intent.status).toBe("canceled");
  expect(await customer.charged()).toEqual([]);
});

test("the return address believes nothing it is told", async ({ page, buyer }) => {
  const customer = await buyer(ASKS);
  await order(page, { card: "$100" });
  const orderUrl = page.url();
  await confirm(page);
  await answerBank(page, "Walk away");
  await page.goto(`${orderUrl}/return?redirect_status=succeeded&payment_intent=pi_made_up`);
  await expect(heading(page, "Your bank wants to confirm this payment")).toBeVisible();
  expect(await customer.charged()).toEqual([]);
});
