import type { Browser, Page } from "@playwright/test";
import { connect } from "../../db/client";
import { addDays, dayIn } from "../../lib/calendar";
import { seedUsage } from "../seed-usage";
import type { Customer } from "./customers";
import { button, expectCredits, OVERVIEW, USAGE } from "./pages";
import { enter } from "./session";
import { expect, test, type World } from "./test";

const USED = 4_321n;
const LAST_DAYS = `${USAGE}?range=7d`;
/** Two days ago at 22:30 in UTC: in Kathmandu the day after has begun. */
const SPENT_AT = new Date(`${addDays(dayIn("UTC", new Date()), -2)}T22:30:00Z`);

async function spendThen({ facts }: World, { accountId }: Customer): Promise<void> {
  const owner = connect(facts.ownerUrl, { max: 1 });
  try {
    const until = new Date(SPENT_AT.getTime() + 60_000);
    await seedUsage(owner, accountId, { from: SPENT_AT, until, credits: USED, spends: 1 });
  } finally {
    await owner.pool.end({ timeout: 5 });
  }
}

/** A browser that was never here, somewhere. */
async function openIn(browser: Browser, world: World, customer: Customer, options: object): Promise<Page> {
  const context = await browser.newContext({ baseURL: world.facts.url, ...options });
  await enter(context, world.facts, customer, null);
  return context.newPage();
}

const zoneLine = (page: Page) => page.locator("[data-zone]");
const shown = (at: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat("en-US", { timeZone, ...options }).format(at);

/** The day and the minute of the one spend, as the calendar and the clock of the zone have them. */
async function expectUsedIn(page: Page, timeZone: string): Promise<void> {
  const used = page.getByRole("region", { name: "Used", exact: true });
  const table = used.getByRole("table");
  if (!(await table.isVisible())) await used.getByText("Show the numbers as a table").click();
  const [year, month, day] = dayIn(timeZone, SPENT_AT).split("-").map(Number);
  const name = shown(new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day)), "UTC", {
    month: "short",
    day: "numeric",
  });
  const row = table
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: new RegExp(`^${name}\\b`) }) });
  await expectCredits(row, USED);
  const clock = shown(SPENT_AT, timeZone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  await expect(page.getByRole("region", { name: "Spends" }).getByRole("row").nth(1)).toContainText(
    `${name}, ${clock}`,
  );
}

test("days and times are those of the browser's zone, until another is chosen; named once, in UTC without a script", async ({
  browser,
  buyer,
  world,
}) => {
  const customer = await buyer();
  await spendThen(world, customer);

  const silent = await openIn(browser, world, customer, { javaScriptEnabled: false });
  await silent.goto(LAST_DAYS);
  await expect(zoneLine(silent)).toHaveText(
    "Times and days are in UTC, as we do not know your time zone. Choose your time zone",
  );
  await expectUsedIn(silent, "UTC");

  const [kathmandu, newYork] = await Promise.all(
    ["Asia/Kathmandu", "America/New_York"].map((timezoneId) =>
      openIn(browser, world, customer, { timezoneId }),
    ),
  );
  if (!kathmandu || !newYork) throw new Error("two browsers were opened");
  await kathmandu.goto(LAST_DAYS);
  await expect(zoneLine(kathmandu)).toHaveText(
    "Times and days are in Asia/Kathmandu (GMT+5:45), as in your browser. Change time zone",
  );
  await expectUsedIn(kathmandu, "Asia/Kathmandu");
  await newYork.goto(LAST_DAYS);
  await expect(zoneLine(newYork)).toHaveText(/in America\/New York \(E[SD]T\), as in your browser/);
  await expectUsedIn(newYork, "America/New_York");
  // What is for a machine is the same for all.
  for (const page of [kathmandu, newYork]) {
    const csv = await (await page.request.get(`${USAGE}/export?range=7d`)).text();
    const [header, line] = csv.split("\n");
    expect([header?.split(",")[0], line?.slice(0, 16)]).toEqual([
      "time_utc",
      SPENT_AT.toISOString().slice(0, 16),
    ]);
  }

  await newYork.getByRole("link", { name: "Change time zone" }).click();
  await newYork.getByLabel("Time zone", { exact: true }).selectOption({ label: "Asia/Kathmandu" });
  await button(newYork, "Save profile").click();
  await expect(zoneLine(newYork)).toHaveText(
    "Times and days are in Asia/Kathmandu (GMT+5:45). Change time zone",
  );
  await newYork.goto(LAST_DAYS);
  await expectUsedIn(newYork, "Asia/Kathmandu");
  await newYork.goto(OVERVIEW);
  await expect(zoneLine(newYork)).toHaveCount(1);
  for (const page of [silent, kathmandu, newYork]) await page.context().close();
});
