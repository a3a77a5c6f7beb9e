import type { Page } from "@playwright/test";
import { button, confirm, heading, order, PAY, PLANS, payAtCheckout } from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

// Several calls in a row take seconds at Stripe's own pace: the button says what was asked for, and that is read out.

/** Presses a button and expects it to say what it does meanwhile, and to keep the focus. */
async function pressAndRead(page: Page, name: string | RegExp, says: string): Promise<void> {
  await button(page, name).focus();
  await page.keyboard.press("Enter");
  const working = page.getByRole("button", { name: says, exact: true });
  await expect(working).toBeVisible();
  await expect(working).toBeFocused();
  await expect(working).toHaveAttribute("aria-busy", "true");
  await expect(page.getByRole("status").filter({ hasText: says })).toHaveCount(1);
}

test("going to Checkout, an upgrade and a smaller plan each say what they wait for", async ({
  page,
  buyer,
  slowStripe,
}) => {
  test.slow(); // At Stripe's own pace.
  const customer = await buyer({ plan: "free", spent: 1_000_000n });
  await slowStripe();
  await page.goto(PLANS);
  await pressAndRead(page, "Choose Starter", "Going to Stripe …");
  await payAtCheckout(page, "4242 4242 4242 4242");
  await expect(page.getByText("You are on Starter.")).toBeVisible();
  await page.goto(`${PLANS}/change?to=premium&interval=month`);
  await pressAndRead(page, PAY, "Paying with Stripe …");
  await expect(heading(page, "You are on Premium")).toBeVisible();
  await page.goto(`${PLANS}/downgrade?to=starter&interval=month`);
  await pressAndRead(page, /^Change on /, "Making the change at Stripe …");
  await expect(page.getByText(/^Starter from .*Until then you keep Premium\.$/)).toBeVisible();
  await pressAndRead(page, "Keep Premium", "Making the change at Stripe …");
  await expect(page.getByText(/^You keep Premium\. It renews on/)).toBeVisible();
  expect(await customer.charged()).toEqual([29_900, 49_900]);
});

test("a button outside its form says what it waits for, too; and one that waits long, that there is no answer yet", async ({
  page,
  buyer,
  world,
  fault,
  slowStripe,
}) => {
  await subscribe(world, await buyer({ plan: "free" }), "starter");
  await slowStripe();
  await page.goto(`${PLANS}/change?to=premium&interval=month`);
  await pressAndRead(page, "Add another card", "Going to Stripe …");
  await page.waitForURL(/checkout/);
  await order(page, { card: "$100" });
  await fault({
    kind: "slow_before",
    match: { method: "POST", pathPattern: "/v1/payment_intents" },
    ms: 9_000,
  });
  await pressAndRead(page, PAY, "Paying with Stripe …");
  await expect(
    page.getByRole("button", { name: "Confirming with your bank … keep this page open" }),
  ).toBeVisible();
  // What is on its way cannot be taken back.
  await expect(button(page, "Cancel order")).toHaveCount(0);
  await expect(heading(page, "Payment received")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the same forms arrive at Stripe's own pace", async ({ page, buyer, world, slowStripe }) => {
    test.slow();
    const customer = await buyer({ plan: "free", spent: 1_000_000n });
    await subscribe(world, customer, "premium");
    await slowStripe();
    await page.goto(`${PLANS}/downgrade?to=starter&interval=month`);
    await button(page, /^Change on /).click();
    await expect(page.getByText(/^Starter from .*Until then you keep Premium\.$/)).toBeVisible();
    await button(page, "Keep Premium").click();
    await expect(page.getByText(/^You keep Premium\. It renews on/)).toBeVisible();
    await order(page, { card: "$100" });
    await confirm(page);
    await expect(heading(page, "Payment received")).toBeVisible();
    expect(await customer.charged()).toEqual([49_900, 10_000]);
  });
});
