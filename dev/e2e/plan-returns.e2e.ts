import { BUY_CREDIT, HISTORY, OVERVIEW } from "./pages";
import { subscribe } from "./subscribers";
import { expect, test } from "./test";

// What becomes of a plan's payment at the bank or in Stripe's dashboard, as its customer sees it.

test("a plan's payment is disputed, stands, and is paid back in part: every page says so", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer({ plan: "free" });
  await subscribe(world, customer, "starter");
  const atStripe = async (path: string, body: object = {}) => {
    const url = `${world.facts.simulatorUrl}/_sim/${path}`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { id: string };
  };
  const [charge] = await customer.charges();
  const row = page.getByRole("region", { name: "Invoices", exact: true }).getByRole("row").nth(1);

  const { id } = await atStripe(`charges/${charge?.id}/dispute`);
  await expect(async () => {
    await page.goto(HISTORY);
    await expect(row).toContainText("Disputed", { timeout: 1_000 });
  }).toPass();
  await page.goto(OVERVIEW);
  const strip = page.getByText("24,000,000 credits are frozen while their payment is disputed");
  await expect(strip).toBeVisible();
  await expect(page.getByText("Frozen in a dispute").first()).toBeVisible();
  await expect(page.getByText("Frozen until paid")).toHaveCount(0);
  await page.goto(BUY_CREDIT);
  await expect(page.getByText(/disputed/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Buy/ })).toHaveCount(0);

  await atStripe(`disputes/${id}/win`);
  await expect(async () => {
    await page.goto(HISTORY);
    await expect(row).toContainText("Paid", { timeout: 1_000 });
  }).toPass();
  expect((await customer.balance()).frozen).toBe(0n);

  await atStripe(`charges/${charge?.id}/refund`, { amount: 14_950 });
  await expect(async () => {
    await page.goto(HISTORY);
    await expect(row).toContainText("Partly refunded", { timeout: 1_000 });
  }).toPass();
  const { grants } = await customer.balance();
  // Beside it the Free month that had begun before.
  expect(grants.map(({ revoked }) => revoked).sort()).toEqual([0n, 12_000_000n]);
});
