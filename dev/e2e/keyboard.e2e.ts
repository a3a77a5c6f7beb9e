import type { Locator, Page } from "@playwright/test";
import { PASSWORD } from "./customers";
import { button, card, expectCredits, expectPaid, figure, heading, OVERVIEW, PAY } from "./pages";
import { expect, test } from "./test";

test("the whole purchase with the keyboard alone, the focus always to be seen", async ({
  page,
  customer,
}) => {
  const made = await customer();
  await page.goto("/sign-in");
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(made.email);
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(OVERVIEW);

  await tabTo(page, page.getByRole("link", { name: "Buy Credit", exact: true }));
  await page.keyboard.press("Enter");
  await expect(heading(page, "Quick Select")).toBeVisible();
  await tabTo(page, card(page, "$100"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(card(page, "$1,000")).toBeChecked();
  await expectFocusToBeSeen(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(card(page, "$100")).toBeChecked();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 8_000_000n);

  await tabTo(page, page.getByLabel("Custom Amount"));
  await page.keyboard.type("12.34");
  await expect(card(page, "$100")).not.toBeChecked();
  await expectCredits(figure(page, "Summary", "Add-on credits"), 987_200n);
  await tabTo(page, button(page, "Proceed to Payment"));
  await page.keyboard.press("Enter");
  await expect(heading(page, "Review and confirm")).toBeFocused();
  await tabTo(page, button(page, PAY));
  await page.keyboard.press("Space");
  await expectPaid(page, 24_987_200n);
  // The button that was pressed is gone: the focus is on the news.
  await expect(heading(page, "Payment received")).toBeFocused();
  expect(await made.charged()).toEqual([1_234]);
});

test("the first Tab leads past the navigation", async ({ page, buyer }) => {
  await buyer();
  await page.goto(OVERVIEW);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    await expectFocusToBeSeen(page);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reached ${target}`);
}

/** The focused element, or a box around it that stands for it, has an outline inside the window. */
async function expectFocusToBeSeen(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return "nothing, or the page itself";
    for (let box: Element | null = focused, up = 0; box && up < 3; box = box.parentElement, up += 1) {
      const { outlineStyle, outlineWidth } = getComputedStyle(box);
      const { top, bottom } = box.getBoundingClientRect();
      const inside = bottom > 0 && top < innerHeight;
      if (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && inside) return "";
    }
    return focused.outerHTML.slice(0, 200);
  });
  expect(seen, "has the focus and does not show it").toBe("");
}
