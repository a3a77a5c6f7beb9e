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

test("a preview that asks Stripe is made 20 times a minute by one operator", async ({
  page,
  context,
  world,
  customer,
  buyer,
}) => {
  const operator = await customer();
  const payer = await buyer({ plan: "free" });
  await subscribe(world, payer, "starter");
  await enterDesk(context, world, operator);
  await page.goto(`/admin/accounts/${toPublicId("account", payer.accountId)}`);
  const invoices = page.getByRole("region", { name: "Invoices for plans", exact: true });
  await invoices.getByRole("link", { name: "Refund" }).click();
  await page.getByLabel("Cents").fill("14950");
  await page.getByLabel("Cents").press("Enter");
  await expect(page.getByRole("region", { name: "What changes" })).toBeVisible();
  const asks = async () => {
    const answer = await fetch(`${world.facts.simulatorUrl}/_sim/requests`);
    const { requests } = (await answer.json()) as { requests: { method: string; path: string }[] };
    return requests.filter((each) => each.method === "GET" && each.path === "/v1/invoice_payments").length;
  };
  const newestRefund = async () => (await world.stripe.refunds.list({ limit: 1 })).data[0]?.id;
  const refundBefore = await newestRefund();
  // Their minute began with the first, and is not to end among the others, however long they take here.
  await world.owner`update provider_work set window_start = pg_catalog.now() + interval '10 minutes' where user_id = ${operator.userId} and kind = 'operate'`;
  let before = 0;
  const texts: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    before = await asks();
    // A few at once, so that the count has to hold, and not so many that a busy server turns some away.
    const answers = await Promise.all([1, 2, 3, 4].map(() => context.request.get(page.url())));
    expect(answers.map((each) => each.status())).toEqual([200, 200, 200, 200]);
    for (const each of answers) texts.push(await each.text());
  }
  const refused = texts.filter((text) => text.includes("You did this too many times in a minute."));
  expect(refused).toHaveLength(24 - 19); // The first of the twenty was seen above.
  expect(refused.filter((text) => text.includes("What changes"))).toEqual([]);
  // The last four were all refused. The worker may have asked about somebody's plan meanwhile.
  expect(await asks()).toBeLessThan(before + 4);
  expect(await newestRefund()).toBe(refundBefore);
});
