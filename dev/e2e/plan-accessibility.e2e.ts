import { expectAccessible } from "./accessible";
import {
  answerBank,
  button,
  CARDS,
  HISTORY,
  heading,
  OVERVIEW,
  PAY,
  PLAN_PAYMENT_URL,
  PLANS,
  saveCard,
} from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

const UPGRADE = `${PLANS}/change?to=premium&interval=month`;

test.describe.configure({ timeout: 180_000 });

test("the plans of a Free customer, and asking for a Custom one", async ({ page, buyer }) => {
  await buyer({ plan: "free", cards: [] });
  for (const path of [PLANS, `${PLANS}/contact`, CARDS]) {
    await page.goto(path);
    await expectAccessible(page);
  }
});

test("a subscriber's plans, and everything asked before a change", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free", cards: ["pm_card_mastercard", "pm_card_visa"] });
  await subscribe(world, customer, "starter");
  for (const path of [PLANS, UPGRADE, `${PLANS}/cancel`, CARDS, HISTORY]) {
    await page.goto(path);
    await expectAccessible(page);
  }
  await page.goto(CARDS);
  await page.getByRole("link", { name: "Remove Mastercard •••• 4444" }).click();
  await expect(heading(page, "Remove Mastercard •••• 4444")).toBeVisible();
  await expectAccessible(page);
});

test("a payment for a plan: declined, waiting for the bank, received", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free" });
  await subscribe(world, customer, "starter");
  await page.goto(UPGRADE);
  await button(page, "Add another card").click();
  await saveCard(page, "4000 0000 0000 0341");
  await button(page, PAY).click();
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expectAccessible(page);

  await page.setViewportSize({ width: 1360, height: 900 });
  await page.goto(UPGRADE);
  await button(page, "Add another card").click();
  await saveCard(page, "4000 0027 6000 3184");
  await answerBank(page, "Approve");
  await button(page, PAY).click();
  await answerBank(page, "Walk away");
  await page.goto(PLANS);
  await expectAccessible(page);
  await button(page, "Confirm with your bank, $499.00").click();
  await answerBank(page, "Approve");
  await expect(heading(page, "You are on Premium")).toBeVisible();
  await expect(page).toHaveURL(PLAN_PAYMENT_URL);
  await expectAccessible(page);
});

test("a plan that is about to become smaller, and one that is about to end", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ plan: "free" });
  await subscribe(world, customer, "premium");
  await page.goto(`${PLANS}/downgrade?to=starter&interval=month`);
  await expectAccessible(page);
  await button(page, /^Change on /).click();
  await expect(page.getByText(/^Starter from /)).toBeVisible();
  await expectAccessible(page);
  await button(page, "Keep Premium").click();
  await expect(page.getByText(/^You keep Premium\./)).toBeVisible();
  await page.goto(`${PLANS}/cancel`);
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your Premium plan ends on /)).toBeVisible();
  await expectAccessible(page);
  await page.goto(OVERVIEW);
  await expectAccessible(page);
});
