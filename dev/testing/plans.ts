import { eq, sql } from "drizzle-orm";
import type Stripe from "stripe";
import { beforeAll, beforeEach } from "vitest";
import { accounts, allowances, memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openCycle } from "../../lib/billing/allowances/cycles/open";
import { openAccount } from "../../lib/billing/open-account";
import { finishSubscribe, startSubscribe } from "../../lib/billing/subscriptions/subscribe";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { billingPeriodAt } from "../../lib/calendar";
import { freePlan } from "../../lib/catalog/plans";
import { lookupKeyOf } from "../../lib/catalog/prices";
import { newId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import { getBalance } from "../../lib/ledger/queries";
import { credits } from "../../lib/money/credits";
import { setUpCatalog } from "../../lib/stripe/setup";
import { openShop, type Shop, type ShopOptions } from "./shop";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Numbers of Stripe's test cards, as a person types them. */
export const TYPED = {
  visa: "4242 4242 4242 4242",
  asksBank: "4000 0027 6000 3184",
  declinesLater: "4000 0000 0000 0341",
} as const;

export type Subscriber = { readonly accountId: string; readonly userId: string; readonly email: string };

export type PlanShop = Shop & {
  /** A Free account whose month begins now, with its owner. */
  makeFree(): Promise<Subscriber>;
  /** As a person does it: chooses, pays on the hosted page, comes back. */
  subscribe(who: Subscriber, plan?: string, options?: Typing): Promise<string>;
  makeSubscriber(plan?: string, options?: Typing): Promise<Subscriber>;
  /** Moves the clock on by so much; everything at Stripe that is due by then happens. */
  passes(ms: number): Promise<void>;
  /** To Premium, monthly, as we ask for it, and without anybody hearing of it here. */
  upgradeAtStripe(who: Subscriber): Promise<void>;
  subscriptionOf(who: Subscriber): Promise<Stripe.Subscription>;
  customerOf(who: Subscriber): Promise<string>;
  spend(who: Subscriber, amount: bigint): Promise<unknown>;
  sync(who: Subscriber): Promise<void>;
  /** All that counts of an account, without ids: equal for accounts to which the same has happened. */
  stateOf(who: Subscriber): Promise<PlanState>;
};

export type Typing = { readonly number?: string; readonly interval?: "month" | "year" };

export type PlanState = {
  readonly plan: string;
  readonly planStatus: string;
  readonly period: readonly [string, string];
  readonly remaining: bigint;
  readonly frozen: bigint;
  readonly owed: bigint;
  readonly periods: readonly string[];
};

/** A shop with the catalog at Stripe and one clock for both. Each test begins on a 31 January of its own. */
export function openPlanShop(options: ShopOptions = {}): PlanShop {
  const shop = openShop({ ...options, clock: true }) as PlanShop;
  let year = 2026;
  const batchers = { current: null as ReturnType<typeof createBatcher> | null };

  beforeAll(async () => {
    await setUpCatalog(shop.stripe, { appUrl: shop.deps.appUrl });
  });
  beforeEach(async () => {
    year += 1;
    await endSubscriptions(shop.stripe);
    await shop.clock.moveTo(new Date(Date.UTC(year, 0, 31, 9, 14)));
  });

  shop.makeFree = () => makeFree(shop);
  shop.subscribe = (who, plan = "starter", typing = {}) => subscribe(shop, who, plan, typing);
  shop.makeSubscriber = async (plan = "starter", typing = {}) => {
    const who = await makeFree(shop);
    await subscribe(shop, who, plan, typing);
    return who;
  };
  shop.passes = (ms) => shop.clock.moveTo(new Date(shop.clock.now().getTime() + ms));
  shop.customerOf = async ({ accountId }) => {
    const [row] = await shop.db.select().from(accounts).where(eq(accounts.id, accountId));
    if (!row?.stripeCustomerId) throw new Error("this account is no customer");
    return row.stripeCustomerId;
  };
  shop.subscriptionOf = async (who) => {
    const customer = await shop.customerOf(who);
    const [newest] = (await shop.stripe.subscriptions.list({ customer, status: "all" })).data;
    if (!newest) throw new Error("this account never subscribed");
    return newest;
  };
  shop.upgradeAtStripe = async (who) => {
    const { id, items } = await shop.subscriptionOf(who);
    const [premium] = (await shop.stripe.prices.list({ lookup_keys: [lookupKeyOf("premium", "month")] }))
      .data;
    await shop.stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? "", price: premium?.id ?? "" }],
      billing_cycle_anchor: { type: "now" },
      proration_behavior: "none",
      payment_behavior: "pending_if_incomplete",
    });
  };
  shop.spend = ({ accountId }, amount) => {
    batchers.current ??= createBatcher(shop.db);
    const purpose = { category: "platform", resource: null, reference: null } as const;
    const command = { kind: "spend", credits: credits(amount), purpose } as const;
    return batchers.current.submit(accountId, { key: newId(), command });
  };
  shop.sync = async (who) => void (await syncSubscription(shop.deps, who));
  shop.stateOf = (who) => stateOf(shop, who);
  return shop;
}

/**
 * Nobody of an earlier test lives through the year to the next one: twelve renewals of each of them, before every test, were
 * most of what a file with many tests did.
 */
async function endSubscriptions(stripe: Stripe): Promise<void> {
  for (;;) {
    const { data } = await stripe.subscriptions.list({ limit: 100 });
    if (data.length === 0) return;
    for (const { id } of data) await stripe.subscriptions.cancel(id);
  }
}

async function makeFree(shop: Shop): Promise<Subscriber> {
  const userId = newId();
  const email = `${userId}@example.com`;
  const accountId = await transact(shop.db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    const cycleAnchor = new Date(clock?.now ?? Number.NaN);
    const period = billingPeriodAt(cycleAnchor, cycleAnchor);
    const id = await openAccount(tx, {
      name: `Account of ${email}`,
      plan: freePlan().id,
      cycleAnchor,
      period,
    });
    await tx.insert(users).values({ id: userId, email, name: "A person" });
    await tx.insert(memberships).values({ accountId: id, userId, role: "owner" });
    return id;
  });
  return { accountId, userId, email };
}

async function subscribe(shop: Shop, who: Subscriber, plan: string, typing: Typing): Promise<string> {
  const started = await startSubscribe(shop.deps, {
    ...who,
    plan,
    interval: typing.interval ?? "month",
    returnPath: "/settings/billing/plans/return",
    cancelPath: "/settings/billing/plans",
  });
  if (!started.ok) throw new Error(`subscribing: ${started.error.code}`);
  const sessionId = await payOnPage(started.value.url, typing.number);
  const finished = await finishSubscribe(shop.deps, { accountId: who.accountId, sessionId });
  if (!finished.ok || finished.value.status !== "subscribed") throw new Error("subscribing was not finished");
  return sessionId;
}

/** Types a card into the hosted page and goes through the bank where it asks. Returns the session's id. */
export async function payOnPage(url: string, number: string = TYPED.visa): Promise<string> {
  const body = new URLSearchParams({ number, expiry: "12/70", cvc: "123" });
  let answer = await fetch(url, { method: "POST", body, redirect: "manual" });
  const bank = answer.headers.get("location");
  if (bank?.includes("/authenticate/")) {
    answer = await fetch(bank, {
      method: "POST",
      body: new URLSearchParams({ result: "approve" }),
      redirect: "manual",
    });
  }
  const back = answer.headers.get("location");
  const sessionId = back ? new URL(back).searchParams.get("session_id") : null;
  if (!sessionId) throw new Error(`the hosted page did not lead back: ${answer.status}`);
  return sessionId;
}

/** As whoever reads it sees it: the cycle is opened first. */
async function stateOf(shop: Shop, { accountId }: Subscriber): Promise<PlanState> {
  await openCycle(shop.db, accountId);
  const [[account], balance, periods] = await Promise.all([
    shop.db.select().from(accounts).where(eq(accounts.id, accountId)),
    getBalance(shop.db, accountId),
    shop.db
      .select()
      .from(allowances)
      .where(eq(allowances.accountId, accountId))
      .orderBy(allowances.startsAt, allowances.plan, allowances.part),
  ]);
  if (!account) throw new Error(`account ${accountId} exists`);
  return {
    plan: account.plan,
    planStatus: account.planStatus,
    period: [account.periodStart.toISOString(), account.periodEnd.toISOString()],
    remaining: balance.remaining,
    frozen: balance.frozen,
    owed: balance.owed,
    periods: periods
      .filter((each) => each.credits > 0n)
      .map(
        (each) =>
          `${each.plan} ${each.closed ?? each.payment} ${each.startsAt.toISOString()} – ${each.endsAt.toISOString()}`,
      ),
  };
}
