import type { Page } from "@playwright/test";
import { BUY_CREDIT, button, CARDS, confirm, expectPaid, heading, order, saveCard } from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

const savedCard = (page: Page, name: string) =>
  page
    .getByRole("region", { name: "Payment methods", exact: true })
    .getByRole("listitem")
    .filter({ hasText: name });

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("a subscriber replaces their card: the last one stays, the new one pays for everything, the old one goes", async ({
      page,
      buyer,
      world,
    }) => {
      const customer = await buyer({ plan: "free", spent: 1_000_000n });
      const { id } = await subscribe(world, customer, "starter");
      await page.goto(CARDS);
      const [old, replacement] = [savedCard(page, "Visa •••• 4242"), savedCard(page, "Mastercard •••• 4444")];
      await expect(old).toContainText("Default");
      await expect(old).toContainText("Used for renewals");
      await expect(old).toContainText("This is the only card your plan can be charged to.");
      await expect(page.getByRole("link", { name: /^Remove/ })).toHaveCount(0);

      await button(page, "Add a card").click();
      await saveCard(page, "5555 5555 5555 4444");
      await expect(page.getByText("Your card is saved and will be used for payments.")).toBeVisible();
      await expect(replacement).toContainText("Default");
      await expect(replacement).toContainText("Used for renewals");
      const { default_payment_method: pays } = await world.stripe.subscriptions.retrieve(id);
      const added = await world.stripe.paymentMethods.retrieve(String(pays));
      expect(added.card?.last4).toBe("4444");

      await page.getByRole("link", { name: "Remove Visa •••• 4242" }).click();
      await expect(heading(page, "Remove Visa •••• 4242")).toBeVisible();
      await page.getByRole("link", { name: "Keep it" }).click();
      await expect(old).toBeVisible();
      await page.getByRole("link", { name: "Remove Visa •••• 4242" }).click();
      await button(page, /^Remove Visa •••• 4242/).click();
      await expect(page.getByText("The card was removed. It will no longer be charged.")).toBeVisible();
      await expect(old).toHaveCount(0);
      await order(page, { card: "$100" });
      await confirm(page);
      await expectPaid(page, 32_000_000n);
      await expect(page.getByRole("region", { name: "Receipt" })).toContainText("Mastercard •••• 4444");
      expect(await customer.charged()).toEqual([29_900, 10_000]);
    });
  });
}

test("another saved card is made the default, and the last one of who has no plan may go", async ({
  page,
  buyer,
}) => {
  await buyer({ cards: ["pm_card_mastercard", "pm_card_visa"] });
  await page.goto(CARDS);
  await button(page, "Make default Mastercard •••• 4444").click();
  await expect(page.getByText("That card is now used for all payments.")).toBeVisible();
  await expect(savedCard(page, "Mastercard •••• 4444")).toContainText("Default");
  for (const name of ["Mastercard •••• 4444", "Visa •••• 4242"]) {
    await page.getByRole("link", { name: `Remove ${name}` }).click();
    await button(page, new RegExp(`^Remove ${name}`)).click();
    await expect(savedCard(page, name)).toHaveCount(0);
  }
  await expect(page.getByText("No card is saved. You need one to buy credits.")).toBeVisible();
  await page.goto(BUY_CREDIT);
  await expect(button(page, "Proceed to Payment")).toBeVisible();
});

test("a member who may not pay sees the cards and can change nothing", async ({ page, buyer }) => {
  await buyer({ role: "member" });
  await page.goto(CARDS);
  await expect(savedCard(page, "Visa •••• 4242")).toBeVisible();
  await expect(page.getByText("only an owner or billing member of your account can add")).toBeVisible();
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
});
