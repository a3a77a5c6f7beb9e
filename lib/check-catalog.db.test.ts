import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { catalogWith, sellAsUsual, writtenCatalog } from "../dev/testing/catalog";
import { compiled } from "../dev/testing/compiled";
import { DAY, openPlanShop, type Subscriber } from "../dev/testing/plans";
import { countPlanUses } from "./billing/plans-in-use";
import { startSubscribe } from "./billing/subscriptions/subscribe";
import { syncSubscription } from "./billing/subscriptions/sync";
import { setCatalog } from "./catalog/catalog";
import { keepIds } from "./catalog/kept-ids";
import { type PlanId, planIdOf } from "./catalog/plans";
import { checkCatalog } from "./check-catalog";
import { newId } from "./ids";
import { createBatcher } from "./ledger/batcher";
import { foldUsage } from "./ledger/fold-usage";
import { credits } from "./money/credits";

const shop = openPlanShop();
afterEach(async () => {
  sellAsUsual();
  await shop.owner`truncate catalog_plans, catalog_categories`;
});

const sellWithout = (plan: string) =>
  setCatalog(
    catalogWith(
      (written) =>
        void written.plans.splice(
          written.plans.findIndex(({ id }) => id === plan),
          1,
        ),
    ),
  );
/** What is said, after the name of the file. */
const check = async () => (await checkCatalog(shop.db)).map((each) => each.slice(each.indexOf(": ")));
/** Uses of a plan by this account: whatever else is in the database is others'. */
const usesSince = async (plan: string, make: () => Promise<unknown>) => {
  const before = await countPlanUses(shop.db, planIdOf(plan));
  await make();
  const after = await countPlanUses(shop.db, planIdOf(plan));
  return Object.fromEntries(
    Object.entries(after).flatMap(([use, count]) => {
      const more = count - before[use as keyof typeof before];
      return more === 0 ? [] : [[use, more]];
    }),
  );
};

describe("a plan that the catalog lost", () => {
  it("is no matter until it was sold from this database and somebody uses it, and then refused with how many and what to do", async () => {
    setCatalog(
      catalogWith(
        ({ plans }) =>
          void plans.splice(1, 0, {
            ...plans[1],
            id: "nano",
            name: "Nano",
            prices_cents: { month: 100 },
          } as never),
      ),
    );
    expect(await check()).toEqual([]);
    await keepIds(shop.db);
    sellAsUsual();
    expect(await check()).toEqual([]);
    const { accountId } = await shop.makeFree();
    await shop.owner`update accounts set plan = 'nano' where id = ${accountId}`;
    expect(await check()).toEqual([
      ': the plan "nano" is gone, and 1 account uses it (1 is on it). ' +
        'Put it back into plans, with "retired": true if nobody is to choose it any more.',
    ]);
    const other = await shop.makeFree();
    await shop.owner`update accounts set internal_plan = 'nano' where id = ${other.accountId}`;
    expect(await check()).toEqual([expect.stringContaining("2 accounts use it (2 are on it)")]);
    await shop.owner`update accounts set plan = 'free', internal_plan = null where 'nano' in (plan, internal_plan)`;
    expect(await check()).toEqual([]);
  });

  it("is in use by what subscribes to it, and not any more by what ended", async () => {
    let who: Subscriber | undefined;
    expect(
      await usesSince("starter", async () => {
        who = await shop.makeSubscriber("starter");
      }),
    ).toEqual({ accounts: 1, on: 1, subscribed: 1, invoiced: 1 });
    await keepIds(shop.db);
    sellWithout("starter");
    const [sentence] = await check();
    expect(sentence).toMatch(/the plan "starter" is gone, and \d+ accounts? uses? it/);
    sellAsUsual();
    if (!who) return;
    const { id } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.cancel(id);
    const left = await usesSince("starter", async () => {
      await shop.passes(40 * DAY);
      if (who) await shop.sync(who);
    });
    expect(left).toEqual({ accounts: -1, on: -1, subscribed: -1, invoiced: -1 });
  });

  it("is in use by what is chosen for the period's end, waits at Checkout, or has months that are paid for", async () => {
    const who = await shop.makeSubscriber("premium");
    const { id } = await shop.subscriptionOf(who);
    expect(
      await usesSince(
        "starter",
        () =>
          shop.owner`update subscriptions set next_plan = 'starter', next_interval = 'month', next_price_cents = 29900,
          next_credits_per_cycle = 24000000 where id = ${id}`,
      ),
    ).toEqual({ accounts: 1, coming: 1 });
    const visitor = await shop.makeFree();
    expect(
      await usesSince("starter", async () => {
        const paths = { returnPath: "/settings/billing/plans/return", cancelPath: "/settings/billing/plans" };
        const started = await startSubscribe(shop.deps, {
          ...visitor,
          ...paths,
          plan: "starter",
          interval: "month",
        });
        expect(started.ok).toBe(true);
      }),
    ).toEqual({ accounts: 1, ordering: 1 });
    const ahead = await shop.makeSubscriber("starter", { interval: "year" });
    await shop.stripe.subscriptions.cancel((await shop.subscriptionOf(ahead)).id);
    await syncSubscription(shop.deps, ahead);
    await shop.passes(60 * DAY);
    await shop.sync(ahead);
    const [row] = await shop.owner`select plan from accounts where id = ${ahead.accountId}`;
    expect(row).toEqual({ plan: "free" });
    expect((await countPlanUses(shop.db, "starter" as PlanId)).invoiced).toBeGreaterThan(0);
  });
});

describe("a category that the catalog lost", () => {
  const batcher = () => createBatcher(shop.db);
  const extra = (id: string, number = 9) =>
    setCatalog(catalogWith(({ categories }) => void categories.push({ id, number, label: "Extra" })));
  const spend = async (category: string, kind: "spend" | "hold" = "spend") => {
    const who = await shop.makeFree();
    const purpose = { category, resource: null, reference: null };
    const command =
      kind === "spend"
        ? ({ kind, credits: credits(5n), purpose } as const)
        : ({
            kind,
            holdId: newId(),
            credits: credits(5n),
            purpose,
            ttlMs: DAY,
          } as never);
    const writer = batcher();
    expect(await writer.submit(who.accountId, { key: newId(), command })).toMatchObject({ kind: "done" });
    await writer.close();
    return who;
  };
  // What was folded is folded anew: sums and entries stay equal.
  afterEach(
    () => shop.owner`with gone as (delete from usage_days where category > 3 returning account_id)
    delete from usage_progress where account_id in (select account_id from gone)`,
  );

  it("may go while nobody has spent under it, and comes back retired once somebody has", async () => {
    extra("tokens");
    await keepIds(shop.db);
    sellAsUsual();
    expect(await check()).toEqual([]);
    extra("tokens");
    const { accountId } = await spend("tokens");
    sellAsUsual();
    const sentence =
      ': the category "tokens", number 9, is gone, and 1 account uses it. ' +
      'Put it back into categories, with "retired": true if nothing new is to be spent under it.';
    expect(await check()).toEqual([sentence]); // Of the newest entries.
    await foldUsage(shop.db, accountId);
    expect(await check()).toEqual([sentence]); // Of usage that was added up.
    setCatalog(
      catalogWith(
        ({ categories }) => void categories.push({ id: "tokens", number: 9, label: "Tokens", retired: true }),
      ),
    );
    expect(await check()).toEqual([]);
  });

  it("is in use by an open hold alone", async () => {
    extra("frames", 10);
    await keepIds(shop.db);
    await spend("frames", "hold");
    sellAsUsual();
    expect(await check()).toEqual([
      expect.stringContaining('the category "frames", number 10, is gone, and 1 account'),
    ]);
  });

  it("never gives its number to another once it was used, and may before", async () => {
    extra("first", 11);
    await keepIds(shop.db);
    extra("second", 11);
    expect(await check()).toEqual([]);
    await keepIds(shop.db);
    await spend("second");
    extra("third", 11);
    expect(await check()).toEqual([
      ': number 11 is the category "third" now, and 1 account uses it as "second". ' +
        'Put "second" back under its number, with "retired": true if nothing new is to be spent under it, and give "third" a number of its own.',
    ]);
  });
});

describe("a process whose catalog lost what is in use", () => {
  it("says so and ends: the worker, and whoever makes a customer", async () => {
    await keepIds(shop.db);
    await shop.makeFree();
    const folder = await mkdtemp(join(tmpdir(), "catalog-"));
    const file = join(folder, "shop.json");
    const written = writtenCatalog();
    Object.assign(written.plans[0] ?? {}, { id: "gratis" });
    await writeFile(file, JSON.stringify(written));
    const run = async (script: string, ...options: string[]) =>
      promisify(execFile)(process.execPath, [await compiled(script), ...options], {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: "test",
          DATABASE_URL: shop.appUrl,
          AUTH_SECRET: "a secret of the tests, which nobody else knows",
          STRIPE_SECRET_KEY: "sk_test_catalog",
          STRIPE_WEBHOOK_SECRET: "whsec_catalog",
          STRIPE_API_BASE: "http://127.0.0.1:9",
          CUSTOMER_PASSWORD: "correct horse battery",
          CATALOG_FILE: file,
        },
      }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
    const sentence =
      /shop\.json: the plan "free" is gone, and \d+ accounts? uses? it \(\d+ (is|are) on it\)\. Put it back/;
    for (const started of [
      await run("lib/jobs/main.ts"),
      await run("lib/auth/main.ts", "--email", "ada@example.com"),
    ]) {
      expect(started.code).toBe(1);
      expect(started.stderr).toMatch(sentence);
    }
    await rm(folder, { recursive: true });
  }, 60_000);
});
