import { button, expectCredits, figure, OVERVIEW } from "./pages";
import { expect, test } from "./test";

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("Refresh reads the balance again", async ({ page, buyer }) => {
      const customer = await buyer();
      await page.goto(OVERVIEW);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);
      await customer.spend(1_234_567n);
      await button(page, "Refresh").click();
      await expectCredits(figure(page, "Credit Usage", "Used"), 1_234_567n);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 22_765_433n);
      await customer.spend(765_433n);
      await button(page, "Refresh").click();
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 22_000_000n);
    });
  });
}

test("a member may look and is told who may buy", async ({ page, buyer }) => {
  await buyer({ role: "member", spent: 1_000_000n });
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 23_000_000n);
  await expect(button(page, "Update card")).toHaveCount(0);
  await page.getByRole("link", { name: "Buy Credit", exact: true }).click();
  await expect(
    page.getByText("only an owner or billing member of your account can buy credits"),
  ).toBeVisible();
  await expect(button(page, "Proceed to Payment")).toHaveCount(0);
});
