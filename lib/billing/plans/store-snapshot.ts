import { and, eq, ne, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { invoices, subscriptions } from "../../../db/schema";
import type { BillingLog } from "../deps";
import type { InvoiceFacts, PlanSnapshot, SubscriptionFacts } from "../plan-gateway";
import type { SubscriptionStatus } from "../subscriptions/facts";
import type { SubscriptionRow } from "./cycle-rows";
import { NO_WISH, wishLeft } from "./wish";

const MINUTE_MS = 60_000;
/** A renewal's invoice is a draft for about an hour before it is charged. */
const AFTER_RENEWAL_MS = 75 * MINUTE_MS;
const OFTEN_MS = 60 * MINUTE_MS;
const DAILY_MS = 24 * 60 * MINUTE_MS;

const LIVE: readonly SubscriptionStatus[] = ["trialing", "active", "past_due", "unpaid", "paused"];
const NEVER_BEGUN: readonly SubscriptionStatus[] = ["incomplete", "incomplete_expired"];

/** Whether a subscription decides what the account's plan is. */
export const isLive = ({ status }: { readonly status: SubscriptionStatus }): boolean => LIVE.includes(status);

/**
 * A step: replaces what is kept of an account's subscriptions and invoices by what Stripe said. Call it under the
 * account's lock, with the answer to the latest question.
 */
export async function storeSnapshot(
  tx: Tx,
  accountId: string,
  snapshot: PlanSnapshot,
  { now, log }: { readonly now: Date; readonly log: BillingLog },
): Promise<void> {
  const kept = await tx.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  const primary = choosePrimary(accountId, snapshot.subscriptions, log);
  await endWhatIsGone(tx, accountId, { kept, snapshot, now });
  // One row at a time may be the primary, and the index sees to it: the others step back first.
  if (primary) {
    await tx
      .update(subscriptions)
      .set({ isPrimary: false, askAt: null, ...NO_WISH })
      .where(and(eq(subscriptions.accountId, accountId), ne(subscriptions.id, primary.id)));
  }
  for (const facts of snapshot.subscriptions) {
    const before = kept.find((each) => each.id === facts.id);
    await putSubscription(tx, toRow(accountId, facts, { before, isPrimary: facts === primary, now }));
  }
  await putInvoices(tx, accountId, snapshot.invoices);
}

/** The one that lives longest; of those that are over, the latest. A second live one is for an operator to look at. */
function choosePrimary(
  accountId: string,
  all: readonly SubscriptionFacts[],
  log: BillingLog,
): SubscriptionFacts | null {
  const begun = all.filter((each) => !NEVER_BEGUN.includes(each.status));
  const oldestFirst = begun.toSorted(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1),
  );
  const [first, ...others] = oldestFirst.filter(isLive);
  if (others.length > 0) {
    log.error(
      { accountId, subscriptions: [first, ...others].map((each) => each?.id) },
      "an account has several live subscriptions; the oldest counts",
    );
  }
  return first ?? oldestFirst.at(-1) ?? null;
}

/** Stripe lists what was canceled; what it does not know of any more went with its deleted customer. */
async function endWhatIsGone(
  tx: Tx,
  accountId: string,
  seen: { kept: readonly SubscriptionRow[]; snapshot: PlanSnapshot; now: Date },
): Promise<void> {
  const gone = seen.kept.filter(
    (row) => isLive(row) && !seen.snapshot.subscriptions.some((each) => each.id === row.id),
  );
  for (const { id } of gone) {
    await tx
      .update(subscriptions)
      .set({ status: "canceled", endedAt: seen.now, askAt: null, ...NO_WISH })
      .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id)));
  }
}

type NewRow = typeof subscriptions.$inferInsert;
type Context = {
  readonly before: SubscriptionRow | undefined;
  readonly isPrimary: boolean;
  readonly now: Date;
};

function toRow(accountId: string, facts: SubscriptionFacts, context: Context): NewRow {
  const { price, period, next } = facts;
  return {
    accountId,
    id: facts.id,
    status: facts.status,
    isPrimary: context.isPrimary,
    plan: price.plan,
    interval: price.interval,
    priceId: price.priceId,
    priceCents: price.priceCents,
    creditsPerCycle: price.creditsPerCycle,
    itemId: facts.itemId,
    anchor: facts.anchor,
    periodStart: period.start,
    periodEnd: period.end,
    cancelAt: facts.cancelAt,
    scheduleId: facts.scheduleId,
    nextPlan: next?.plan ?? null,
    nextInterval: next?.interval ?? null,
    nextPriceCents: next?.priceCents ?? null,
    nextCreditsPerCycle: next?.creditsPerCycle ?? null,
    paymentMethodId: facts.paymentMethodId,
    createdAt: facts.createdAt,
    endedAt: facts.endedAt,
    ...(context.before
      ? wishLeft(context.before, facts, { counts: context.isPrimary && isLive(facts), now: context.now })
      : NO_WISH),
    freedAt: freedAt(facts, context),
    askAt: askAt(facts, context),
  };
}

/** Over when it was heard of first: the account's plan never came from it, and does not end with it. */
function freedAt(facts: SubscriptionFacts, { before, now }: Context): Date | null {
  if (isLive(facts)) return facts.cancelAt && facts.cancelAt <= now ? (before?.freedAt ?? null) : null;
  const wasLive = before !== undefined && isLive(before);
  return before?.freedAt ?? (wasLive ? null : (facts.endedAt ?? facts.createdAt));
}

/** Events may all be lost: then it is this question that finds out. */
function askAt(facts: SubscriptionFacts, { isPrimary, now }: Context): Date | null {
  if (facts.status === "incomplete") return new Date(now.getTime() + OFTEN_MS);
  if (!isPrimary || !isLive(facts)) return null;
  if (facts.status !== "active" || facts.hasPendingUpdate || facts.period.end <= now)
    return new Date(now.getTime() + OFTEN_MS);
  return new Date(Math.min(facts.period.end.getTime() + AFTER_RENEWAL_MS, now.getTime() + DAILY_MS));
}

async function putSubscription(tx: Tx, row: NewRow): Promise<void> {
  const { accountId: _, id: __, ...changing } = row;
  await tx
    .insert(subscriptions)
    .values(row)
    .onConflictDoUpdate({ target: [subscriptions.accountId, subscriptions.id], set: changing });
}

async function putInvoices(tx: Tx, accountId: string, facts: readonly InvoiceFacts[]): Promise<void> {
  if (facts.length === 0) return;
  await tx
    .insert(invoices)
    .values(
      facts.map((each) => ({
        accountId,
        id: each.id,
        number: each.number,
        subscriptionId: each.subscriptionId,
        status: each.status,
        reason: each.reason,
        plan: each.line?.price.plan ?? null,
        creditsPerCycle: each.line?.price.creditsPerCycle ?? null,
        periodStart: each.line?.period.start ?? null,
        periodEnd: each.line?.period.end ?? null,
        totalCents: each.totalCents,
        dueCents: each.dueCents,
        paidCents: each.paidCents,
        currency: each.currency,
        attempts: each.attempts,
        nextAttemptAt: each.nextAttemptAt,
        failureCode: each.payment?.failureCode ?? null,
        hostedUrl: each.hostedUrl,
        pdfUrl: each.pdfUrl,
        createdAt: each.createdAt,
        paidAt: each.paidAt,
      })),
    )
    .onConflictDoUpdate({
      target: [invoices.accountId, invoices.id],
      set: {
        number: sql`excluded.number`,
        status: sql`excluded.status`,
        plan: sql`excluded.plan`,
        creditsPerCycle: sql`excluded.credits_per_cycle`,
        periodStart: sql`excluded.period_start`,
        periodEnd: sql`excluded.period_end`,
        totalCents: sql`excluded.total_cents`,
        dueCents: sql`excluded.due_cents`,
        paidCents: sql`excluded.paid_cents`,
        attempts: sql`excluded.attempts`,
        nextAttemptAt: sql`excluded.next_attempt_at`,
        failureCode: sql`excluded.failure_code`,
        hostedUrl: sql`excluded.hosted_url`,
        pdfUrl: sql`excluded.pdf_url`,
        paidAt: sql`excluded.paid_at`,
      },
    });
}
