import { freePort } from "../ports";
import { confirmedOrder, type Scene, sceneAt } from "./attacks/scene";
import { sendForm } from "./forge";
import { spawnWeb, untilReady } from "./own-web";
import {
  BUY_CREDIT,
  button,
  confirm,
  expectCredits,
  expectPaid,
  figure,
  HISTORY,
  heading,
  order,
} from "./pages";
import { cookieOf, enter } from "./session";
import { expect, test } from "./test";

// The customer's own refund of an order whose credits are untouched; the tests' stack has a window of 24 hours for it.

const REFUND = "app/settings/billing/buy-credit/[orderId]/actions.ts#refundOrderAction";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an untouched order: the page says what comes back, what goes and until when, and does it once asked", async ({
      page,
      buyer,
    }) => {
      const customer = await buyer();
      await order(page, { card: "$100" });
      await confirm(page);
      await expectPaid(page, 32_000_000n);
      await page.getByRole("link", { name: "Get a refund", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^Refund order CR-/);
      const region = (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
      await expect(figure(page, region, "You get back")).toContainText("$100.00");
      await expect(figure(page, region, "To the card")).toContainText("Visa •••• 4242");
      await expectCredits(figure(page, region, "Credits that go"), 8_000_000n);
      await expect(figure(page, region, "Possible until").locator("time")).toBeVisible();
      expect((await customer.charges()).map((each) => each.amount_refunded)).toEqual([0]);

      await button(page, "Refund $100.00").click();
      await expect(heading(page, "Money returned")).toBeVisible();
      await expect(page.getByText("$100.00 was refunded to the card you paid with.")).toBeVisible();
      await expectCredits(page.getByRole("region", { name: "Balance now" }), 24_000_000n);
      await expect(page.getByRole("link", { name: "Get a refund" })).toHaveCount(0);
      expect((await customer.charges()).map((each) => each.amount_refunded)).toEqual([10_000]);

      await page.goto(HISTORY);
      const row = page.getByRole("region", { name: "Refunds", exact: true }).getByRole("row").nth(1);
      await expect(row).toContainText(/CR-.*Refunded.*8,000,000.*\$100\.00/);
      await expect(row.getByRole("link", { name: /^CR-/ })).toHaveAttribute("href", new RegExp(BUY_CREDIT));
    });
  });
}

test("one credit is spent while the page is open: the refund is refused with a sentence, and nothing goes back", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await confirm(page);
  await page.getByRole("link", { name: "Get a refund", exact: true }).click();
  await expect(button(page, "Refund $100.00")).toBeVisible();
  await customer.spend(24_000_001n);
  await button(page, "Refund $100.00").click();
  await expect(page.getByText("only while all its credits are unused").first()).toBeVisible();
  expect((await customer.charges()).map((each) => each.amount_refunded)).toEqual([0]);
  expect((await customer.balance()).remaining).toBe(7_999_999n);
  const [bought] = await customer.orders();
  await page.goto(`${BUY_CREDIT}/ord_${bought?.id.replaceAll("-", "")}`);
  await expect(heading(page, "Payment received")).toBeVisible();
  await expect(page.getByRole("link", { name: "Get a refund" })).toHaveCount(0);
});

test("with no window set there is no button, and a form that is sent all the same refunds nothing", async ({
  page,
  customer: make,
  world,
  fault,
}) => {
  const customer = await make();
  const stage = { world, customer: make, fault };
  const path = await confirmedOrder(stage, customer);
  const scene: Scene = await sceneAt(stage, customer, REFUND, { path: `${path}/refund` });
  const url = `http://localhost:${await freePort()}`;
  const web = spawnWeb(Number(new URL(url).port), {
    APP_URL: url,
    WORKER: "separate",
    DATABASE_URL: world.facts.appDatabaseUrl,
    AUTH_SECRET: world.facts.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: world.facts.webhookSecret,
    STRIPE_API_BASE: world.facts.simulatorUrl,
  });
  const off = { ...world.facts, url };
  try {
    await untilReady(url, web.ended, web.lines);
    await enter(page.context(), off, customer);
    await page.goto(url + path);
    await expect(heading(page, "Payment received")).toBeVisible();
    await expect(page.getByRole("link", { name: "Get a refund" })).toHaveCount(0);
    const sent = await sendForm(off, scene.form, { cookie: await cookieOf(off, customer) });
    expect(sent.status).toBeLessThan(500);
    expect(sent.html).toContain("Orders cannot be refunded on this page.");
    expect((await customer.charges()).map((each) => each.amount_refunded)).toEqual([0]);
  } finally {
    web.child.kill("SIGKILL");
    await web.ended;
  }
  // Where there is a window, the same form is a refund.
  await sendForm(world.facts, scene.form, { cookie: scene.cookie });
  expect((await customer.charges()).map((each) => each.amount_refunded)).toEqual([10_000]);
});
