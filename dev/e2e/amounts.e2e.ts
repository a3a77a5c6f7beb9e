import { eq } from "drizzle-orm";
import { users } from "../../db/schema";
import { BUY_CREDIT, button, card, expectCredits, figure, heading } from "./pages";
import { expect, test } from "./test";

test("nothing is chosen until somebody chooses", async ({ page, buyer }) => {
  await buyer();
  await page.goto(BUY_CREDIT);
  await expect(page.getByRole("radio", { checked: true })).toHaveCount(0);
  await expect(page.getByLabel("Custom Amount")).toHaveValue("");
  await button(page, "Proceed to Payment").click();
  await expect(page.getByLabel("Custom Amount")).toHaveAccessibleDescription(
    /^Choose a bundle or enter an amount from \$1\.00 to \$10,000\.00\./,
  );
});

test("an amount that the address names is filled in, and one it makes up is not", async ({ page, buyer }) => {
  await buyer();
  await page.goto(`${BUY_CREDIT}?amount=31.25`);
  await expect(page.getByLabel("Custom Amount")).toHaveValue("31.25");
  await expectCredits(figure(page, "Summary", "Add-on credits"), 2_500_000n);
  for (const made of ["0", "1e3", "99999999", "<b>", "1.000,5"]) {
    await page.goto(`${BUY_CREDIT}?amount=${encodeURIComponent(made)}`);
    await expect(page.getByLabel("Custom Amount"), made).toHaveValue("");
  }
});

test("on leaving the field an amount in another notation is asked about, and one click takes it", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await page.goto(BUY_CREDIT);
  const field = page.getByLabel("Custom Amount");
  let posts = 0;
  page.on("request", (request) => request.method() === "POST" && posts++);
  await field.fill("1.000,50");
  await field.press("Tab");
  await expect(field).toHaveAccessibleDescription(/^Did you mean \$1,000\.50\?/);
  await button(page, "Use it").click();
  await expect(field).toHaveValue("1000.50");
  await expect(field).toBeFocused();
  await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
  await field.fill("0.5");
  await field.press("Tab");
  await expect(field).toHaveAccessibleDescription(/^The smallest amount is \$1\.00\./);
  await card(page, "$100").check();
  await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
  expect(posts).toBe(0);
  expect(await customer.orders()).toEqual([]);
});

test("a German profile writes and reads amounts as German does", async ({ page, buyer, world }) => {
  const customer = await buyer();
  await world.db.update(users).set({ locale: "de-DE" }).where(eq(users.id, customer.userId));
  await page.goto(`${BUY_CREDIT}?amount=31.25`);
  const field = page.getByLabel("Custom Amount");
  await expect(field).toHaveValue("31,25");
  await field.fill("1.000,50");
  await field.press("Tab");
  await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
  await button(page, "Proceed to Payment").click();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  expect((await customer.orders()).map((each) => each.amountCents)).toEqual([100_050n]);
});

test("in debt: what a purchase pays back and what is left of it, and an amount that clears it", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await customer.owe(2_500_000n);
  await page.goto(BUY_CREDIT);
  await card(page, "$100").check();
  await expectCredits(figure(page, "Summary", "Pays back what you owe"), 2_500_000n);
  await expectCredits(figure(page, "Summary", "Balance after"), 5_500_000n);
  await page.getByRole("link", { name: "Clear what you owe: $31.25" }).click();
  await expect(page.getByLabel("Custom Amount")).toHaveValue("31.25");
  await expectCredits(figure(page, "Summary", "Balance after"), 0n);
  await button(page, "Proceed to Payment").click();
  await expectCredits(figure(page, "Summary", "Pays back what you owe"), 2_500_000n);
  await expectCredits(figure(page, "Summary", "Balance after"), 0n);
});
