import type { Page } from "@playwright/test";
import { freePort } from "../ports";
import type { Customer } from "./customers";
import { spawnWeb, untilReady } from "./own-web";
import { button, CARDS, HISTORY, heading, PAY, PLANS } from "./pages";
import { enter } from "./session";
import { subscribe } from "./subscribers";
import { test as base, expect, type World } from "./test";

// A key that Stripe refuses, or that may not do something, is the operator's to mend: customers read that payments are not
// available, never that their bank or our provider is slow.

const KEY = "rk_test_refused";
const UNAVAILABLE =
  "Payments and plan changes are unavailable right now, and nothing was charged or changed.";

type Process = {
  /** Opens a page of a process whose key is this one, signed in. */
  open(page: Page, customer: Customer, path: string): Promise<void>;
  key(state: "active" | "revoked" | { readonly [permission: string]: string }): Promise<void>;
  lines(): string[];
};

const test = base.extend<{ process: Process }>({
  process: async ({ world }, use) => {
    const url = `http://localhost:${await freePort()}`;
    const web = spawnWeb(Number(new URL(url).port), {
      APP_URL: url,
      WORKER: "separate",
      DATABASE_URL: world.facts.appDatabaseUrl,
      AUTH_SECRET: world.facts.authSecret,
      STRIPE_SECRET_KEY: KEY,
      STRIPE_WEBHOOK_SECRET: world.facts.webhookSecret,
      STRIPE_API_BASE: world.facts.simulatorUrl,
    });
    const key: Process["key"] = async (state) => {
      const body =
        typeof state === "string"
          ? { key: KEY, state }
          : { key: KEY, state: "restricted", permissions: { "*": "write", ...state } };
      const answer = await fetch(`${world.facts.simulatorUrl}/_sim/keys`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
    };
    await untilReady(url, web.ended, web.lines);
    await use({
      key,
      lines: web.lines,
      async open(page, customer, path) {
        await enter(page.context(), { ...world.facts, url }, customer);
        await page.goto(url + path);
      },
    });
    await key("active");
    web.child.kill("SIGKILL");
    await web.ended;
  },
});

async function subscriber(world: World, customer: Customer): Promise<Customer> {
  await subscribe(world, customer, "starter");
  return customer;
}

test("a key that may not change subscriptions: an upgrade is not charged, and is not said to be at the bank", async ({
  page,
  customer,
  world,
  process,
}) => {
  const who = await subscriber(world, await customer({ plan: "free" }));
  await process.open(page, who, `${PLANS}/change?to=premium&interval=month`);
  await process.key({ subscription: "read" });
  await button(page, PAY).click();
  await expect(heading(page, "Payment not completed")).toBeVisible();
  await expect(page.getByText(/so your card was not charged\. We know about it/)).toBeVisible();
  await expect(page.getByText("Your Starter plan and your credits are as they were.")).toBeVisible();
  expect(await who.charged()).toEqual([29_900]);
  expect(process.lines().some((line) => line.includes("lacks a right"))).toBe(true);
});

test("a key that may do nothing but read the account: every way to the provider says so", async ({
  page,
  customer,
  world,
  process,
}) => {
  const who = await subscriber(world, await customer({ plan: "free" }));
  const nothing = { "*": "none", accounts_kyc_basic: "read" };
  await process.open(page, who, `${PLANS}/cancel`);
  await process.key(nothing);
  await button(page, /^Cancel on /).click();
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
  await process.open(page, who, `${PLANS}/change?to=premium&interval=month`);
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
  await process.open(page, who, CARDS);
  await button(page, "E-mail and invoices at Stripe").click();
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
  await process.open(page, who, CARDS);
  await button(page, "Add a card").click();
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
  await page.goto(new URL(`${CARDS}/return?then=payment-method&session_id=cs_test_some`, page.url()).href);
  await expect(page.getByText("we cannot see whether your card was saved")).toBeVisible();
  await process.open(page, who, HISTORY);
  const invoice = page.getByRole("link", { name: /^Invoice of invoice/ });
  await page.goto(new URL((await invoice.getAttribute("href")) ?? "", page.url()).href);
  await expect(heading(page, "This document cannot be opened right now")).toBeVisible();
  const free = await customer({ plan: "free" });
  await process.open(page, free, PLANS);
  await button(page, "Choose Starter").click();
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
});

test("a key that was revoked: an upgrade says so at once, and it works again with a valid one", async ({
  page,
  customer,
  world,
  process,
}) => {
  const who = await subscriber(world, await customer({ plan: "free" }));
  await process.open(page, who, `${PLANS}/change?to=premium&interval=month`);
  await process.key("revoked");
  await button(page, PAY).click();
  await expect(page.getByText(UNAVAILABLE)).toBeVisible();
  await process.open(page, who, PLANS);
  await expect(page.getByText("Payments and plan changes are unavailable right now.").first()).toBeVisible();
  expect(await who.charged()).toEqual([29_900]);
  await process.key("active");
  await expect(async () => {
    await process.open(page, who, `${PLANS}/change?to=premium&interval=month`);
    await expect(button(page, PAY)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await button(page, PAY).click();
  await expect(heading(page, "You are on Premium")).toBeVisible();
  expect(await who.charged()).toEqual([29_900, 49_900]);
});
