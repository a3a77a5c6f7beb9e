import { toPublicId } from "../../lib/ids";
import { expectAccessible } from "./accessible";
import { enterDesk } from "./operators";
import { heading } from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

test.describe.configure({ timeout: 120_000 }); // Each page is looked at twice by axe.

test("an operator refunds a plan's invoice in part, by the keyboard, after seeing what it takes", async ({
  page,
  context,
  world,
  customer,
  buyer,
}) => {
  const operator = await customer();
  const payer = await buyer({ plan: "free" });
  await subscribe(world, payer, "starter");
  const [charge] = await payer.charges();
  await enterDesk(context, world, operator);
  await page.goto(`/admin/accounts/${toPublicId("account", payer.accountId)}`);
  await expectAccessible(page);
  const invoices = page.getByRole("region", { name: "Invoices for plans", exact: true });
  await invoices.getByRole("link", { name: "Refund" }).focus();
  await page.keyboard.press("Enter");
  await expect(heading(page, "Refund a plan's invoice")).toBeVisible();
  await expect(page.getByText("Stripe has no way to call a refund back")).toBeVisible();
  await page.getByLabel("Cents").fill("99999999");
  await page.getByLabel("Cents").press("Enter");
  await expect(page.getByText("Only $299.00 of this invoice can be paid back.")).toBeVisible();
  await page.getByLabel("Cents").fill("14950");
  await page.getByLabel("Cents").press("Enter");
  const changes = page.getByRole("region", { name: "What changes" });
  const row = (name: string) => changes.getByRole("row").filter({ hasText: name });
  await expect(row("Taken back of its plans")).toContainText("12,000,000");
  await expect(row("Left to pay back")).toContainText("$149.50");
  await expectAccessible(page);
  expect((await world.stripe.refunds.list({ charge: charge?.id ?? "" })).data).toEqual([]);
  await page.getByLabel("Reason").fill("They used half of the month");
  await page.getByLabel("Reason").press("Enter");
  await expect(page.getByText("Done.", { exact: true })).toBeVisible();
  const refunds = (await world.stripe.refunds.list({ charge: charge?.id ?? "" })).data;
  expect(refunds.map(({ amount }) => amount)).toEqual([14_950]);
  const { grants } = await payer.balance();
  expect(grants.map(({ revoked }) => revoked).sort()).toEqual([0n, 12_000_000n]);
  await page.goto(`/admin/accounts/${toPublicId("account", payer.accountId)}`);
  await expect(invoices.getByRole("row").nth(1)).toContainText("$149.50");
  await page.goto("/admin/acts");
  await expect(page.getByRole("row").filter({ hasText: "Refund a plan's invoice" }).first()).toContainText(
    "Cannot be",
  );
});
