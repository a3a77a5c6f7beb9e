import { eq } from "drizzle-orm";
import type Stripe from "stripe";
import { accounts } from "../../db/schema";
import { expectAccessible } from "./accessible";
import type { Customer, NewCustomer } from "./customers";
import { test as base, expect } from "./later";
import {
  BUY_CREDIT,
  button,
  expectCredits,
  figure,
  HISTORY,
  heading,
  OVERVIEW,
  PAY,
  PLAN_PAYMENT_URL,
  PLANS,
  saveCard,
} from "./pages";
import { subscribe } from "./subscribers";
import type { World } from "./test";

const HOUR = 3_600;
const FAILED = "The last payment for your Starter plan did not go through";

type Fixtures = {
  /** A subscriber to Starter, signed in, whose plan has just renewed on paper: the card was declined. */
  pastDue(options?: NewCustomer): Promise<{ customer: Customer; subscription: Stripe.Subscription }>;
};

const test = base.extend<Fixtures>({
  pastDue: async ({ buyer, world, goTo }, use) => {
    await use(async (options) => {
      const customer = await buyer({ plan: "free", spent: 1_000_000n, ...options });
      const subscription = await subscribe(world, customer, "starter");
      const swap = `${world.facts.simulatorUrl}/_sim/subscriptions/${subscription.id}/decline_next`;
      expect((await fetch(swap, { method: "POST", body: "{}" })).status).toBe(200);
      // A renewal is finalized and charged an hour after it is drafted; until then the new cycle's credits are there.
      await goTo(endOf(subscription) + HOUR / 2);
      await expect.poll(() => cycleOf(world, customer)).toBe(endOf(subscription));
      expect(await customer.balance()).toMatchObject({ remaining: 24_000_000n, frozen: 0n });
      await goTo(endOf(subscription) + 2 * HOUR);
      await expect.poll(async () => (await customer.balance()).frozen).toBe(24_000_000n);
      return { customer, subscription };
    });
  },
});

const endOf = (subscription: Stripe.Subscription): number =>
  subscription.items.data[0]?.current_period_end ?? Number.NaN;

/** When the account's cycle began, in Unix seconds. */
async function cycleOf({ db }: World, { accountId }: Customer): Promise<number> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  return (account?.periodStart.getTime() ?? Number.NaN) / 1_000;
}

test("a failed renewal is said plainly, and paid with a new card in one go", async ({
  page,
  pastDue,
  world,
}) => {
  test.slow(); // Looks at two pages in every way.
  const { customer, subscription } = await pastDue();
  await page.goto(BUY_CREDIT);
  await expect(button(page, "Proceed to Payment")).toHaveCount(0);
  for (const path of [OVERVIEW, PLANS]) {
    await page.goto(path);
    const panel = page.getByRole("region", { name: FAILED });
    await expect(panel).toContainText("24,000,000 credits of this cycle are frozen until it is paid");
    await expect(panel).toContainText("$299.00");
    await expect(panel).toContainText("Next automatic attempt");
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 1360, height: 900 });
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 0n);

  await page.getByRole("link", { name: "Pay $299.00", exact: true }).click();
  await button(page, "Add another card and pay $299.00").click();
  await saveCard(page, "5555 5555 5555 4444");
  await expect(heading(page, "Your renewal is paid")).toBeVisible();
  await expect(page).toHaveURL(PLAN_PAYMENT_URL);
  await expect(page.getByText(/\$299\.00 was paid with Mastercard •••• 4444\./)).toBeVisible();
  await expectCredits(page.getByRole("region", { name: "Balance now" }), 24_000_000n);
  await page.goto(PLANS);
  await expect(page.getByText(FAILED)).toHaveCount(0);
  await page.goto(BUY_CREDIT);
  await expect(button(page, "Proceed to Payment")).toBeVisible();
  expect(await customer.charged()).toEqual([29_900, 29_900]);
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
});

test("a failed renewal is paid with another saved card; one that declines leaves it to be paid", async ({
  page,
  pastDue,
  slowStripe,
}) => {
  test.slow(); // At Stripe's own pace.
  const { customer } = await pastDue({ cards: ["pm_card_mastercard", "pm_card_visa"] });
  await slowStripe();
  await page.goto(PLANS);
  await page.getByRole("radio", { name: /•••• 0341/ }).check();
  await button(page, PAY).click();
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expect(page.getByText("The invoice is still due.")).toBeVisible();
  expect((await customer.balance()).frozen).toBe(24_000_000n);

  await page.getByRole("radio", { name: /Mastercard •••• 4444/ }).check();
  await button(page, PAY).click();
  await expect(page.getByRole("status").filter({ hasText: "Paying with Stripe …" })).toHaveCount(1);
  await expect(heading(page, "Your renewal is paid")).toBeVisible();
  await expectCredits(page.getByRole("region", { name: "Balance now" }), 24_000_000n);
  expect(await customer.charged()).toEqual([29_900, 29_900]);
  await page.goto(HISTORY);
  const invoices = page.getByRole("region", { name: "Invoices" });
  await expect(invoices.getByText("Paid", { exact: true })).toHaveCount(2);
});

test("a plan that ended unpaid: starting again comes first, and what paying the old invoice gives is said before and after", async ({
  page,
  pastDue,
  world,
}) => {
  test.slow();
  const { customer, subscription } = await pastDue();
  await world.stripe.subscriptions.cancel(subscription.id);
  const ENDED = "Your Starter plan has ended, and an invoice for it was not paid";
  await expect(async () => {
    await page.goto(OVERVIEW);
    await expect(page.getByRole("region", { name: ENDED })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await page.getByRole("link", { name: "Start again", exact: true }).click();
  const panel = page.getByRole("region", { name: ENDED });
  await expect(panel.getByRole("heading", { level: 3 })).toHaveText([
    "Start Starter again",
    "Or pay the old invoice",
  ]);
  await expect(button(page, "Start again for $299.00")).toBeVisible();
  await expect(panel).toContainText("It gives back up to 24,000,000 credits, until ");
  await expectAccessible(page);
  await page.setViewportSize({ width: 1360, height: 900 });
  await button(page, "Add another card and pay $299.00").click();
  await saveCard(page, "5555 5555 5555 4444");
  await expect(
    page.getByText(/Your plan has ended all the same\. What is left of the credits/),
  ).toBeVisible();
  await expectCredits(page.getByRole("region", { name: "Balance now" }), 25_000_000n);
  expect(await customer.charged()).toEqual([29_900, 29_900]);
});

test("a renewal that is paid brings the next cycle's credits, and ends what was left of the old", async ({
  page,
  buyer,
  world,
  goTo,
}) => {
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  const subscription = await subscribe(world, customer, "starter");
  await customer.spend(5_000_000n);
  await goTo(endOf(subscription) + 2 * HOUR);
  await expect.poll(() => customer.charged()).toEqual([29_900, 29_900]);
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);
});

test("a canceled plan is Free from its end, and a smaller one begins at the end of the larger", async ({
  page,
  buyer,
  world,
  goTo,
}) => {
  const leaving = await buyer({ plan: "free", spent: 1_000_000n });
  const left = await subscribe(world, leaving, "starter");
  await page.goto(`${PLANS}/cancel`);
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your Starter plan ends on /)).toBeVisible();
  const ending = await page.context().cookies();

  const shrinking = await buyer({ plan: "free", spent: 1_000_000n });
  const shrunk = await subscribe(world, shrinking, "premium");
  await page.goto(`${PLANS}/downgrade?to=starter&interval=month`);
  await button(page, /^Change on /).click();
  await expect(page.getByText(/^Starter from /)).toBeVisible();

  await goTo(Math.max(endOf(left), endOf(shrunk)) + 2 * HOUR);
  await expect.poll(() => shrinking.charged()).toEqual([49_900, 29_900]);
  await page.goto(OVERVIEW);
  await expect(figure(page, "Plan and payment", "Plan")).toContainText("Starter, $299 a month");
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);

  await page.context().addCookies(ending);
  await page.goto(OVERVIEW);
  await expect(figure(page, "Plan and payment", "Plan")).toContainText("Free, $0 a month");
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 1_000_000n);
  expect(await leaving.charged()).toEqual([29_900]);
});
