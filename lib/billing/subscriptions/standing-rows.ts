import { and, eq, gte, inArray, lte, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import {
  accounts,
  allowances,
  currentGrants,
  invoiceLines,
  invoices,
  pendingLines,
  subscriptionItems,
  subscriptions,
} from "../../../db/schema";
import { type NamedPlan, namePlan, type PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { type Credits, credits } from "../../money/credits";
import { toLine, toSubscription } from "../allowances/apply/stored-facts";
import { pendingWorth } from "../allowances/attention-facts";
import { isDebit } from "../allowances/line-worth";
import type { SubscriptionRow } from "../subscription-row";
import { type ItemJson, type LineJson, type PlanStanding, standingOf } from "./standing";

/** Of the subscription that a query joins: items that are there, and lines of invoices that cover this instant, newest first. */
export const itemsOfShown = (accountId: string) => sql<ItemJson[]>`(
  select coalesce(json_agg(json_build_object('id', i.id, 'plan', i.plan, 'interval', i.interval, 'credits', i.credits_per_month::text, 'cents', i.unit_cents::text,
    'currency', i.currency, 'quantity', i.quantity, 'unreadable', i.unreadable_reason, 'known', i.known_plan, 'knownQuantity', i.known_quantity)), '[]')
  from ${subscriptionItems} i where i.account_id = ${accountId} and i.subscription_id = ${subscriptions.id} and i.gone_at is null)`;

export const linesOfShown = (accountId: string) => sql<LineJson[]>`(
  select coalesce(json_agg(json_build_object('itemId', l.item_id, 'plan', l.plan, 'interval', l.interval, 'credits', l.credits_per_month::text,
    'cents', l.unit_cents::text, 'quantity', l.quantity) order by l.period_start desc, v.created_at desc, l.position desc), '[]')
  from ${invoiceLines} l join ${invoices} v on v.account_id = l.account_id and v.id = l.invoice_id
  where l.account_id = ${accountId} and l.subscription_id = ${subscriptions.id} and l.period_start <= now() and now() < l.period_end
    and l.amount_cents >= 0 and v.status <> 'void')`;

export const hasPendingLines = (accountId: string) =>
  sql<boolean>`exists (select from ${pendingLines} w where w.account_id = ${accountId})`;

/** The standing of the account's subscription, for whoever is about to change it. */
export async function readStanding(db: Reader, accountId: string): Promise<PlanStanding | null> {
  const [row] = await db
    .select({ account: accounts, subscription: subscriptions, items: itemsOfShown(accountId) })
    .from(accounts)
    .leftJoin(subscriptions, and(eq(subscriptions.accountId, accounts.id), subscriptions.isPrimary))
    .where(eq(accounts.id, accountId));
  return row ? standingOf(row.subscription, row.items, row.account) : null;
}

/** Stripe lets the first payment of a subscription be made for this long; then it was never one. */
const FIRST_PAYMENT_MS = 23 * 3_600_000;

/** A plan that was chosen, and whose first payment was not made yet: it has not begun. */
export type UnfinishedPlan = {
  readonly plan: NamedPlan;
  readonly interval: PlanInterval;
  /** Until when it can be paid. */
  readonly until: Date;
};

type UnfinishedJson = { plan: PlanId; interval: PlanInterval; createdAt: string };

export const unfinishedOf = (accountId: string) => sql<UnfinishedJson | null>`(
  select json_build_object('plan', s.plan, 'interval', s.interval, 'createdAt', s.created_at)
  from ${subscriptions} s where s.account_id = ${accountId} and s.status = 'incomplete' and s.plan is not null
  order by s.created_at desc limit 1)`;

export function toUnfinished(json: UnfinishedJson | null, now: Date): UnfinishedPlan | null {
  if (!json) return null;
  const until = new Date(new Date(json.createdAt).getTime() + FIRST_PAYMENT_MS);
  return now < until ? { plan: namePlan(json.plan), interval: json.interval, until } : null;
}

/** A plan that was raised in the middle of a billing period: its difference is charged with the next invoice. */
export type RaisedPlan = { readonly since: Date /** That invoice brings. */; readonly credits: Credits };

/** What lines that wait for the next invoice of this subscription bring; null where they bring nothing. */
export async function readRaised(db: Reader, row: SubscriptionRow): Promise<RaisedPlan | null> {
  const { accountId, id } = row;
  const waiting = await db
    .select()
    .from(pendingLines)
    .where(and(eq(pendingLines.accountId, accountId), eq(pendingLines.subscriptionId, id)));
  const lines = waiting.map(toLine);
  const worth = pendingWorth({ pendingLines: lines, subscriptions: [toSubscription(row, [], [])] });
  const starts = lines.flatMap((each) => (isDebit(each) && each.offer ? [each.period.start.getTime()] : []));
  return worth > 0n && starts.length > 0
    ? { since: new Date(Math.max(...starts)), credits: credits(worth) }
    : null;
}

/** A subscription that is over, with what went and what stays of the credits it gave. */
export type EndedPlan = {
  readonly plan: NamedPlan | null;
  readonly at: Date;
  /** Left, and expired with it: of the plan's and of those bought for its cycle. */
  readonly expired: Credits;
  /** Taken back, because they were never paid for. */
  readonly revoked: Credits;
  /** Paid for beyond the end. */
  readonly left: { readonly credits: Credits; readonly until: Date } | null;
};

/** Stripe may say a little late that a subscription ended at its boundary. */
const AROUND_MS = 3_600_000;
const NEVER_PAID = ["unpaid", "never_renewed"] as const;

/** What became of the credits of the account's subscription that ended at `downgradedToFreeAt`. */
export async function readEnded(
  db: Reader,
  { accountId, id, plan }: SubscriptionRow,
  downgradedToFreeAt: Date,
): Promise<EndedPlan> {
  const from = new Date(downgradedToFreeAt.getTime() - AROUND_MS);
  const to = new Date(downgradedToFreeAt.getTime() + AROUND_MS);
  const withIt = and(lte(currentGrants.expiresAt, sql`now()`), lte(currentGrants.expiresAt, to));
  const of = and(
    eq(allowances.accountId, currentGrants.accountId),
    eq(allowances.grantId, currentGrants.id),
    eq(allowances.subscriptionId, id),
  );
  const { expiresAt, remainingCredits, expiredCredits, revokedCredits, frozenAt, kind } = currentGrants;
  const isItsOwn = sql`${allowances.source} is not null`;
  const lives = sql`${isItsOwn} and ${expiresAt} > now() and ${frozenAt} is null and ${remainingCredits} > 0`;
  const [sums] = await db
    .select({
      expired: sql<string>`coalesce(sum(${remainingCredits} + ${expiredCredits}) filter (where (${isItsOwn} or ${kind} = 'purchase') and ${withIt}), 0)`,
      revoked: sql<string>`coalesce(sum(${revokedCredits}) filter (where ${inArray(allowances.closed, [...NEVER_PAID])}), 0)`,
      left: sql<string>`coalesce(sum(${remainingCredits}) filter (where ${lives}), 0)`,
      until: sql<string | null>`max(${expiresAt}) filter (where ${lives})`,
    })
    .from(currentGrants)
    .leftJoin(allowances, of)
    .where(and(eq(currentGrants.accountId, accountId), gte(expiresAt, from)));
  const amount = (text: string | undefined) => credits(BigInt(text ?? 0));
  return {
    plan: plan && namePlan(plan),
    at: downgradedToFreeAt,
    expired: amount(sums?.expired),
    revoked: amount(sums?.revoked),
    left: sums?.until ? { credits: amount(sums.left), until: new Date(sums.until) } : null,
  };
}
