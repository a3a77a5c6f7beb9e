import { and, desc, eq, getTableColumns, gte, inArray, isNotNull, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { currentGrants, invoices, planPeriods, subscriptions } from "../../../db/schema";
import { getPlan, isFree } from "../../catalog/plans";
import { invariant } from "../../result";
import type { AccountRow } from "../account";
import type { CycleInvoice, CyclePeriod, CycleSubscription, Known, SubscribedPlan } from "./cycle-facts";
import { LOOK_AHEAD_MS } from "./decide-cycle";

export type SubscriptionRow = typeof subscriptions.$inferSelect;
type SoldColumns =
  | "plan"
  | "interval"
  | "priceId"
  | "priceCents"
  | "creditsPerCycle"
  | "itemId"
  | "periodStart"
  | "periodEnd";
/** One of which it is known what it sells. */
export type SoldRow = SubscriptionRow & {
  readonly [column in SoldColumns]: NonNullable<SubscriptionRow[column]>;
};
export const isSold = (row: SubscriptionRow): row is SoldRow =>
  row.plan !== null && row.priceCents !== null && row.periodStart !== null;

/** A period, and when its credits expire. */
export type PeriodRow = typeof planPeriods.$inferSelect & { readonly creditsUntil: Date };
type InvoiceRow = typeof invoices.$inferSelect;

/** Older than this nothing changes any more: a year is the longest that is paid for at one go. */
const MEMORY_DAYS = 400;
const DAY_MS = 86_400_000;
const MOST_INVOICES = 100;

/** Everything a cycle is decided on, and the rows of its periods. Call it under the account's lock. */
export async function readCycle(
  db: Reader,
  account: AccountRow,
  now: Date,
): Promise<{ known: Known; periods: readonly PeriodRow[] }> {
  const { id } = account;
  const since = new Date(now.getTime() - MEMORY_DAYS * DAY_MS);
  const [subscribed, periods, billed, awake] = await Promise.all([
    db.select().from(subscriptions).where(eq(subscriptions.accountId, id)),
    db
      .select({ ...getTableColumns(planPeriods), creditsUntil: currentGrants.expiresAt })
      .from(planPeriods)
      .innerJoin(
        currentGrants,
        and(eq(currentGrants.accountId, planPeriods.accountId), eq(currentGrants.id, planPeriods.grantId)),
      )
      .where(
        and(
          eq(planPeriods.accountId, id),
          or(gte(planPeriods.startsAt, since), inArray(planPeriods.payment, ["awaited", "failed", "unpaid"])),
        ),
      ),
    db
      .select()
      .from(invoices)
      .where(and(eq(invoices.accountId, id), isNotNull(invoices.plan)))
      .orderBy(desc(invoices.createdAt), desc(invoices.id))
      .limit(MOST_INVOICES),
    isAwake(db, account, now),
  ]);
  const known: Known = {
    account: {
      plan: account.plan,
      planStatus: account.planStatus,
      anchor: account.cycleAnchor,
      period: { start: account.periodStart, end: account.periodEnd },
      allowance: account.allowanceCredits ?? getPlan(account.plan).creditsPerCycle,
      createdAt: account.createdAt,
    },
    subscriptions: subscribed.filter(isSold).map(toSubscription),
    periods: periods.map(toPeriod),
    invoices: billed.map(toInvoice),
    awake,
    since,
  };
  return { known, periods };
}

/** Whether a Free account used anything of its running cycle; asked only when that decides something. */
async function isAwake(db: Reader, account: AccountRow, now: Date): Promise<boolean> {
  const { id, plan, periodEnd } = account;
  if (!isFree(plan)) return true;
  const isNear = periodEnd > now && periodEnd.getTime() - now.getTime() <= LOOK_AHEAD_MS;
  if (!isNear) return false;
  const used = await db
    .select({ id: currentGrants.id })
    .from(currentGrants)
    .where(
      and(
        eq(currentGrants.accountId, id),
        gte(currentGrants.expiresAt, periodEnd),
        sql`${currentGrants.remainingCredits} < ${currentGrants.credits}`,
      ),
    )
    .limit(1);
  return used.length > 0;
}

const toSubscription = (row: SoldRow): CycleSubscription => ({
  id: row.id,
  status: row.status,
  isPrimary: row.isPrimary,
  offer: { plan: row.plan, interval: row.interval, credits: row.creditsPerCycle },
  anchor: row.anchor,
  period: { start: row.periodStart, end: row.periodEnd },
  cancelAt: row.cancelAt,
  next: toNext(row),
  createdAt: row.createdAt,
  endedAt: row.endedAt,
  freedAt: row.freedAt,
});

const toNext = ({ nextPlan, nextInterval, nextCreditsPerCycle }: SubscriptionRow): SubscribedPlan | null =>
  nextPlan && nextInterval && nextCreditsPerCycle
    ? { plan: nextPlan, interval: nextInterval, credits: nextCreditsPerCycle }
    : null;

const toPeriod = (row: PeriodRow): CyclePeriod => ({
  source: row.source,
  plan: row.plan,
  subscriptionId: row.subscriptionId,
  startsAt: row.startsAt,
  endsAt: row.endsAt,
  creditsUntil: row.creditsUntil,
  payment: row.payment,
  withdrawn: row.withdrawnAt !== null,
});

function toInvoice(row: InvoiceRow): CycleInvoice {
  const { plan, periodStart, periodEnd, creditsPerCycle } = row;
  invariant(plan && periodStart && periodEnd && creditsPerCycle, `invoice ${row.id} says what it is for`);
  return {
    id: row.id,
    subscriptionId: row.subscriptionId,
    status: row.status,
    reason: row.reason,
    plan,
    credits: creditsPerCycle,
    period: { start: periodStart, end: periodEnd },
    attempts: row.attempts,
    createdAt: row.createdAt,
  };
}
