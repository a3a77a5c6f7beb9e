import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessible";
import {
  answerBank,
  BUY_CREDIT,
  button,
  confirm,
  fillSignIn,
  HISTORY,
  heading,
  ORDER_URL,
  OVERVIEW,
  order,
  USAGE,
} from "./pages";
import { expect, test } from "./test";

test.describe.configure({ timeout: 120_000 });

test("sign-in, empty and refused", async ({ page }) => {
  await page.goto("/sign-in");
  await expectAccessible(page);
  await fillSignIn(page, "nobody@example.com", "wrong-password");
  await expect(page.getByText("Wrong e-mail or password.")).toBeVisible();
  await expectAccessible(page);
});

test("the API's documentation", async ({ page }) => {
  await page.goto("/api/v1/docs");
  await expectAccessible(page);
});

test("the pages of a customer who has bought", async ({ page, buyer }) => {
  await buyer({ spent: 9_000_000n, name: "A person with a rather long name ".repeat(3) });
  await order(page, { card: "$500" });
  await expectAccessible(page);
  await confirm(page);
  await expect(heading(page, "Payment received")).toBeVisible();
  await expectAccessible(page);
  for (const path of [OVERVIEW, USAGE, BUY_CREDIT, HISTORY, "/settings/profile"]) {
    await page.goto(path);
    await expectAccessible(page);
  }
});

test("a refused amount, a declined payment, an order without a card", async ({ page, buyer }) => {
  await buyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"], day: 29, spent: 1_000_000n });
  await page.goto(BUY_CREDIT);
  await page.getByLabel("Custom Amount").fill("1 000");
  await button(page, "Proceed to Payment").click();
  await expect(page.getByLabel("Custom Amount")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(page.getByRole("checkbox")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await page.getByRole("checkbox").check();
  await confirm(page);
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expectAccessible(page);
  await button(page, "Cancel order").click();
  await expect(heading(page, "Order canceled")).toBeVisible();
  await expectAccessible(page);
});

test("waiting for the bank, and for an answer", async ({ page, buyer, fault }) => {
  await buyer({ cards: ["pm_card_authenticationRequired"] });
  await order(page, { card: "$100" });
  const path = ORDER_URL.exec(page.url())?.[0] ?? "";
  await confirm(page);
  await answerBank(page, "Walk away");
  await page.goto(path);
  await expect(heading(page, "Your bank wants to confirm this payment")).toBeVisible();
  await expectAccessible(page);
  await page.goto(OVERVIEW); // Tells of the unfinished order.
  await expectAccessible(page);

  await page.setViewportSize({ width: 1360, height: 900 });
  await order(page, { card: "$500" });
  await fault({
    kind: "fail_before",
    match: { method: "POST", pathPattern: "/v1/payment_intents" },
    times: 3,
  });
  await confirm(page);
  await expect(heading(page, "Confirming with your bank")).toBeVisible();
  await expectAccessible(page);
  await button(page, "Check now").click();
  await answerOrBank(page);
});

test("a new customer, a Free customer, and pages that do not exist", async ({ page, buyer }) => {
  await buyer({ plan: "free", cards: [] });
  for (const path of [BUY_CREDIT, OVERVIEW, HISTORY]) {
    await page.goto(path);
    await expectAccessible(page);
  }
  for (const path of ["/settings/billing/nothing", `${BUY_CREDIT}/ord_${"0".repeat(32)}`, "/nothing"]) {
    expect((await page.goto(path))?.status()).toBe(404);
    await expect(heading(page, "There is nothing here")).toBeVisible();
    await expectAccessible(page);
  }
});

/** After an unknown outcome the bank may still ask. */
async function answerOrBank(page: Page): Promise<void> {
  await expect(heading(page, "Your bank wants to confirm this payment")).toBeVisible();
  await button(page, "Cancel order").click();
  await expect(heading(page, "Order canceled")).toBeVisible();
}
