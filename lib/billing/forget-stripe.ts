import { and, asc, eq, gt, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import {
  accounts,
  allowances,
  attempts,
  attentionItems,
  balances,
  checkouts,
  invoiceDisputes,
  invoiceLines,
  invoiceRefundRequests,
  invoiceRefunds,
  invoiceReversals,
  invoices,
  orders,
  paymentMethods,
  pendingLines,
  planPayments,
  stripeAccount,
  stripeEvents,
  subscriptionItems,
  subscriptionOwners,
  subscriptions,
} from "../../db/schema";
import { transact } from "../../db/transact";
import { bySystem } from "../ledger/cause";
import { commit } from "../ledger/commit";
import { type Credits, sumCredits } from "../money/credits";
import { invariant } from "../result";
import { lockAccount } from "./account";
import { applyFacts } from "./allowances/apply/apply-facts";
import { listPaidFor, sumPaidFor } from "./allowances/returns/paid-grants";
import { keepEvents } from "./keep-events";
import { recordTransition } from "./orders/rows";

export type ForgetOptions = {
  /** Leaves what the other account paid for in the accounts. */
  readonly keepCredits: boolean;
  /** Told after every so many accounts. */
  readonly onProgress?: (done: number, of: number) => void;
  /** Returns true to stop after the account at hand; run again, it goes on. */
  readonly isStopped?: () => boolean;
};

/** What belongs to the Stripe account that is to be forgotten; after forgetting, what was forgotten. */
export type Forgettable = {
  readonly accountId: string | null;
  readonly live: boolean | null;
  readonly customers: number;
  readonly subscriptions: number;
  readonly cards: number;
  readonly openOrders: number;
  /** References of orders whose payment was under way: at the other account they may have been paid. */
  readonly unsettled: readonly string[];
  readonly events: number;
  /** What is left of credits that the other account was paid for. */
  readonly credits: Credits;
};

const OPEN_ORDER = ["pending", "processing", "requires_action", "declined"] as const;

/** Looks and changes nothing. */
export async function findForgettable(db: Database): Promise<Forgettable> {
  const count = sql<number>`count(*)::int`;
  const [row] = await db.select().from(stripeAccount);
  const [customers] = await db.select({ count }).from(accounts).where(isNotNull(accounts.stripeCustomerId));
  const [plans] = await db.select({ count }).from(subscriptions).where(isNull(subscriptions.endedAt));
  const [cards] = await db.select({ count }).from(paymentMethods);
  const open = await db
    .select({ reference: orders.reference, status: orders.status })
    .from(orders)
    .where(inArray(orders.status, OPEN_ORDER));
  const [events] = await db
    .select({ count })
    .from(stripeEvents)
    .where(and(isNull(stripeEvents.handledAt), isNull(stripeEvents.parkedReason)));
  const paid = await sumPaidFor(db);
  return {
    accountId: row?.id ?? null,
    live: row?.live ?? null,
    customers: customers?.count ?? 0,
    subscriptions: plans?.count ?? 0,
    cards: cards?.count ?? 0,
    openOrders: open.length,
    unsettled: open
      .filter(({ status }) => isUnsettled(status))
      .map(({ reference }) => reference)
      .sort(),
    events: events?.count ?? 0,
    credits: paid,
  };
}

const isUnsettled = (status: string) => status === "processing" || status === "requires_action";

/** Processes that write meanwhile, by name; none may. */
export async function listRunning(db: Database): Promise<string[]> {
  const rows = await db.execute<{ name: string }>(sql`
    select 'a web process (' || id || ')' as name from web_processes where seen_at > now() - interval '3 minutes'
    union all
    select 'the worker ' || name from workers where stopped_at is null and seen_at > now() - interval '1 minute'`);
  return rows.map(({ name }) => name);
}

const PAGE = 200;

/**
 * Makes the database forget the Stripe account it belongs to: ids of customers, cards, subscriptions and invoices go, open
 * orders, visits to Checkout and plan payments end, plans end with now, and what is left of what that account was paid for
 * is revoked without making anybody owe. Orders, payments, entries and events stay. Connect as the owner of the tables. One
 * transaction for each account: stopped anywhere and run again it goes on, and until it has ended no process starts.
 */
export async function forgetStripe(db: Database, options: ForgetOptions): Promise<"done" | "stopped"> {
  // Also where nothing was stored yet: from now on nobody may begin.
  await db
    .insert(stripeAccount)
    .values({ id: null, live: false, forgettingSince: sql`now()` })
    .onConflictDoUpdate({ target: stripeAccount.one, set: { forgettingSince: sql`now()` } });
  const [total] = await db.select({ count: sql<number>`count(*)::int` }).from(accounts);
  let done = 0;
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const page = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(gt(accounts.id, after))
      .orderBy(asc(accounts.id))
      .limit(PAGE);
    for (const { id } of page) {
      if (options.isStopped?.()) return "stopped";
      await transact(db, (tx) => forgetAccount(tx, id, options));
      done += 1;
    }
    const last = page.at(-1);
    options.onProgress?.(done, total?.count ?? done);
    if (!last) break;
    after = last.id;
  }
  await transact(db, forgetTheRest);
  return "done";
}

const FORGOTTEN = "of a Stripe account that was forgotten";

/** What is of no account, and last of all whose the database was. */
async function forgetTheRest(tx: Tx): Promise<void> {
  await tx
    .update(stripeEvents)
    .set({ parkedReason: FORGOTTEN, nextTryAt: null })
    .where(and(isNull(stripeEvents.handledAt), isNull(stripeEvents.parkedReason)));
  await tx
    .update(attentionItems)
    .set({ state: "resolved", resolvedAt: sql`now()`, acknowledgedAt: null })
    .where(inArray(attentionItems.state, ["open", "acknowledged"]));
  await tx.delete(stripeAccount);
}

async function forgetAccount(tx: Tx, accountId: string, { keepCredits }: ForgetOptions): Promise<void> {
  const { account, now } = await lockAccount(tx, accountId);
  const { stripeCustomerId: customerId } = account;
  if (customerId) await keepEvents(tx, { accountId, customerId });
  await cancelOrders(tx, accountId, now);
  // Nothing of what was paid at the other account can be asked any more.
  await tx.update(orders).set({ nextReturnsReadAt: null }).where(eq(orders.accountId, accountId));
  if (!keepCredits) await revokePaidFor(tx, accountId);
  await endPlan(tx, accountId, now);
  await tx
    .update(checkouts)
    .set({ status: "expired", endedAt: now, nextReadAt: null })
    .where(and(eq(checkouts.accountId, accountId), isNull(checkouts.endedAt)));
  await tx
    .update(planPayments)
    .set({ status: "canceled", endedAt: now, updatedAt: now })
    .where(and(eq(planPayments.accountId, accountId), isNull(planPayments.endedAt)));
  await tx
    .update(planPayments)
    .set({ voidPending: false })
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.voidPending, true)));
  await tx.delete(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  for (const table of [invoiceReversals, invoiceRefundRequests, invoiceRefunds, invoiceDisputes])
    await tx.delete(table).where(eq(table.accountId, accountId));
  for (const table of [invoiceLines, pendingLines, subscriptionItems, subscriptionOwners])
    await tx.delete(table).where(eq(table.accountId, accountId));
  await tx.delete(invoices).where(eq(invoices.accountId, accountId));
  await tx.delete(subscriptions).where(eq(subscriptions.accountId, accountId));
  await tx
    .update(accounts)
    .set({
      stripeCustomerId: null,
      billingReadAt: null,
      customerRequest: null,
      defaultPaymentMethodId: null,
      customerBalanceCents: 0n,
      adoptingCardId: null,
      adoptingCardAt: null,
      formerCustomers: sql`${accounts.formerCustomers} + 1`,
    })
    .where(
      and(
        eq(accounts.id, accountId),
        or(isNotNull(accounts.stripeCustomerId), isNotNull(accounts.customerRequest)),
      ),
    );
}

/** Nobody can pay them any more. What was under way may have been paid at the other account: the command names it. */
async function cancelOrders(tx: Tx, accountId: string, now: Date): Promise<void> {
  await tx
    .update(attempts)
    .set({ status: "canceled", endedAt: now })
    .where(and(eq(attempts.accountId, accountId), isNull(attempts.endedAt)));
  const canceled = await tx
    .update(orders)
    .set({ status: "canceled", canceledAt: now, updatedAt: now })
    .where(and(eq(orders.accountId, accountId), inArray(orders.status, OPEN_ORDER)))
    .returning({ orderId: orders.id });
  for (const { orderId } of canceled)
    await recordTransition(tx, { accountId, orderId, status: "canceled", attemptNumber: null, at: now });
}

/** What is left, and nothing of what was spent, held or has expired: so nobody owes for it. */
async function revokePaidFor(tx: Tx, accountId: string): Promise<Credits> {
  // The ledger's lock, before what is left is read.
  await tx.select().from(balances).where(eq(balances.accountId, accountId)).for("update");
  const grants = await listPaidFor(tx, accountId);
  const outcomes = await commit(
    tx,
    accountId,
    grants.map(({ id, remainingCredits: credits }) => ({
      key: `forget:${id}`,
      command: { kind: "revoke", grantId: id, credits } as const,
      cause: bySystem("its Stripe account was forgotten"),
    })),
  );
  for (const { answer } of outcomes.flatMap((each) => (each.kind === "refused" ? [] : [each])))
    invariant(answer.kind === "revoked" && answer.debt === 0n, "forgetting makes nobody owe");
  return sumCredits(grants.map(({ remainingCredits }) => remainingCredits));
}

/** The plan a subscription gave ends with now, and nothing of it is judged by its payment any more. */
async function endPlan(tx: Tx, accountId: string, now: Date): Promise<void> {
  await tx
    .update(allowances)
    .set({ payment: "void", frozen: false, closed: "never_invoiced", closedAt: now })
    .where(
      and(
        eq(allowances.accountId, accountId),
        isNull(allowances.closed),
        inArray(allowances.payment, ["provisional", "owed"]),
      ),
    );
  const ended = await tx
    .update(subscriptions)
    .set({
      status: "canceled",
      endedAt: now,
      nextReadAt: null,
      ...{ pendingChange: null, pendingPlan: null, pendingInterval: null, pendingSince: null },
      ...{ changeToRestore: null, planToRestore: null, intervalToRestore: null, leaseUntil: null },
    })
    .where(and(eq(subscriptions.accountId, accountId), isNull(subscriptions.endedAt)))
    .returning({ id: subscriptions.id });
  if (ended.length > 0) await applyFacts(tx, await lockAccount(tx, accountId));
}
