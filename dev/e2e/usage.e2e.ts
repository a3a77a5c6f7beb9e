import type { Locator, Page } from "@playwright/test";
import { connect } from "../../db/client";
import { transact } from "../../db/transact";
import { addDays, dayIn } from "../../lib/calendar";
import { newId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import { commit } from "../../lib/ledger/commit";
import type { SpendingCommand } from "../../lib/ledger/decide";
import { USUAL_LIMITS } from "../../lib/ledger/limits";
import { credits } from "../../lib/money/credits";
import { seedUsage } from "../seed-usage";
import { expectAccessible } from "./accessible";
import type { Customer } from "./customers";
import { BUY_CREDIT, button, CARDS, expectCredits, figure, HISTORY, OVERVIEW, PLANS, USAGE } from "./pages";
import { BROWSER_ZONE } from "./session";
import { expect, test, type World } from "./test";

const DAY_MS = 86_400_000;
const USED = 12_345_678n;
const dayAgo = (days: number): string => addDays(dayIn(BROWSER_ZONE, new Date()), -days);
const panel = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true });
const total = (page: Page): Locator => panel(page, "Used").locator("[data-total]");

/** Nine days of usage. */
async function use(world: World, { accountId }: Customer, spends = 80): Promise<void> {
  const owner = connect(world.facts.ownerUrl, { max: 1 });
  try {
    await seedUsage(owner, accountId, { from: new Date(Date.now() - 9 * DAY_MS), credits: USED, spends });
  } finally {
    await owner.pool.end({ timeout: 5 });
  }
}

/** What the assistant would ask for. */
async function ask(world: World, { accountId }: Customer, ...commands: SpendingCommand[]): Promise<void> {
  const keyed = commands.map((command) => ({ key: newId(), command }));
  const outcomes = await transact(world.db, (tx) => commit(tx, accountId, keyed));
  for (const outcome of outcomes) expect(outcome.kind).toBe("done");
}

/** As a release without limits let anybody: more than the columns of that time could add up. */
async function useBeyondEverything(world: World, { accountId }: Customer): Promise<bigint> {
  const huge = credits(2n ** 62n);
  const batcher = createBatcher(world.db, {
    limits: { ...USUAL_LIMITS, mostPerCall: huge, captureFloor: huge },
  });
  const submit = (command: SpendingCommand) => batcher.submit(accountId, { key: newId(), command });
  const purpose = { category: "platform", resource: "giant", reference: null } as const;
  const holdIds = [newId(), newId(), newId()];
  for (const holdId of holdIds)
    await submit({ kind: "hold", holdId, credits: credits(1n), ttlMs: 60_000, purpose });
  for (const holdId of holdIds) await submit({ kind: "capture", holdId, credits: huge });
  await batcher.close();
  return 3n * huge;
}

/** Of elements that are numbers of credits. */
async function sumOf(amounts: Locator): Promise<bigint> {
  const exact = await amounts.evaluateAll((all) => all.map((each) => each.getAttribute("data-credits")));
  return exact.reduce((sum, each) => sum + BigInt(each ?? ""), 0n);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("chart, table and models add up to the ledger; filters narrow them all", async ({
      page,
      buyer,
      world,
    }) => {
      const customer = await buyer();
      await use(world, customer);
      await page.goto(USAGE);
      const used = panel(page, "Used");
      await expectCredits(total(page), USED);
      await expect(total(page)).toContainText("80 spends");
      await expectCredits(figure(page, "Balance", "Used"), USED);
      await used.getByText("Show the numbers as a table").click();
      await expect(used.getByRole("table")).toBeVisible();
      expect(await sumOf(used.locator("tbody td:nth-child(2)"))).toBe(USED);
      expect(await sumOf(used.locator("[data-category] [data-credits]"))).toBe(USED);
      await expect(used.getByRole("img")).toHaveAccessibleName(/Credits used per day, by category/);
      await expect(panel(page, "Used").locator("[title*='AI processing']")).not.toHaveCount(0);
      const models = panel(page, "By model");
      expect(await sumOf(models.locator("[data-credits]"))).toBe(USED);

      await field(page, "Category").selectOption("Infrastructure");
      await field(page, "Model").selectOption("vector-search");
      await field(page, "From").fill(dayAgo(5));
      await field(page, "To").fill(dayAgo(1));
      await button(page, "Show").click();
      await expect(page).toHaveURL(
        new RegExp(`from=${dayAgo(5)}&to=${dayAgo(1)}&category=infrastructure&model=vector-search`),
      );
      await expect(models.getByRole("row")).toHaveCount(2);
      const [part = { credits: "" }] = await world.owner<{ credits: string }[]>`
        select sum(credits)::text as credits from entries
        where account_id = ${customer.accountId} and category = 2 and resource = 'vector-search'
          and (at at time zone ${BROWSER_ZONE})::date between ${dayAgo(5)} and ${dayAgo(1)}`;
      await expectCredits(total(page), BigInt(part.credits));
      expect(await sumOf(models.locator("[data-credits]"))).toBe(BigInt(part.credits));
      await expect(field(page, "Category")).toHaveValue("infrastructure");
      await page.getByRole("link", { name: "7 days" }).click();
      await expect(page).toHaveURL(/range=7d&category=infrastructure&model=vector-search/);
    });
  });
}

test("spends show what they took from which grant, page by page, and what is left is owed", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer();
  await use(world, customer);
  await page.goto(USAGE);
  const spends = panel(page, "Spends");
  await expect(spends.getByRole("row")).toHaveCount(26);
  await expect(spends.getByRole("row").nth(1)).toContainText("Starter plan");
  await expect(spends.getByText("Reserved, then charged").first()).toBeVisible();
  let seen = 0;
  for (let turns = 0; turns < 4; turns += 1) {
    seen += (await spends.getByRole("row").count()) - 1;
    const older = spends.getByRole("link", { name: "Older" });
    if ((await older.count()) === 0) break;
    const before = page.url();
    await older.click();
    await expect(page).not.toHaveURL(before);
  }
  expect(seen).toBe(80);
  await spends.getByRole("link", { name: "Newest" }).click();
  await expect(page).not.toHaveURL(/before=/);
});

test("the CSV file holds what the page shows, and nobody else's", async ({
  page,
  buyer,
  customer,
  world,
  browser,
}) => {
  const [made, other] = [await buyer(), await customer({ spent: 99n })];
  await use(world, made);
  await page.goto(`${USAGE}?range=30d&category=platform`);
  const shown = BigInt((await total(page).locator("[data-credits]").getAttribute("data-credits")) ?? "");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^usage-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/);
  const answer = await page.request.get(`${USAGE}/export?range=30d&category=platform`);
  expect(answer.headers()).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "cache-control": "no-store",
  });
  const [header, ...rows] = (await answer.text()).trimEnd().split("\n");
  expect(header).toBe("time_utc,seq,category,model,reference,credits,grant,grant_kind,hold");
  expect(rows.every((row) => row.includes(",platform,"))).toBe(true);
  expect(rows.reduce((sum, row) => sum + BigInt(row.split(",")[5] ?? ""), 0n)).toBe(shown);
  expect(await answer.text()).not.toContain(other.accountId.replaceAll("-", ""));
  const stranger = await browser.newContext({ baseURL: world.facts.url });
  const refused = await stranger.request.get(`${USAGE}/export`, { maxRedirects: 0 });
  expect(refused.status()).toBe(307);
  expect(refused.headers().location).toContain("/sign-in");
  await stranger.close();
});

test("made-up filters fall back with a sentence; nothing used says so", async ({ page, buyer }) => {
  await buyer();
  await page.goto(USAGE);
  await expect(panel(page, "Used")).toContainText("No credits were used on these days.");
  const madeUp = `${USAGE}?from=2020-13-45&to=1e9&category=__proto__&model=%00&before=-1&range=`;
  expect((await page.goto(madeUp))?.status()).toBe(200);
  await expect(page.getByRole("status").filter({ hasText: "not a range of at most 366 days" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "no such category" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "no such model" })).toBeVisible();
  await page.goto(`${USAGE}?model=nobody-has-this&from=${dayAgo(300)}`);
  await expect(panel(page, "Used")).toContainText("Nothing on these days matches.");
  await page.getByRole("link", { name: "Show all of these days" }).click();
  await expect(page).not.toHaveURL(/model=/);
});

test("who owes credits is told what that means, on Overview and Usage", async ({ page, buyer, world }) => {
  const customer = await buyer({ plan: "free" });
  const purpose = { category: "platform", resource: null, reference: null } as const;
  const holdId = newId();
  const hold = { kind: "hold", holdId, credits: credits(1_000_000n), ttlMs: 60_000, purpose } as const;
  await ask(world, customer, hold, { kind: "capture", holdId, credits: credits(1_002_500n) });
  for (const path of [OVERVIEW, USAGE]) {
    await page.goto(path);
    await expect(page.getByText(/You owe 2,500 credits/)).toBeVisible();
    await expect(page.getByText(/nothing can be spent until they are/)).toBeVisible();
  }
  await expect(panel(page, "Spends").getByText("Owed: none were left")).toBeVisible();
});

test("filters with the keyboard alone, nothing serious for axe, nothing to scroll sideways", async ({
  page,
  buyer,
  world,
}) => {
  test.setTimeout(120_000);
  const customer = await buyer();
  await use(world, customer);
  const resource = "a-model-with-a-rather-long-name-".repeat(4);
  const purpose = { category: "platform", resource, reference: `\u202e${"x".repeat(180)}` } as const;
  await ask(world, customer, { kind: "spend", credits: credits(5n), purpose });
  await page.goto(USAGE);
  await field(page, "Category").focus();
  await page.keyboard.type("Plat");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(button(page, "Show")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/category=platform/);
  await page.goto(`${USAGE}?range=90d`);
  const summary = panel(page, "Used").getByText("Show the numbers as a table");
  await summary.focus();
  await page.keyboard.press("Enter");
  await expect(panel(page, "Used").getByRole("table")).toBeVisible();
  await expectAccessible(page);
});

test("an open Overview follows the balance by itself, and not while it is hidden", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer();
  const streams: string[] = [];
  page.on("request", (request) => request.url().endsWith("/live") && streams.push(request.url()));
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Used"), 0n);
  await customer.spend(1_000n);
  await expectCredits(figure(page, "Credit Usage", "Used"), 1_000n);
  await expect(page.getByRole("status").filter({ hasText: "Updated" })).toHaveAttribute("aria-live", "off");
  await button(page, "Refresh").click();
  await expect(page.getByRole("status").filter({ hasText: "Updated" })).toHaveAttribute(
    "aria-live",
    "polite",
  );
  await expect(button(page, "Refresh")).not.toHaveAttribute("aria-busy", "true");

  await hide(page, true);
  await customer.spend(500n);
  await page.waitForTimeout(2_500);
  await expectCredits(figure(page, "Credit Usage", "Used"), 1_000n);
  expect(streams).toHaveLength(1);
  await hide(page, false);
  await expectCredits(figure(page, "Credit Usage", "Used"), 1_500n);
  expect(streams).toHaveLength(2);

  const signedOut = await fetch(`${world.facts.url}/settings/billing/live`, { redirect: "manual" });
  expect(signedOut.status).toBe(401);
});

const hide = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("an account that owes more than an int64 holds has every page, and right figures on them", async ({
  page,
  buyer,
  world,
}) => {
  const customer = await buyer();
  const used = await useBeyondEverything(world, customer);
  await page.goto(USAGE);
  await expectCredits(total(page), used);
  expect(await sumOf(panel(page, "By model").locator("[data-credits]"))).toBe(used);
  for (const path of [OVERVIEW, BUY_CREDIT, HISTORY, PLANS, CARDS]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await expect(page.getByRole("main"), path).toContainText(/\S/);
  }
  await page.goto(OVERVIEW);
  const owed = (await customer.balance()).owed;
  expect(owed).toBeGreaterThan(2n ** 63n);
  await expect(page.locator(`[data-credits="${owed}"]`).first()).toBeVisible();
});
