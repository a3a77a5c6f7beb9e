import { setTimeout as sleep } from "node:timers/promises";
import { asc, eq, inArray } from "drizzle-orm";
import type Stripe from "stripe";
import { accounts, orders } from "../../db/schema";
import type { BillingDeps } from "../../lib/billing/deps";
import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { refundOrder } from "../../lib/billing/orders/returns/refund";
import { freePlan } from "../../lib/catalog/plans";
import { lookupKeyOf } from "../../lib/catalog/prices";
import { newId } from "../../lib/ids";
import { getBalance } from "../../lib/ledger/queries";
import { cents } from "../../lib/money/credits";
import { formHolding, openVisitor } from "../bench/visitor";
import { type Customer, makeCustomer } from "../e2e/customers";
import { factsOf } from "../e2e/facts";
import { cookieOf } from "../e2e/session";
import type { Stack } from "../stack";

export const DAY = 86_400_000;

type Shop = { readonly stack: Stack; readonly deps: BillingDeps; readonly stripe: Stripe };

export type People = {
  /** Subscribes and buys before the backup; renews and upgrades after it. */
  readonly ada: Customer;
  /** Placed an order before the backup, and pays it after it. */
  readonly bo: Customer;
  readonly pending: string;
  /** Subscribes after the backup. */
  readonly cy: Customer;
};

/** What is sold until the backup is made. */
export async function beforeBackup(shop: Shop): Promise<People> {
  const { deps, stripe } = shop;
  const ada = await makeCustomer(deps.db, stripe, { plan: freePlan().id, day: 1 });
  await subscribe(shop, ada, "starter");
  await untilOn(shop, ada, "starter");
  await buy(deps, ada, "usd100");
  await passes(shop, 27);
  const bo = await makeCustomer(deps.db, stripe, { day: 1 });
  const pending = await place(deps, bo, "usd500");
  const cy = await makeCustomer(deps.db, stripe, { plan: freePlan().id, day: 1 });
  return { ada, bo, pending, cy };
}

/** What is sold, renewed, upgraded and refunded since then. */
export async function sinceBackup(
  shop: Shop,
  { ada, bo, pending, cy }: People,
  heard: () => Promise<void>,
): Promise<void> {
  const { deps } = shop;
  await confirm(deps, bo, pending);
  await subscribe(shop, cy, "premium");
  await heard();
  await passes(shop, 5); // Ada's month ends.
  await heard();
  await buy(deps, ada, "usd500");
  await upgrade(shop, ada);
  await heard();
  const returned = await buy(deps, bo, "usd100");
  const by = { as: "operator", userId: newId() } as const;
  const asked = { amountCents: cents(2_500n), by, why: "Agreed on the phone" };
  const refunded = await refundOrder(deps, { accountId: bo.accountId, orderId: returned }, asked);
  if (!refunded.ok) throw new Error(`not refunded: ${refunded.error.code}`);
  await heard();
}

/** Few enough that what is bought after the backup is of a cycle that still runs: of one that is over it would come in the running one. */
const passes = ({ stack: { simulator } }: Shop, days: number): Promise<unknown> =>
  simulator.clock.moveTo(simulator.clock.now() + days * DAY);

/** A line for every account and order of theirs: what has to be the same again. */
export async function lookAgain({ deps: { db } }: Shop, people: People): Promise<readonly string[]> {
  const ids = [people.ada, people.bo, people.cy].map(({ accountId }) => accountId);
  const lines: string[] = [];
  for (const id of ids) {
    const [row] = await db.select().from(accounts).where(eq(accounts.id, id));
    const { remaining, frozen, held, owed } = await getBalance(db, id);
    const { plan, planStatus, periodStart, periodEnd } = row ?? {};
    const period = `${periodStart?.toISOString()} to ${periodEnd?.toISOString()}`;
    lines.push(
      `${id} ${plan} ${planStatus} ${period}: ${remaining} left, ${frozen} frozen, ${held} held, ${owed} owed`,
    );
  }
  const sold = await db.select().from(orders).where(inArray(orders.accountId, ids)).orderBy(asc(orders.id));
  for (const { id, reference, status, credits, amountCents, paymentIntentId, expiresAt } of sold)
    lines.push(
      `${id} ${reference} ${status} ${credits} credits ${amountCents} cents ${paymentIntentId} until ${expiresAt?.toISOString()}`,
    );
  return lines;
}

const BUY_CREDIT = "/settings/billing/buy-credit";

/** A customer without JavaScript buys at the server. Resolves to whether the page calls it paid. */
export async function tryToSell({ stack }: Shop, { bo }: People): Promise<boolean> {
  const cookie = await cookieOf(factsOf(stack), bo);
  const visitor = openVisitor(stack.url, { connections: 1, cookie, appUrl: stack.url });
  try {
    const { body } = await visitor.get(BUY_CREDIT);
    if (!body.includes('name="requestId"')) return false;
    const fields = formHolding(body, 'name="requestId"');
    fields.set("bundle", "usd100");
    fields.delete("amount");
    const { status, location } = await visitor.post(BUY_CREDIT, fields);
    if (status !== 303 || !location) return false;
    const order = new URL(location, stack.url).pathname;
    const page = await visitor.get(order);
    if (!page.body.includes("data-pays")) return false;
    await visitor.post(order, formHolding(page.body, "data-pays"));
    return (await visitor.get(order)).body.includes('id="receipt"');
  } finally {
    visitor.close();
  }
}

async function subscribe({ deps, stripe }: Shop, { accountId }: Customer, plan: string): Promise<void> {
  const [row] = await deps.db.select().from(accounts).where(eq(accounts.id, accountId));
  const [price] = (await stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, "month")] })).data;
  await stripe.subscriptions.create({
    customer: row?.stripeCustomerId ?? "",
    items: [{ price: price?.id ?? "" }],
    metadata: { account_id: accountId },
    off_session: true,
  });
}

async function untilOn({ deps: { db } }: Shop, { accountId }: Customer, plan: string): Promise<void> {
  for (;;) {
    const [row] = await db.select().from(accounts).where(eq(accounts.id, accountId));
    if (row?.plan === plan) return;
    await sleep(200);
  }
}

/** To Premium at once, as we ask Stripe for it. */
async function upgrade({ deps, stripe }: Shop, { accountId }: Customer): Promise<void> {
  const [row] = await deps.db.select().from(accounts).where(eq(accounts.id, accountId));
  const [subscription] = (await stripe.subscriptions.list({ customer: row?.stripeCustomerId ?? "" })).data;
  const [price] = (await stripe.prices.list({ lookup_keys: [lookupKeyOf("premium", "month")] })).data;
  await stripe.subscriptions.update(subscription?.id ?? "", {
    items: [{ id: subscription?.items.data[0]?.id ?? "", price: price?.id ?? "" }],
    billing_cycle_anchor: { type: "now" },
    proration_behavior: "none",
    payment_behavior: "pending_if_incomplete",
  });
}

async function place(deps: BillingDeps, who: Customer, bundleId: string): Promise<string> {
  const { accountId, userId } = who;
  const choice = { kind: "bundle", bundleId } as const;
  const placed = await placeOrder(deps, { accountId, userId, requestId: newId(), choice });
  if (!placed.ok) throw new Error(`not placed: ${placed.error.code}`);
  return placed.value.orderId;
}

async function confirm(deps: BillingDeps, { accountId }: Customer, orderId: string): Promise<void> {
  const asked = { accountId, orderId, paymentMethodId: null, expiryAcknowledged: true };
  const settled = await confirmOrder(deps, asked);
  if (!settled.ok || settled.value.status !== "paid") throw new Error(`not paid: ${JSON.stringify(settled)}`);
}

async function buy(deps: BillingDeps, who: Customer, bundleId: string): Promise<string> {
  const orderId = await place(deps, who, bundleId);
  await confirm(deps, who, orderId);
  return orderId;
}
