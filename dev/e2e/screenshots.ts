import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { chromium, type Page } from "@playwright/test";
import Stripe from "stripe";
import { connect } from "../../db/client";
import { seedUsage } from "../seed-usage";
import { type Customer, makeCustomer, type NewCustomer } from "./customers";
import { startOwnStack } from "./own-stack";
import * as pages from "./pages";
import { enter } from "./session";
import { SCENES } from "./standings";
import { subscribe } from "./subscribers";

/**
 * Pictures of every screen, to look at: `tsx dev/e2e/screenshots.ts <folder>`; with `standings`, of plans' states alone; with
 * `readme` (`npm run screenshots`), the two that the README shows.
 */
const [given = "test-results/screens", only] = process.argv.slice(2);
const folder = resolve(given);
await mkdir(folder, { recursive: true });
const own = await startOwnStack({ afterLastRetry: "unpaid" });
const { facts, stack } = own;
const stripe = new Stripe("sk_test_demo", {
  host: "127.0.0.1",
  port: stack.simulator.port,
  protocol: "http",
  telemetry: false,
});
const db = connect(facts.appDatabaseUrl, { max: 2 });
const owner = connect(facts.ownerUrl, { max: 1 });
const browser = await chromium.launch({ executablePath: facts.browser, args: ["--no-sandbox"] });

/** A browser of this customer's own. */
async function open(options: NewCustomer): Promise<{ page: Page; customer: Customer }> {
  const context = await browser.newContext({
    baseURL: facts.url,
    locale: "en-US",
    viewport: { width: 1360, height: 900 },
  });
  const customer = await makeCustomer(db, stripe, options);
  await enter(context, facts, customer);
  return { page: await context.newPage(), customer };
}

async function shoot(page: Page, name: string, widths: readonly number[] = [1360, 390]): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1360, height: 900 });
}

const at = async (page: Page, name: string, path: string) => {
  await page.goto(path);
  await shoot(page, name);
};
const reads = (page: Page, name: string) => pages.heading(page, name).waitFor();

try {
  if (only === "readme") await readme();
  else if (only !== "standings") {
    await signingIn();
    await empty();
    await full();
    await failing();
    await waiting();
    await plans();
    await pastDue(); // From here on the clock is moved, for everybody.
  }
  if (only !== "readme") await standings();
} finally {
  await browser.close();
  await db.pool.end({ timeout: 5 });
  await owner.pool.end({ timeout: 5 });
  await own.stop();
}
console.log(`Look at ${folder}`);
process.exit();

/** Overview by day and Buy Credit by night, in the middle of a month. */
async function readme(): Promise<void> {
  const { page, customer } = await open({ day: 18 });
  await pages.order(page, { card: "$100" });
  await pages.confirm(page);
  await reads(page, "Payment received");
  const from = new Date(Date.now() - 17 * 86_400_000);
  await seedUsage(owner, customer.accountId, { from, credits: 14_482_300n, spends: 300 });
  const look = async (name: string, path: string, colorScheme: "light" | "dark") => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(path);
    await page.getByText("Times and days are in").waitFor();
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  await look("overview-light", pages.OVERVIEW, "light");
  await look("buy-credit-dark", `${pages.BUY_CREDIT}?amount=250`, "dark");
}

async function signingIn(): Promise<void> {
  const page = await browser.newPage({ baseURL: facts.url });
  await at(page, "sign-in", "/sign-in");
  await pages.fillSignIn(page, "nobody@example.com", "wrong-password");
  await page.getByText("Wrong e-mail or password").waitFor();
  await shoot(page, "sign-in-refused");
  await at(page, "not-found-signed-out", "/nothing");
}

async function empty(): Promise<void> {
  const { page } = await open({ cards: [], day: 1 });
  await at(page, "empty-overview", pages.OVERVIEW);
  await at(page, "empty-usage", pages.USAGE);
  await at(page, "empty-history", pages.HISTORY);
  await pages.order(page, { card: "$500" });
  await shoot(page, "checkout-without-card");
  const free = (await open({ plan: "free", cards: [], spent: 358_500n })).page;
  await at(free, "free-overview", pages.OVERVIEW);
  await at(free, "free-buy-credit", pages.BUY_CREDIT);
  const member = (await open({ role: "member" })).page;
  await at(member, "member-buy-credit", pages.BUY_CREDIT);
}

async function full(): Promise<void> {
  const { page, customer } = await open({ day: 18 });
  const from = new Date(Date.now() - 17 * 86_400_000);
  await seedUsage(owner, customer.accountId, { from, credits: 21_482_300n, spends: 300 });
  await at(page, "buy-credit", pages.BUY_CREDIT);
  await page.getByLabel("Custom Amount").fill("12.34");
  await shoot(page, "buy-credit-typed");
  await pages.order(page, { card: "$500" });
  await shoot(page, "checkout");
  await pages.confirm(page);
  await reads(page, "Payment received");
  await shoot(page, "receipt");
  await pages.order(page, { amount: "12.34" });
  await pages.confirm(page);
  await reads(page, "Payment received");
  await customer.spend(9_000_000n);
  await pages.order(page, { card: "$100" });
  await pages.button(page, "Cancel order").click();
  await reads(page, "Order canceled");
  await shoot(page, "canceled");
  await at(page, "overview", pages.OVERVIEW);
  await at(page, "usage", pages.USAGE);
  await page.getByText("Show the numbers as a table").click();
  await shoot(page, "usage-numbers");
  await at(page, "usage-narrowed", `${pages.USAGE}?range=90d&category=infrastructure&model=vector-search`);
  await at(page, "usage-made-up", `${pages.USAGE}?from=yesterday`);
  await at(page, "history", pages.HISTORY);
  await at(page, "profile", "/settings/profile");
  await at(page, "not-found", "/settings/billing/nothing");
}

async function failing(): Promise<void> {
  const { page } = await open({
    cards: ["pm_card_visa", "pm_card_chargeCustomerFail"],
    day: 29,
    spent: 2_000_000n,
  });
  await page.goto(pages.BUY_CREDIT);
  await page.getByLabel("Custom Amount").fill("1 000");
  await pages.button(page, "Proceed to Payment").click();
  await page.getByText("Did you mean").waitFor();
  await shoot(page, "buy-credit-refused");
  await pages.order(page, { card: "$2,000" });
  await pages.confirm(page);
  await page.getByText("Tick the box to confirm you know when these credits expire").waitFor();
  await shoot(page, "checkout-late");
  await page.getByRole("checkbox").check();
  await pages.confirm(page);
  await reads(page, "Payment not completed");
  await shoot(page, "declined");
}

async function waiting(): Promise<void> {
  const { page } = await open({ cards: ["pm_card_authenticationRequired"] });
  await pages.order(page, { card: "$100" });
  const path = pages.ORDER_URL.exec(page.url())?.[0] ?? "";
  await pages.confirm(page);
  await reads(page, "Your bank: is this you?");
  await at(page, "at-the-bank", path);
  await at(page, "overview-unfinished", pages.OVERVIEW);
  stack.simulator.faults.add({
    kind: "fail_before",
    match: { method: "POST", pathPattern: "/v1/payment_intents" },
  });
  await pages.order(page, { card: "$500" });
  await pages.confirm(page);
  await reads(page, "Confirming with your bank");
  await shoot(page, "confirming");
}

async function plans(): Promise<void> {
  const free = (await open({ plan: "free", cards: [] })).page;
  await at(free, "plans-free", pages.PLANS);
  await at(free, "plans-contact", `${pages.PLANS}/contact`);
  await at(free, "cards-empty", pages.CARDS);
  const { page, customer } = await open({
    plan: "free",
    cards: ["pm_card_chargeCustomerFail", "pm_card_visa"],
    spent: 1_000_000n,
  });
  await subscribe({ db, stripe }, customer, "starter");
  await at(page, "plans-starter", pages.PLANS);
  await at(page, "plans-upgrade", `${pages.PLANS}/change?to=premium&interval=month`);
  await page.getByRole("radio", { name: /•••• 0341/ }).check();
  await pages.button(page, pages.PAY).click();
  await reads(page, "Payment not completed");
  await shoot(page, "plans-upgrade-declined");
  await page.goto(`${pages.PLANS}/change?to=premium&interval=month`);
  await page.getByRole("radio", { name: /•••• 4242/ }).check();
  await pages.button(page, pages.PAY).click();
  await reads(page, "You are on Premium");
  await shoot(page, "plans-upgraded");
  await at(page, "plans-downgrade", `${pages.PLANS}/downgrade?to=starter&interval=month`);
  await pages.button(page, /^Change on /).click();
  await page.getByText(/^Starter from /).waitFor();
  await shoot(page, "plans-downgrading");
  await pages.button(page, "Keep Premium").click();
  await page.getByText(/^You keep Premium\./).waitFor();
  await at(page, "plans-cancel", `${pages.PLANS}/cancel`);
  await pages.button(page, /^Cancel on /).click();
  await page.getByText(/^Your Premium plan ends on /).waitFor();
  await shoot(page, "plans-canceling");
  await at(page, "overview-canceling", pages.OVERVIEW);
  await at(page, "history-plans", pages.HISTORY);
  await at(page, "cards", pages.CARDS);
  await page.goto(pages.PLANS);
  await pages.button(page, "Keep Premium").click();
  await page.getByText(/^You keep Premium\./).waitFor();
  const match = { method: "POST", pathPattern: "/v1/subscriptions/*" };
  const fault = stack.simulator.faults.add({ kind: "fail_before", match });
  await page.goto(`${pages.PLANS}/cancel`);
  await pages.button(page, /^Cancel on /).click();
  await page.getByText(/^Your Premium plan is set to end on /).waitFor();
  await shoot(page, "plans-not-confirmed");
  stack.simulator.faults.clear(fault.id);
}

async function pastDue(): Promise<void> {
  const cards = ["pm_card_mastercard", "pm_card_visa"];
  const { page, customer } = await open({ plan: "free", cards, spent: 1_000_000n });
  const { id, items } = await subscribe({ db, stripe }, customer, "starter");
  await fetch(`${stack.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST", body: "{}" });
  const end = items.data[0]?.current_period_end ?? Number.NaN;
  await stack.simulator.clock.moveTo((end + 1_800) * 1_000);
  await page.goto(pages.OVERVIEW); // Opens the cycle provisionally, while its invoice is a draft.
  await stack.simulator.clock.moveTo((end + 2 * 3_600) * 1_000);
  while ((await customer.balance()).frozen === 0n) await new Promise((resume) => setTimeout(resume, 100));
  await at(page, "past-due-overview", pages.OVERVIEW);
  await at(page, "past-due-plans", pages.PLANS);
  await at(page, "past-due-buy-credit", pages.BUY_CREDIT);
}

async function standings(): Promise<void> {
  for (const scene of SCENES) {
    const context = await browser.newContext({ baseURL: facts.url, locale: "en-US" });
    const page = await context.newPage();
    await scene.make({
      db,
      stripe,
      goTo: (second) => stack.simulator.clock.moveTo(second * 1_000),
      arrive: async (options = {}) => {
        const made = await makeCustomer(db, stripe, { plan: "free", day: 1, ...options });
        await enter(context, facts, made);
        return made;
      },
    });
    await page.goto(pages.PLANS);
    while ((await page.getByText(scene.says).count()) === 0) {
      await new Promise((resume) => setTimeout(resume, 200));
      await page.reload();
    }
    for (const [where, path] of [
      ["plans", pages.PLANS],
      ["overview", pages.OVERVIEW],
      ["buy-credit", pages.BUY_CREDIT],
    ] as const) {
      await page.goto(path);
      await shoot(page, `${scene.name.replaceAll(/[^a-z]+/g, "-")}-${where}`, [1360, 820, 390]);
    }
    await context.close();
  }
}
