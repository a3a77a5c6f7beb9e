import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  catalogWith,
  priceYearly,
  sellAsUsual,
  type WrittenCatalog,
  writtenCatalog,
} from "../../dev/testing/catalog";
import { compiled } from "../../dev/testing/compiled";
import { openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { setCatalog } from "../catalog/catalog";
import { keepIds } from "../catalog/kept-ids";
import { lookupKeyOf, type PlanInterval } from "../catalog/prices";
import { setUpCatalog } from "./setup";

const shop = openPlanShop();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-"));
});
afterEach(async () => {
  sellAsUsual();
  await setUp();
});
afterAll(() => rm(folder, { recursive: true }));

const setUp = (dryRun = false) => setUpCatalog(shop.stripe, { appUrl: shop.deps.appUrl, dryRun });
const priceOf = async (plan: string, interval: PlanInterval = "month") =>
  (await shop.stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] })).data[0];
const planOf = (written: WrittenCatalog, id: string): Record<string, unknown> =>
  written.plans.find((each) => each.id === id) as never;

/** Starter for $399.00 and 30,000,000 credits a month, and no year of it. */
function raise(written: WrittenCatalog): void {
  Object.assign(planOf(written, "starter"), {
    prices_cents: { month: 399_00 },
    credits_per_cycle: 30_000_000,
  });
}

async function run(catalog: WrittenCatalog, variables: Record<string, string>, ...options: string[]) {
  const file = join(folder, "shop.json");
  await writeFile(file, JSON.stringify(catalog));
  const { PATH } = process.env;
  const env = {
    PATH,
    NODE_ENV: "test",
    DATABASE_URL: "",
    APP_URL: shop.deps.appUrl,
    STRIPE_SECRET_KEY: "sk_test_setup",
    STRIPE_API_BASE: shop.simulator.url,
    CATALOG_FILE: file,
    ...variables,
  };
  return promisify(execFile)(process.execPath, [await compiled("lib/stripe/setup-main.ts"), ...options], {
    env: env as never,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

// First: for a minute after prices were exchanged, what is sold is remembered with the old ones.
describe("npm run stripe:setup with a database", () => {
  it("counts in it, says who gets another allowance, and refuses a catalog that lacks what accounts use", async () => {
    const before = await shop.owner<{ n: number }[]>`select count(*)::int as n from subscription_items as i
      join subscriptions as s on s.id = i.subscription_id where i.plan = 'starter' and i.interval = 'month' and s.ended_at is null`;
    await shop.makeSubscriber("starter");
    const count = (before[0]?.n ?? 0) + 1;
    await keepIds(shop.db);
    const written = writtenCatalog();
    raise(written);
    priceYearly(written, "premium", null);
    const database = { DATABASE_URL: shop.appUrl };
    // Stripe knows a customer whom no account has: the database is asked.
    const { id: customer } = await shop.stripe.customers.create();
    const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
    const price = (await priceOf("starter"))?.id ?? "";
    await shop.stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: card.id });
    const dry = await run(written, database, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toMatch(
      new RegExp(
        `now \\$399.00 a month for who subscribes from now on; ${count} subscriptions? keeps? the old`,
      ),
    );
    expect(dry.stdout).toMatch(
      /starter: \d+ subscriptions? gets? 30,000,000 credits a month instead of 24,000,000 once every process/,
    );
    const without = writtenCatalog();
    without.plans.splice(1, 1);
    const refused = await run(without, database, "--yes");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/shop\.json: the plan "starter" is gone, and \d+ accounts? uses? it/);
    expect((await priceOf("starter"))?.active).toBe(true);
    const away = await run(written, { DATABASE_URL: "postgres://nobody:x@127.0.0.1:9/nowhere" }, "--dry-run");
    expect(away).toMatchObject({ code: 0, stderr: expect.stringContaining("counted at Stripe") });
    expect(away.stdout).toMatch(/; \d+ subscriptions? keeps? the old/);
  }, 60_000);
});

describe("the preview of what a catalog changes", () => {
  it("says of a price that changes or is not sold any more how many subscriptions keep it, and they do", async () => {
    const price = (await priceOf("starter"))?.id ?? "";
    const others = (await shop.stripe.subscriptions.list({ price })).data.length;
    const subscribers: Subscriber[] = [];
    for (let count = 0; count < 3; count += 1) subscribers.push(await shop.makeSubscriber("starter"));
    const [gone, ...stay] = subscribers;
    if (gone) await shop.stripe.subscriptions.cancel((await shop.subscriptionOf(gone)).id);
    const yearly = await shop.makeSubscriber("starter", { interval: "year" });
    const [month, year] = [await priceOf("starter"), await priceOf("starter", "year")];
    setCatalog(catalogWith(raise));
    const { changes, applied } = await setUp(true);
    expect(applied).toBe(false);
    expect(changes).toEqual([
      `price refill_starter_month: now $399.00 a month for who subscribes from now on; ${others + 2} subscriptions keep the old one (${month?.id}, $299.00)`,
      `price refill_starter_year: taken off sale; 1 subscription keeps the old one (${year?.id}, $2,990.00)`,
    ]);
    expect(await priceOf("starter")).toMatchObject({ id: month?.id, active: true });
    await setUp();
    expect(await priceOf("starter")).toMatchObject({ active: true, unit_amount: 399_00 });
    expect(await priceOf("starter", "year")).toMatchObject({ id: year?.id, active: false });
    for (const who of [...stay, yearly])
      expect((await shop.subscriptionOf(who)).items.data[0]?.price.id).toBe(
        who === yearly ? year?.id : month?.id,
      );
    await expect(shop.makeSubscriber("starter", { interval: "year" })).rejects.toThrow("unknown_plan");
    expect((await setUp(true)).changes).toEqual([]);
    // Sold again, it is the same price.
    sellAsUsual();
    expect((await setUp(true)).changes).toContain("price refill_starter_year: marked as ours and active");
  });

  it("takes both prices of a retired plan off sale", async () => {
    setCatalog(catalogWith((written) => Object.assign(planOf(written, "premium"), { retired: true })));
    expect((await setUp()).changes).toEqual([
      expect.stringMatching(
        /^price refill_premium_month: taken off sale; nobody has the old one \(price_\w+, \$499\.00\)$/,
      ),
      expect.stringMatching(/^price refill_premium_year: taken off sale; nobody has/),
    ]);
    expect(await priceOf("premium")).toMatchObject({ active: false, metadata: { refill_plan: "premium" } });
    expect((await setUp()).changes).toEqual([]);
  });

  it("is asked before anything is changed, and changes nothing where the answer is no", async () => {
    setCatalog(catalogWith(raise));
    const asked: string[][] = [];
    const report = await setUpCatalog(shop.stripe, {
      appUrl: shop.deps.appUrl,
      mayGoOn: async (changes) => {
        asked.push([...changes]);
        expect(await priceOf("starter")).toMatchObject({ unit_amount: 299_00 });
        return false;
      },
    });
    expect(asked).toEqual([report.changes]);
    expect(report.applied).toBe(false);
    expect(await priceOf("starter")).toMatchObject({ unit_amount: 299_00 });
  });
});
