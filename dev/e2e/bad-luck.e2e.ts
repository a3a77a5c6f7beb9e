import { BUY_CREDIT, button, confirm, expectPaid, HISTORY, heading, order } from "./pages";
import { expect, test } from "./test";

const CHARGE = { method: "POST", pathPattern: "/v1/payment_intents" };
const CONFIRMING = "Confirming with your bank";

test("Stripe charges and answers 500: the page waits, settles by itself, one charge", async ({
  page,
  buyer,
  fault,
}) => {
  const customer = await buyer();
  await fault({ kind: "webhook_late", match: { type: "*" }, ms: 5_000 });
  await fault({ kind: "fail_after", match: CHARGE, times: 1 });
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(heading(page, CONFIRMING)).toBeVisible();
  await expect(heading(page, "Payment received")).toBeVisible({ timeout: 20_000 });
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("Stripe charges and the answer is lost: asked again with the same key, one charge", async ({
  page,
  buyer,
  fault,
  world,
}) => {
  test.skip(world.facts.checked, "the contract checker takes a connection cut on purpose for a violation");
  const customer = await buyer();
  await fault({ kind: "webhook_lost", match: { type: "*" } });
  await fault({ kind: "drop_after", match: CHARGE, times: 3 });
  await order(page, { card: "$100" });
  await confirm(page);
  await expect(heading(page, CONFIRMING)).toBeVisible();
  expect(await customer.charged()).toEqual([10_000]);
  await button(page, "Check now").click();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("Stripe is away: the order waits, says so when asked, and is charged once when Stripe is back", async ({
  page,
  buyer,
  fault,
}) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await fault({ kind: "fail_before", match: CHARGE, times: 6 });
  await confirm(page);
  await expect(heading(page, CONFIRMING)).toBeVisible();
  await button(page, "Check now").click();
  await expect(page.getByText("Our payment provider is not answering right now.")).toBeVisible();
  expect(await customer.charged()).toEqual([]);
  await button(page, "Check now").click();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("offline at Confirm: the page stays and says whether something was sent, and a lost answer is looked for", async ({
  page,
  buyer,
}) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  let posts = 0;
  await page.route(page.url(), async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    if (posts++ > 0) await route.fetch();
    await route.abort("connectionreset");
  });
  await confirm(page);
  await expect(page.getByText("so this may have been sent")).toBeFocused();
  await expect(
    page.getByText("We looked: what is below is how it stands now. You can try again."),
  ).toBeVisible();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  expect(await customer.charges()).toEqual([]);

  await page.context().setOffline(true);
  await confirm(page);
  await expect(page.getByText("You are offline, so nothing was sent.")).toBeFocused();
  await expect(heading(page, "Review and confirm")).toBeVisible();
  await page.context().setOffline(false);
  expect(await customer.charges()).toEqual([]);
  expect(posts).toBe(1);

  // As behind adapters for which a browser believes that it is offline.
  await page.evaluate(() => Object.defineProperty(navigator, "onLine", { value: false }));
  await confirm(page);
  await expect(page.getByText("so this may have been sent")).toBeVisible();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

test("offline at a link: the page stays and says so, until the network is back", async ({ page, buyer }) => {
  await buyer();
  await page.goto(BUY_CREDIT);
  await page.getByLabel("Custom Amount").fill("12.50");
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "History", exact: true }).click();
  const said = page.getByRole("alert").filter({ hasText: "You are offline. This page stays as it is." });
  await expect(said).toBeVisible();
  await expect(page.getByLabel("Custom Amount")).toHaveValue("12.50");
  await page.context().setOffline(false);
  await expect(said).toHaveCount(0, { timeout: 15_000 });
  // As behind adapters for which a browser believes that it is offline.
  await page.evaluate(() => Object.defineProperty(navigator, "onLine", { value: false }));
  await page.getByRole("link", { name: "History", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`${HISTORY}$`));
});

test("a webhook that overtakes the answer is one grant", async ({ page, buyer, fault }) => {
  const customer = await buyer();
  await order(page, { card: "$100" });
  await fault({ kind: "slow_after", match: CHARGE, times: 1, ms: 9_000 });
  await confirm(page);
  await expect
    .poll(async () => (await customer.orders()).map((each) => each.status), { timeout: 8_000 })
    .toEqual(["paid"]);
  await expect(button(page, "Confirming with your bank … keep this page open")).toBeVisible();
  await expectPaid(page, 32_000_000n);
  expect(await customer.charged()).toEqual([10_000]);
});

for (const kind of ["webhook_lost", "webhook_doubled"] as const) {
  test(`${kind.replace("_", "s ")}: one charge, one grant`, async ({ page, buyer, fault }) => {
    const customer = await buyer();
    await order(page, { card: "$100" });
    await fault({ kind, match: { type: "*" } });
    await confirm(page);
    await expectPaid(page, 32_000_000n);
    expect(await customer.charged()).toEqual([10_000]);
    expect((await customer.balance()).remainingAddOn).toBe(8_000_000n);
  });
}

test("no page to save a card on while Stripe is away, and a sentence that says so", async ({
  page,
  buyer,
  fault,
}) => {
  await buyer({ cards: [] });
  await order(page, { card: "$100" });
  await fault({ kind: "fail_before", match: { method: "POST" } });
  await button(page, "Add a card").click();
  await expect(
    page.getByText("Our payment provider did not answer, so no card could be added."),
  ).toBeVisible();
});
