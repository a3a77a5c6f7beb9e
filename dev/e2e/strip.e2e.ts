import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "./accessible";
import {
  answerBank,
  BUY_CREDIT,
  button,
  confirm,
  expectPaid,
  heading,
  OVERVIEW,
  order,
  PLANS,
  payAtCheckout,
} from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

// What the strip says of every state, and in which order, is held by `strip/rows.test.ts`; canceling and what is past due are
// walked through where they are brought about, in `plans.e2e.ts` and `renewals.e2e.ts`.
const strip = (page: Page, title: string | RegExp): Locator => page.getByRole("region", { name: title });
const CHARGE = { method: "POST", pathPattern: "/v1/payment_intents" };

test("from low over nothing left to debt, each with the button that ends it", async ({ page, buyer }) => {
  test.slow(); // Looks at three states in every way.
  const customer = await buyer({ spent: 21_000_000n });
  await page.goto(OVERVIEW);
  await expect(strip(page, "Credits are low: 3,000,000 left").getByRole("link")).toHaveText("Buy credits");
  await expectAccessible(page);

  await customer.spend(3_000_000n);
  await page.goto(OVERVIEW);
  await strip(page, "You have no credits left: requests are being refused").getByRole("link").click();
  await expect(button(page, "Proceed to Payment")).toBeVisible();

  const indebted = await buyer();
  await indebted.owe(640_000n);
  await page.goto(OVERVIEW);
  await expectAccessible(page);
  await strip(page, /^You owe 640,000 credits/)
    .getByRole("link", { name: "Clear what you owe, $8" })
    .click();
  await expect(page.getByLabel("Custom Amount")).toHaveValue("8.00");

  await buyer({ role: "member", spent: 24_000_000n });
  await page.goto(OVERVIEW);
  const asked = strip(page, /^You have no credits left/);
  await expect(asked).toContainText("Ask an owner of your account.");
  await expect(asked.getByRole("link")).toHaveCount(0);
});

test("nobody is led to pay again while a payment is being confirmed, nor left alone with one that was declined", async ({
  page,
  buyer,
  fault,
}) => {
  test.slow();
  const customer = await buyer();
  await order(page, { card: "$500" });
  await fault({ kind: "fail_before", match: CHARGE, times: 3 });
  await confirm(page);
  await expect(heading(page, "Confirming with your bank")).toBeVisible();
  for (const path of [BUY_CREDIT, OVERVIEW]) {
    await page.goto(path);
    await expect(strip(page, "Do not pay again: $500.00 is being confirmed")).toBeVisible();
  }
  await expectAccessible(page);
  await page.getByRole("link", { name: "See the payment" }).click();
  await button(page, "Check now").click();
  await expectPaid(page, 64_000_000n);
  expect(await customer.charged()).toEqual([50_000]);

  await buyer({ cards: ["pm_card_chargeCustomerFail"] });
  await order(page, { card: "$100" });
  const orderUrl = page.url();
  await confirm(page);
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await page.goto(OVERVIEW);
  await expectAccessible(page);
  const declined = strip(page, /^The payment of \$100\.00 for order .* was not completed$/);
  await declined.getByRole("link", { name: "Pay with another card" }).click();
  await expect(page).toHaveURL(orderUrl);
});

test("a plan that ended with nothing to pay: what starting it again costs, gives and until when, and that it does", async ({
  page,
  buyer,
  world,
}) => {
  test.slow();
  const customer = await buyer({ plan: "free", day: 1 });
  const { id } = await subscribe(world, customer, "starter");
  await world.stripe.subscriptions.cancel(id);
  const ended = strip(page, /^Your Starter plan ended on /);
  const offer =
    /\$299\.00 now and every month, for 24,000,000 new credits until [A-Z][a-z]{2} \d{1,2}, \d{4}\./;
  await expect(async () => {
    await page.goto(OVERVIEW);
    await expect(ended).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(ended).toContainText("You are on Free now.");
  await expect(ended).toContainText(offer);
  await expectAccessible(page);
  await ended.getByRole("link", { name: "Start again", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`${PLANS}$`));
  const again = page.getByRole("region", { name: "Start Starter again" });
  await expect(again).toContainText(offer);
  await expectAccessible(page);
  await page.setViewportSize({ width: 1360, height: 900 });
  await again.getByRole("button", { name: "Start again for $299.00" }).click();
  await payAtCheckout(page, "4242 4242 4242 4242");
  await expect(page.getByText("You are on Starter.")).toBeVisible();
  expect(await customer.charged()).toEqual([29_900, 29_900]);

  const member = await buyer({ plan: "free", day: 1, role: "member" });
  await world.stripe.subscriptions.cancel((await subscribe(world, member, "starter")).id);
  await expect(async () => {
    await page.goto(OVERVIEW);
    await expect(ended).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(ended).toContainText("Ask an owner of your account.");
  await expect(ended.getByRole("link")).toHaveCount(0);
  await page.goto(PLANS);
  await expect(page.getByText(/^Your Starter plan ended on /)).toBeVisible();
  await expect(again).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the bank is reached from Overview in one step", async ({ page, buyer }) => {
    const customer = await buyer({ cards: ["pm_card_authenticationRequired"] });
    await order(page, { card: "$100" });
    await confirm(page);
    await answerBank(page, "Walk away");
    await page.goto(BUY_CREDIT);
    await expect(strip(page, /^Your bank wants you to confirm/)).toBeVisible();
    await page.goto(OVERVIEW);
    await button(page, "Confirm with your bank, $100.00").click();
    await answerBank(page, "Approve");
    await expectPaid(page, 32_000_000n);
    expect(await customer.charged()).toEqual([10_000]);
  });
});
