import type { Page } from "@playwright/test";
import { BUY_CREDIT, button, card, confirm, expectPaid, heading, ORDER_URL, order, PLANS } from "./pages";
import { expect, test } from "./test";

const SENTENCE = "This page is from an earlier version. Nothing was sent.";

/** An action of a build that is gone. */
const OLD = "40".repeat(21);

/** From now on this page sends its forms as one that was loaded before the last deployment. */
async function grow(page: Page): Promise<void> {
  await page.route("**", async (route) => {
    const request = route.request();
    if (request.method() !== "POST") return route.fallback();
    const { "next-action": called, ...headers } = await request.allHeaders();
    if (called) return route.continue({ headers: { ...headers, "next-action": OLD } });
    const body = (request.postDataBuffer() ?? Buffer.alloc(0)).toString("latin1");
    const named = body.replaceAll(/(\$ACTION_ID_|\{"id":")[0-9a-f]{42}/g, `$1${OLD}`);
    expect(named, "the form names its action").not.toBe(body);
    return route.continue({ headers, postData: Buffer.from(named, "latin1") });
  });
}
const renew = (page: Page): Promise<void> => page.unroute("**");

const notice = (page: Page) => page.getByRole("status").filter({ hasText: SENTENCE });

for (const javaScriptEnabled of [true, false]) {
  test.describe(`a page from before a deployment, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test("says that nothing was sent, keeps what was typed, and can be sent again", async ({
      page,
      buyer,
    }) => {
      const customer = await buyer();
      await page.goto(`${BUY_CREDIT}?card=saved`);
      await page.getByLabel("Custom Amount").fill("12.34");
      await grow(page);
      await button(page, "Proceed to Payment").click();
      await expect(notice(page)).toBeVisible();
      await expect(notice(page)).toBeFocused();
      await expect(page).toHaveURL(`${BUY_CREDIT}?card=saved`);
      await expect(page.getByLabel("Custom Amount")).toHaveValue("12.34");
      await expect(card(page, "$500")).not.toBeChecked();
      expect(await customer.orders()).toEqual([]);

      await renew(page);
      await button(page, "Proceed to Payment").click();
      await expect(heading(page, "Review and confirm")).toBeVisible();
      await expect(notice(page)).toHaveCount(0);
      expect((await customer.orders()).map((each) => each.amountCents)).toEqual([1_234n]);
    });

    test("at Confirm shows the order, which knows that nothing was taken", async ({ page, buyer }) => {
      const customer = await buyer({ cards: ["pm_card_visa", "pm_card_mastercard"], day: 29 });
      await order(page, { card: "$100" });
      const url = page.url();
      await page.getByRole("radio").last().check();
      await page.getByRole("checkbox").check();
      await grow(page);
      await confirm(page);
      await expect(notice(page)).toBeVisible();
      await expect(page).toHaveURL(url);
      await expect(heading(page, "Review and confirm")).toBeVisible();
      await expect(page.getByRole("radio").last()).toBeChecked();
      await expect(page.getByRole("checkbox")).toBeChecked();
      expect((await customer.orders()).map((each) => each.status)).toEqual(["pending"]);
      expect(await customer.charges()).toEqual([]);

      await page.reload();
      await expect(notice(page)).toHaveCount(0);
      await renew(page);
      await page.getByRole("checkbox").check();
      await confirm(page);
      await expectPaid(page, 32_000_000n);
      expect(await customer.charged()).toEqual([10_000]);
    });
  });
}

test("an order that was paid meanwhile says so to the old page's Confirm", async ({ page, buyer }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  const old = await page.context().newPage();
  await old.goto(page.url());
  await grow(old);
  await confirm(page);
  await expectPaid(page, 32_000_000n);
  await confirm(old);
  await expect(notice(old)).toBeVisible();
  await expect(old).toHaveURL(ORDER_URL);
  await expect(heading(old, "Payment received")).toBeVisible();
  expect(await customer.charged()).toEqual([10_000]);
});

test("a long message is kept, and the notice goes with the page", async ({ page, buyer }) => {
  await buyer();
  await page.goto(`${PLANS}/contact`);
  const message = "We are forty people and need about two million credits a month. "
    .repeat(31)
    .slice(0, 2_000);
  await page.getByLabel("What do you need?").fill(message);
  await page.getByLabel("Company").fill("Zoë & Søns");
  await grow(page);
  await button(page, "Send request").click();
  await expect(notice(page)).toBeVisible();
  await expect(page.getByLabel("What do you need?")).toHaveValue(message);
  await expect(page.getByLabel("Company")).toHaveValue("Zoë & Søns");
  await page.getByRole("link", { name: "Profile" }).click();
  await expect(heading(page, "Profile")).toBeVisible();
  await expect(notice(page)).toHaveCount(0);
});
