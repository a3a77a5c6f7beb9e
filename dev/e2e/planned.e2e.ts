import type { Page } from "@playwright/test";
import type Stripe from "stripe";
import { expectAccessible } from "./accessible";
import { button, figure, heading, PAY, PLANS } from "./pages";
import { subscribe } from "./subscribers";
import { expect, test, type World } from "./test";

const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

/** As an operator schedules a price rise in Stripe's dashboard. */
async function planRise({ stripe }: World, { id, items }: Stripe.Subscription): Promise<void> {
  const { price } = items.data[0] ?? {};
  const rise = await stripe.prices.create({
    product: String(price?.product),
    unit_amount: 34_900,
    currency: "usd",
    recurring: { interval: "month" },
  });
  const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const { start_date = 0, end_date = 0 } = phases[0] ?? {};
  await stripe.subscriptionSchedules.update(schedule, {
    phases: [
      { items: [{ price: price?.id ?? "", quantity: 1 }], start_date, end_date },
      { items: [{ price: rise.id }], duration: { interval: "month" }, proration_behavior: "none" },
    ],
  });
}

test("a price rise that an operator scheduled is told of, cannot be taken away, and can be canceled under", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ plan: "free" });
  await planRise(world, await subscribe(world, customer, "starter"));
  const notice = page.getByText(/^From .+: \$349 a month, for 24,000,000 credits a cycle\./);
  await expect(async () => {
    await page.goto(PLANS);
    await expect(notice).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(button(page, "Keep Starter")).toHaveCount(0);
  await expect(link(page, "Upgrade to Premium")).toHaveCount(0);
  await expect(page.getByText("Not available while another change is scheduled; see above.")).toBeVisible();
  await expectAccessible(page);

  await page.goto(`${PLANS}/change?to=premium&interval=month`);
  await expect(
    page.getByText(/^A change is scheduled for .+, so your plan cannot be changed here\./),
  ).toBeVisible();
  await expect(link(page, "Contact us")).toBeVisible();
  await expectAccessible(page);

  await page.goto(PLANS);
  await link(page, "Cancel plan").click();
  await expect(heading(page, "Cancel Starter")).toBeVisible();
  await expect(page.getByText(/You cannot undo this cancellation here/)).toBeVisible();
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(/^Your Starter plan ends on /)).toBeVisible();
  await expect(button(page, "Keep Starter")).toHaveCount(0);
  await expect(notice).toHaveCount(0);
});

test("a higher yearly plan shows what is credited, charged and given now", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free" });
  await subscribe(world, customer, "starter", "year");
  await page.goto(`${PLANS}?interval=year`);
  await link(page, "Upgrade to Premium").click();
  await expect(figure(page, "Summary", "Credit for unused time")).toContainText("−$2,990.00");
  await expect(figure(page, "Summary", "Charged now")).toContainText("$2,000.00");
  await expect(page.getByText(/is for time you have not used, and is taken off the price\./)).toBeVisible();
  await expectAccessible(page);
  await button(page, PAY).click();
  await expect(page.getByRole("heading", { name: /^You are on Premium/ })).toBeVisible();
  expect(await customer.charged()).toEqual([299_000, 200_000]);
});
