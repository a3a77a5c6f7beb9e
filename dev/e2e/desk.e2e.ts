import type { Page } from "@playwright/test";
import { toPublicId } from "../../lib/ids";
import { expectAccessible } from "./accessible";
import { confirmedOrder } from "./attacks/scene";
import { PASSWORD } from "./customers";
import { enterDesk } from "./operators";
import { button, fillSignIn, heading } from "./pages";
import { expect, test } from "./test";

test.describe.configure({ timeout: 120_000 }); // Each page is looked at twice by axe.

const find = async (page: Page, text: string) => {
  await page.goto("/admin/find");
  await page.getByLabel("What you were told").fill(text);
  await page.getByLabel("What you were told").press("Enter");
};

/** The one link of the desk's navigation that says where we are. */
const expectArea = (page: Page, name: string) =>
  expect(page.getByRole("navigation", { name: "Desk" }).locator("[aria-current]")).toHaveText([name]);

test("an operator who signs in comes to the desk, which asks again who it is, and closes", async ({
  page,
  world: { owner },
  customer,
}) => {
  const { email, userId } = await customer();
  await owner`update users set is_operator = true where id = ${userId}`;
  await page.goto("/sign-in");
  await fillSignIn(page, email, PASSWORD);
  await expect(heading(page, "Is it you?")).toBeVisible();
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await expectAccessible(page);
  await page.getByLabel("Password").fill("not-it");
  await button(page, "Open the desk").click();
  await expect(page.getByText("That is not your password.").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("Password").press("Enter");
  await expect(heading(page, "Desk")).toBeVisible();
  await expectAccessible(page);
  await expectArea(page, "Home");
  await page.goto("/admin/queues/approvals");
  await expect(heading(page, "Waiting for approval")).toBeVisible();
  await expectArea(page, "Home");
  await page.goto("/admin/find?q=x");
  await expect(heading(page, "Find")).toBeVisible();
  await expectArea(page, "Find");

  await owner`
    update sessions set desk_used_at = desk_used_at - interval '16 minutes' where user_id = ${userId}`;
  await page.goto("/admin/find?q=somebody");
  await expect(heading(page, "Is it you?")).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await button(page, "Open the desk").click();
  await expect(page).toHaveURL(/\/admin\/find\?q=somebody$/); // Back to where they were going.
});

test("a customer finds nothing at the desk's addresses, and no way to them", async ({ page, buyer }) => {
  await buyer();
  for (const path of ["/admin", "/admin/step-up", "/admin/find?q=x", "/admin/nowhere"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(heading(page, "There is nothing here")).toBeVisible();
    expect(await page.content(), path).not.toContain("Find");
  }
  await page.goto("/settings/profile");
  await expect(page.getByRole("link", { name: "Desk" })).toHaveCount(0);
});

test("an account is found by what somebody reads out, and seen as its customer sees it", async ({
  page,
  context,
  world,
  customer,
  fault,
}) => {
  const operator = await customer();
  const victim = await customer({ spent: 9_000_000n });
  const orderPath = await confirmedOrder({ world, customer, fault }, victim);
  await victim.spend(1_234n);
  const [order] = await victim.orders();
  if (!order) throw new Error("nothing was ordered");
  await enterDesk(context, world, operator);
  for (const text of [
    victim.email,
    toPublicId("account", victim.accountId),
    toPublicId("user", victim.userId),
    toPublicId("grant", order.grantId ?? ""),
  ]) {
    await find(page, text);
    await expect(heading(page, `Account of ${victim.email}`), text).toBeVisible();
  }
  const { remaining, used, total } = await victim.balance();
  for (const amount of [remaining, used, total])
    await expect(page.locator(`.figure [data-credits="${amount}"]`).first()).toBeVisible();
  await expect(page.getByText(victim.email, { exact: true })).toBeVisible();
  await expectArea(page, "Find");
  await expectAccessible(page);

  for (const text of [order.reference, order.paymentIntentId ?? "", orderPath.split("/").at(-1) ?? ""]) {
    await find(page, text);
    await expect(heading(page, `Order ${order.reference}`), text).toBeVisible();
    await expectArea(page, "Find");
  }
  await expectAccessible(page);
  const refund = page.getByRole("link", { name: "Refund an order" });
  await expect(refund).toHaveAttribute(
    "href",
    /^\/admin\/acts\/refund_order\?account=acct_\w+&order=ord_\w+$/,
  );
  const payment = page.getByRole("link", { name: `${order.paymentIntentId} at Stripe` }).first();
  await expect(payment).toHaveAttribute(
    "href",
    `https://dashboard.stripe.com/test/payments/${order.paymentIntentId}`,
  );
  await find(page, "nobody@example.com");
  await expect(page.getByText("Nothing here is")).toBeVisible();
  await expectAccessible(page);

  const [kept] = await world.owner<{ views: number }[]>`
    select count(*)::int as views from security_events
    where kind = 'account_viewed' and user_id = ${operator.userId} and account_id = ${victim.accountId}`;
  expect(kept?.views).toBe(1);
});

test("the timeline and the ledger of an account are read by the keyboard, narrowed, and kept as a file", async ({
  page,
  context,
  world,
  customer,
  fault,
}) => {
  const victim = await customer({ spent: 1_000n });
  await confirmedOrder({ world, customer, fault }, victim);
  await enterDesk(context, world, await customer());
  await find(page, victim.email);
  await page.getByRole("link", { name: "Timeline" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/timeline$/);
  await expect(page.getByText(/paid: \$100\.00 for 8,000,000 credits/).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await expect(page.getByText("1,000 credits used in an hour by 1 spend")).toBeVisible();
  await expect(page.getByRole("row")).toHaveCount(2);

  await page.getByRole("link", { name: "Ledger", exact: true }).first().click();
  await expect(page).toHaveURL(/\/ledger$/);
  await expectAccessible(page);
  await page.getByLabel("Kind").selectOption("used");
  await button(page, "Show").click();
  await expect(page).toHaveURL(/kind=used/);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("cell", { name: "available → spent" })).toBeVisible();
  const file = await page.request.get(
    (await page.getByRole("link", { name: "CSV" }).getAttribute("href")) ?? "",
  );
  expect(file.headers()["content-type"]).toContain("text/csv");
  const lines = (await file.text()).trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("available,spent,1000,");
  await page.goto(`${page.url().split("?")[0]}?grant=nonsense`);
  await expect(page.getByText("There are no such entries")).toBeVisible();
  await expectAccessible(page);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the desk opens, finds and shows", async ({ page, context, world, customer }) => {
    const operator = await customer();
    const victim = await customer();
    await enterDesk(context, world, operator);
    await find(page, victim.email);
    await expect(heading(page, `Account of ${victim.email}`)).toBeVisible();
    await page.getByRole("link", { name: "Ledger", exact: true }).first().click();
    await expect(page.getByRole("cell", { name: "issued → available" })).toBeVisible();
  });
});
