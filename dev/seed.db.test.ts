import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Database } from "../db/client";
import { accounts, memberships, paymentMethods, subscriptions, users } from "../db/schema";
import { syncSubscription } from "../lib/billing/subscriptions/sync";
import { countQueues, listQueue } from "../lib/desk/queues/list";
import { getBalance } from "../lib/ledger/queries";
import { setUpCatalog } from "../lib/stripe/setup";
import { onTheApplicationsClock } from "./furnish";
import { seedDemo } from "./seed";
import { DEMO_ACCOUNTS } from "./seed-accounts";
import { SECOND_OPERATOR, seedDesk, TROUBLED } from "./seed-desk";
import { openShop } from "./testing/shop";

const DAY_MS = 86_400_000;
const shop = openShop({ clock: true });
let owner: Database;
let added = 0;

beforeAll(async () => {
  owner = connect(onTheApplicationsClock(shop.ownerUrl), { max: 2 });
  await setUpCatalog(shop.stripe, { appUrl: shop.deps.appUrl });
  added = await seedDemo({ ...shop.deps, stripe: shop.stripe, owner, clock: shop.simulator.clock });
});
afterAll(() => owner.pool.end({ timeout: 5 }));

async function see(email: string) {
  const [row] = await shop.db
    .select({ account: accounts, subscription: subscriptions })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(accounts, eq(accounts.id, memberships.accountId))
    .leftJoin(subscriptions, eq(subscriptions.accountId, accounts.id))
    .where(eq(users.email, email));
  if (!row) throw new Error(`${email} was not seeded`);
  const { account, subscription } = row;
  const balance = await getBalance(shop.db, account.id);
  const cards = await shop.db.select().from(paymentMethods).where(eq(paymentMethods.accountId, account.id));
  return { account, subscription, balance, cards };
}

const agoInDays = (at: Date) => (Date.now() - at.getTime()) / DAY_MS;

describe("the demo's customers", () => {
  it("are all there, once, and today is today", async () => {
    expect(added).toBe(DEMO_ACCOUNTS.length);
    expect(await seedDemo({ ...shop.deps, stripe: shop.stripe, owner, clock: shop.simulator.clock })).toBe(0);
    expect(Math.abs(shop.simulator.clock.now() - Date.now())).toBeLessThan(1_000);
  });

  it.each(DEMO_ACCOUNTS.filter((each) => each.used > 0n))(
    "$name has its plan, its day of the cycle and its usage",
    async ({ plan, day, used, people: [first] }) => {
      const { account, balance } = await see(first?.email ?? "");
      expect(account.plan).toBe(plan);
      expect(Math.ceil(agoInDays(account.periodStart))).toBe(day);
      expect(balance.used).toBe(used);
      expect(balance.owed).toBe(0n);
    },
  );

  it.each(["starter", "premium", "authenticate", "declined", "canceling"])(
    "%s@example.com is subscribed, with one card that renewals are charged to",
    async (name) => {
      const { account, subscription, cards } = await see(`${name}@example.com`);
      expect(account.planStatus).toBe("active");
      expect(subscription).toMatchObject({ status: "active", plan: account.plan, isPrimary: true });
      expect(subscription?.periodEnd).toEqual(account.periodEnd);
      expect(cards).toHaveLength(1);
      expect(subscription?.paymentMethodId).toBe(cards[0]?.id);
      const atStripe = await shop.stripe.subscriptions.retrieve(subscription?.id ?? "");
      expect(atStripe.metadata.account_id).toBe(account.id);
    },
  );

  it("pastdue@example.com could not pay the renewal of two days ago, and has the rest frozen", async () => {
    const { account, subscription, balance } = await see("pastdue@example.com");
    expect(account.planStatus).toBe("past_due");
    expect(subscription?.status).toBe("past_due");
    expect(balance.remaining).toBe(0n);
    expect(balance.frozen).toBe(24_000_000n - 640_000n);
    const customer = account.stripeCustomerId ?? "";
    const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
    expect(open).toMatchObject({ amount_due: 299_00, billing_reason: "subscription_cycle" });
    expect(open?.attempt_count).toBeGreaterThan(0);
    expect(open?.next_payment_attempt).toBeGreaterThan(Date.now() / 1000);
  });

  it("canceling@example.com ends with its cycle", async () => {
    const { account, subscription } = await see("canceling@example.com");
    expect(subscription).toMatchObject({ cancelAt: account.periodEnd, canceledByCustomer: true });
  });

  it("nocard@example.com and the free ones are nobody's customers at Stripe", async () => {
    for (const name of ["nocard", "free", "operator"]) {
      const { account, subscription } = await see(`${name}@example.com`);
      expect(account.stripeCustomerId).toBeNull();
      expect(subscription).toBeNull();
    }
  });

  it("troubled@example.com has something that waits in the desk's queues, once", async () => {
    const deps = { ...shop.deps, stripe: shop.stripe, owner, clock: shop.simulator.clock };
    for (let times = 0; times < 2; times += 1) {
      await seedDemo(deps, [TROUBLED]);
      await seedDesk({ ...deps, simulatorUrl: shop.simulator.url, databaseUrl: shop.appUrl });
      const counts = (await countQueues(shop.db)).map(({ queue, count }) => [queue, count]);
      expect(Object.fromEntries(counts)).toEqual({
        ...{ attention: 2, orders: 1, payments: 0, disputes: 1, events: 1 },
        ...{ jobs: 1, mails: 0, approvals: 1, drift: 0 },
      });
    }
    // It failed as the worker does it, and says why.
    const [job] = (await listQueue(shop.db, "jobs")).items;
    expect(job).toMatchObject({ subject: "mail_password_reset", details: { tries: 1 } });
    expect(job?.why).toContain("caller");
    const { account, balance } = await see("troubled@example.com");
    expect(account.planStatus).toBe("active");
    expect(balance.frozen).toBeGreaterThan(0n);
    expect(await see(SECOND_OPERATOR)).toMatchObject({ account: { name: "The house" } });
  });

  // Last: it moves everybody's time.
  it("declined@example.com cannot pay the next renewal, and has its allowance frozen", async () => {
    const { account } = await see("declined@example.com");
    // Somebody uses the new cycle while its invoice is a draft: given before it is paid, and frozen once it is not.
    await shop.clock.moveTo(new Date(account.periodEnd.getTime() + 30 * 60_000));
    await syncSubscription(shop.deps, { accountId: account.id });
    expect((await see("declined@example.com")).balance).toMatchObject({ remaining: 24_000_000n, frozen: 0n });
    await shop.clock.moveTo(new Date(account.periodEnd.getTime() + 2 * 3_600_000));
    await syncSubscription(shop.deps, { accountId: account.id });
    const { account: after, balance } = await see("declined@example.com");
    expect(after.planStatus).toBe("past_due");
    expect(after.periodStart).toEqual(account.periodEnd);
    expect([balance.remaining, balance.frozen]).toEqual([0n, 24_000_000n]);
  });
});
