import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessible";
import {
  answerBank,
  BUY_CREDIT,
  button,
  confirm,
  expectCredits,
  expectPaid,
  figure,
  HISTORY,
  heading,
  OVERVIEW,
  order,
  PAY,
  PLAN_PAYMENT_URL,
  PLANS,
  payAtCheckout,
  saveCard,
} from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
const planCard = (page: Page, name: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true, level: 3 }) });

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("from Free to Starter on Checkout, buying credits, and on to Premium in two clicks", async ({
      page,
      buyer,
      slowStripe,
    }) => {
      test.slow(); // Three purchases in one story, each at Stripe's own pace.
      const customer = await buyer({ plan: "free", cards: [], spent: 750_000n });
      await slowStripe();
      await page.goto(PLANS);
      await expect(planCard(page, "Free")).toContainText("Your plan");
      await expect(planCard(page, "Starter")).toContainText("$299 a month");
      await expect(planCard(page, "Premium")).toContainText("40,000,000 credits every month");
      await button(page, "Choose Starter").click();
      await payAtCheckout(page, "4242 4242 4242 4242");

      await expect(page).toHaveURL(/\/plans\?checkout=done$/);
      await expect(page.getByText("You are on Starter.")).toBeVisible();
      await expect(page.getByText("24,000,000 credits are yours until")).toBeVisible();
      await expect(planCard(page, "Starter")).toContainText("Your plan");
      await page.goto(OVERVIEW);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_250_000n);
      expect(await customer.charged()).toEqual([29_900]);
      await order(page, { card: "$100" });
      await confirm(page);
      await expectPaid(page, 32_250_000n);

      await page.goto(PLANS);
      await link(page, "Upgrade to Premium").click();
      await expect(figure(page, "Summary", "Charged now")).toContainText("$499.00");
      await expectCredits(figure(page, "Summary", "New credits"), 40_000_000n);
      await button(page, PAY).click();
      await expect(heading(page, "You are on Premium")).toBeVisible();
      await expect(page).toHaveURL(PLAN_PAYMENT_URL);
      await expectCredits(page.getByRole("region", { name: "Balance now" }), 72_250_000n);
      expect(await customer.charged()).toEqual([29_900, 10_000, 49_900]);
    });
  });
}

test("a visit to Checkout that is broken off or declined costs nothing and can be made again", async ({
  page,
  buyer,
}) => {
  const customer = await buyer({ plan: "free", cards: [] });
  await page.goto(PLANS);
  await button(page, "Choose Starter").click();
  await link(page, "Back").click();
  await expect(planCard(page, "Free")).toContainText("Your plan");
  await button(page, "Choose Premium").click();
  await payAtCheckout(page, "4000 0000 0000 0002");
  await expect(page.getByRole("alert")).toContainText("declined");
  expect(await customer.charged()).toEqual([]);
  expect((await customer.balance()).remaining).toBe(1_000_000n);
  await payAtCheckout(page, "4242 4242 4242 4242");
  await expect(page.getByText("You are on Premium.")).toBeVisible();
  expect((await customer.balance()).remaining).toBe(41_000_000n);
  expect(await customer.charged()).toEqual([49_900]);
});

test("a declined upgrade changes nothing, and goes through with another card", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  const { id } = await subscribe(world, customer, "starter");
  await page.goto(`${PLANS}/change?to=premium&interval=month`);
  await button(page, "Add another card").click();
  await saveCard(page, "4000 0000 0000 0341");
  await expect(figure(page, "Summary", "Charged now")).toContainText("$499.00");
  await button(page, PAY).click();
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expect(page.getByText("Your Starter plan and your credits are as they were.")).toBeVisible();
  await expect(page.getByText(/You were not charged\./)).toBeVisible();
  expect(await customer.charged()).toEqual([29_900]);
  expect((await customer.balance()).remaining).toBe(24_000_000n);
  expect((await world.stripe.subscriptions.retrieve(id)).items.data[0]?.price.unit_amount).toBe(29_900);

  await link(page, "Try again or use another card").click();
  await page.getByRole("radio", { name: /Visa •••• 4242/ }).check();
  await button(page, PAY).click();
  await expect(heading(page, "You are on Premium")).toBeVisible();
  await expectCredits(page.getByRole("region", { name: "Balance now" }), 64_000_000n);
  expect(await customer.charged()).toEqual([29_900, 49_900]);
});

test("an upgrade that the bank asks about: walked away from, taken up again, approved", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ plan: "free", cards: ["pm_card_visa"], spent: 1_000_000n });
  await subscribe(world, customer, "starter");
  await page.goto(`${PLANS}/change?to=premium&interval=month`);
  await button(page, "Add another card").click();
  await saveCard(page, "4000 0027 6000 3184");
  await button(page, "Approve").click();
  await button(page, PAY).click();
  await answerBank(page, "Walk away");
  await page.goto(PLANS);
  await expect(page.getByText(/Your bank wants you to confirm the payment for your upgrade/)).toBeVisible();
  expect((await customer.balance()).remaining).toBe(24_000_000n);
  await button(page, "Confirm with your bank, $499.00").click();
  await answerBank(page, "Approve");
  await expect(heading(page, "You are on Premium")).toBeVisible();
  expect((await customer.balance()).remaining).toBe(64_000_000n);
  expect(await customer.charged()).toEqual([29_900, 49_900]);
});

test("a smaller plan is chosen for the end of the cycle and undone, with nothing charged", async ({
  page,
  buyer,
  world,
  slowStripe,
}) => {
  test.slow(); // At Stripe's own pace.
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  await subscribe(world, customer, "premium");
  await slowStripe();
  await page.goto(PLANS);
  await link(page, "Change to Starter").click();
  await expect(page.getByText("24,000,000 credits a cycle, instead of 40,000,000")).toBeVisible();
  await button(page, /^Change on /).click();
  await expect(page.getByText(/^Starter from .*Until then you keep Premium\.$/)).toBeVisible();
  await expect(planCard(page, "Premium")).toContainText("Your plan");
  await page.goto(OVERVIEW);
  await expect(figure(page, "Plan and payment", "Next invoice")).toContainText("$299.00");
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 40_000_000n);

  await button(page, "Keep Premium").click();
  await expect(page.getByText(/^You keep Premium\. It renews on/)).toBeVisible();
  await page.goto(OVERVIEW);
  await expect(figure(page, "Plan and payment", "Next invoice")).toContainText("$499.00");
  expect(await customer.charged()).toEqual([49_900]);
});

test("a plan is canceled for the end of the cycle and resumed", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  const { id } = await subscribe(world, customer, "starter");
  const isCanceled = async () => {
    const { cancel_at, cancel_at_period_end } = await world.stripe.subscriptions.retrieve(id);
    return cancel_at !== null || cancel_at_period_end;
  };
  await page.goto(PLANS);
  await link(page, "Cancel plan").click();
  await expect(page.getByText("Starter ends. Unused credits expire")).toBeVisible();
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your Starter plan ends on /)).toBeVisible();
  expect(await isCanceled()).toBe(true);
  await page.goto(OVERVIEW);
  await expect(page.getByText(/^Your Starter plan ends on /)).toBeVisible();
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);

  await button(page, "Keep Starter").click();
  await expect(page.getByText(/^You keep Starter\. It renews on/)).toBeVisible();
  expect(await isCanceled()).toBe(false);
  await page.goto(BUY_CREDIT);
  await expect(button(page, "Proceed to Payment")).toBeVisible();
  expect(await customer.charged()).toEqual([29_900]);
});

test("a cancellation that Stripe did not confirm is noted, and can be undone", async ({
  page,
  buyer,
  world,
  fault,
}) => {
  const customer = await buyer({ plan: "free" });
  const { id } = await subscribe(world, customer, "starter");
  await page.goto(`${PLANS}/cancel`);
  await fault({ kind: "fail_before", match: { method: "POST", pathPattern: `/v1/subscriptions/${id}` } });
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your Starter plan is set to end on .* We have recorded that/)).toBeVisible();
  await expect(link(page, "Cancel plan")).toHaveCount(0);
  await expectAccessible(page);
  await page.goto(`${PLANS}/cancel`);
  await expect(page.getByText("has not confirmed it yet")).toBeVisible();
  await page.goto(OVERVIEW);
  await button(page, "Keep Starter").click();
  await expect(page.getByText(/^You keep Starter\. It renews on/)).toBeVisible();
  const { cancel_at, cancel_at_period_end } = await world.stripe.subscriptions.retrieve(id);
  expect({ cancel_at, cancel_at_period_end }).toEqual({ cancel_at: null, cancel_at_period_end: false });
});

test("every invoice is in History, with its page and its PDF", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free" });
  await subscribe(world, customer, "starter");
  await page.goto(HISTORY);
  const row = page.getByRole("region", { name: "Invoices" }).getByRole("row").filter({ hasText: "Starter" });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("Paid");
  await expect(row).toContainText("$299.00");
  const pdf = await row.getByRole("link", { name: /^PDF of invoice/ }).getAttribute("href");
  const file = await page.request.get(pdf ?? "");
  expect(file.headers()["content-type"]).toContain("application/pdf");
  expect((await file.body()).subarray(0, 5).toString()).toBe("%PDF-");
  const [invoice] = await Promise.all([
    page.waitForEvent("popup"),
    row.getByRole("link", { name: /^Invoice of invoice/ }).click(),
  ]);
  await expect(invoice.getByText("$299.00").first()).toBeVisible();
});
