import { and, eq, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { prepareOnce } from "../../db/prepare-once";
import {
  accounts,
  allowances,
  attempts,
  currentGrants,
  invoices,
  orders,
  paymentMethods,
  planPayments,
  subscriptions,
} from "../../db/schema";
import type { BillingPeriod } from "../calendar";
import { getPlan, type Plan } from "../catalog/plans";
import { toPublicId } from "../ids";
import { recentUseOf, toRecentUse } from "../ledger/recent-use";
import { type Cents, type Credits, credits, NO_CREDITS } from "../money/credits";
import { invariant } from "../result";
import { type AccountRow, checkMayBuy, type MayNotBuy } from "./account";
import { isNextMonthReturned as findNextMonthReturned } from "./allowances/cycles/next-month";
import { type CardView, type SavedCardJson, toCardViews, toSavedCard } from "./cards/view";
import type { RecentUse } from "./forecast";
import { PAYMENTS_UNAVAILABLE_CODE } from "./gateway";
import type { OrderStatus } from "./orders/rows";
import { CHANGE_PLANNED } from "./plan-gateway";
import { findPurchasesPause } from "./purchases-switch";
import { isDisputed } from "./returns/queries";
import { isLive, isSold } from "./subscription-row";
import { openInvoicesOf } from "./subscriptions/open-invoice";
import { type PlanStanding, standingOf } from "./subscriptions/standing";
import {
  type EndedPlan,
  hasPendingLines,
  itemsOfShown,
  linesOfShown,
  readEnded,
  readRaised,
  toUnfinished,
  type UnfinishedPlan,
  unfinishedOf,
} from "./subscriptions/standing-rows";
import type { GrantSource } from "./subscriptions/view";
import {
  asItRuns,
  findVoided,
  type GrantSourceJson,
  type OpenInvoiceView,
  type OpenPaymentJson,
  type OpenPlanPaymentView,
  type SubscriptionView,
  toGrantSource,
  toOpenInvoice,
  toOpenPayment,
  toSubscriptionView,
  type VoidedMonth,
} from "./subscriptions/view";

export type AccountView = {
  readonly plan: Plan;
  readonly planStatus: AccountRow["planStatus"];
  readonly period: BillingPeriod;
  /** The cycle before the running one; it ended where that began, if not before. */
  readonly lastCycle: BillingPeriod | null;
  /** The default one first; empty when none is saved. */
  readonly cards: readonly CardView[];
  /** Null for Free, and for plans by agreement that Stripe knows nothing of. */
  readonly subscription: SubscriptionView | null;
  /** What keeps the subscription from just running, beyond a payment that failed; null: nothing does. */
  readonly standing: PlanStanding | null;
  /** Null where the plan gives none. */
  readonly creditsPerCycle: Credits | null;
  /** The next month of a year that was paid at once brings nothing: its money went back, or is disputed. */
  readonly isNextMonthReturned: boolean;
  /** What is to be paid next: the newest invoice that is not paid. */
  readonly openInvoice: OpenInvoiceView | null;
  /** Older ones, newest first: each is to be paid after those before it. */
  readonly olderInvoices: readonly OpenInvoiceView[];
  /** A plan that was chosen and whose first payment is missing. */
  readonly unfinished: UnfinishedPlan | null;
  /** The running month's credits ended because its invoice was canceled. */
  readonly voided: VoidedMonth | null;
  /** The plan that ended where the running cycle began. */
  readonly ended: EndedPlan | null;
  /** A payment for a plan that has not reached an end. There is one at most. */
  readonly openPayment: OpenPlanPaymentView | null;
  /** Null when the account may buy add-on credits now. */
  readonly mayNotBuy: MayNotBuy["code"] | "purchases_paused" | null;
  /** What an operator who paused purchases wrote for customers. */
  readonly purchasesPaused: string | null;
  /** References of the latest 200 paid orders by the grant they gave, to name where add-on credits come from. */
  readonly orderReferences: ReadonlyMap<string, string>;
  /** Of the latest 24 periods by the grant they gave, to name where plan credits come from. */
  readonly grantSources: ReadonlyMap<string, GrantSource>;
  /** Orders that are neither paid nor canceled, newest first. */
  readonly openOrders: readonly OpenOrderView[];
  /** What expired unused where the running cycle began; told of in its first days, zero afterwards. */
  readonly expiredAtStart: Credits;
  /** What was spent lately; null while too much of it waits to be added up. */
  readonly recentUse: RecentUse | null;
  /** The database's clock when this was read. */
  readonly now: Date;
};

export type OpenOrderView = {
  readonly id: string;
  readonly reference: string;
  readonly status: OrderStatus;
  readonly amountCents: Cents;
  readonly credits: Credits;
  readonly expiresAt: Date;
  /** It waits for Stripe to say that its payment is canceled. */
  readonly canceling: boolean;
  /** What Stripe says does not match; an operator looks at it. */
  readonly underReview: boolean;
  /** The newest try to pay it. */
  readonly attempt: {
    readonly status: typeof attempts.$inferSelect.status;
    readonly declineCode: string | null;
    readonly card: { readonly brand: string; readonly last4: string };
  } | null;
};

type OpenOrderJson = Omit<OpenOrderView, "amountCents" | "credits" | "expiresAt"> & {
  amountCents: string;
  credits: string;
  expiresAt: string;
};

const openOrdersOf = (accountId: unknown) => sql<OpenOrderJson[]>`(
  select coalesce(json_agg(json_build_object('id', o.id, 'reference', o.reference, 'status', o.status, 'amountCents', o.amount_cents::text, 'credits', o.credits::text,
    'expiresAt', o.expires_at, 'canceling', o.cancel_requested_at is not null, 'underReview', o.parked_reason is not null, 'attempt', (
      select json_build_object('status', a.status, 'declineCode', a.decline_code, 'card', json_build_object('brand', a.card_brand, 'last4', a.card_last4))
      from ${attempts} a where a.account_id = ${accountId} and a.order_id = o.id order by a.number desc limit 1)
    ) order by o.created_at desc), '[]')
  from ${orders} o where o.account_id = ${accountId} and o.status in ('pending', 'processing', 'requires_action', 'declined'))`;

/**
 * Saved cards, newest first, each with what it was last declined for in the running cycle unless it has paid since. That no card
 * was asked is no decline.
 */
const cardsOf = (accountId: unknown) => sql<SavedCardJson[]>`(
  select coalesce(json_agg(json_build_object('id', c.id, 'brand', c.brand, 'last4', c.last4, 'expMonth', c.exp_month, 'expYear', c.exp_year, 'declined', (
      select json_build_object('at', d.ended_at, 'code', d.decline_code) from (
        select a.ended_at, a.decline_code, a.created_at from ${attempts} a
        where a.account_id = ${accountId} and a.payment_method_id = c.id and a.status = 'declined' and a.created_at >= ${accounts.periodStart}
        union all
        select p.ended_at, p.decline_code, p.created_at from ${planPayments} p
        where p.account_id = ${accountId} and p.payment_method_id = c.id and p.status = 'declined' and p.created_at >= ${accounts.periodStart}
          and coalesce(p.decline_code, '') not in (${PAYMENTS_UNAVAILABLE_CODE}, ${CHANGE_PLANNED})
      ) d
      where not exists (select from ${attempts} s where s.account_id = ${accountId} and s.payment_method_id = c.id and s.status = 'succeeded' and s.created_at > d.created_at)
        and not exists (select from ${planPayments} s where s.account_id = ${accountId} and s.payment_method_id = c.id and s.status = 'paid' and s.created_at > d.created_at)
      order by d.created_at desc limit 1)
    ) order by c.created_at desc), '[]')
  from ${paymentMethods} c where c.account_id = ${accountId} and c.remove_requested_at is null)`;

/** So long into a cycle it is said what expired at its start. */
const FIRST_DAYS = 3;

const expiredAtStartOf = (accountId: unknown) => sql<
  string | null
>`case when now() < ${accounts.periodStart} + make_interval(days => ${FIRST_DAYS}) then (
  select sum(g.remaining_credits + g.expired_credits)::text from ${currentGrants} g where g.account_id = ${accountId} and g.expires_at = ${accounts.periodStart}) end`;

const hasReturns = (accountId: unknown) => sql<boolean>`exists (
  select from ${invoices} i where i.account_id = ${accountId} and i.returns_read_applied > 0)`;

type PeriodJson = { start: string; end: string };

const lastCycleOf = (accountId: unknown) => sql<PeriodJson | null>`(
  select json_build_object('start', p.starts_at, 'end', least(p.ends_at, ${accounts.periodStart})) from ${allowances} p
  where p.account_id = ${accountId} and p.is_cycle and p.starts_at < ${accounts.periodStart} order by p.starts_at desc limit 1)`;

const readAccount = prepareOnce(["accountId"], (db, { accountId }: { readonly accountId: string }) =>
  db
    .select({
      account: accounts,
      subscription: subscriptions,
      now: sql<string>`now()`,
      openInvoices: openInvoicesOf(db, accountId),
      lastCycle: lastCycleOf(accountId),
      items: itemsOfShown(accountId),
      lines: linesOfShown(accountId),
      hasPendingLines: hasPendingLines(accountId),
      recentUse: recentUseOf(accountId),
      unfinished: unfinishedOf(accountId),
      cards: cardsOf(accountId),
      openOrders: openOrdersOf(accountId),
      expiredAtStart: expiredAtStartOf(accountId),
      isDisputed: isDisputed(db, accountId),
      hasReturns: hasReturns(accountId),
      references: sql<Record<string, string>>`(
        select coalesce(json_object_agg(o.grant_id, o.reference), '{}') from (
          select grant_id, reference from ${orders} where account_id = ${accountId} and paid_at is not null order by created_at desc limit 200
        ) o)`,
      openPayment: sql<OpenPaymentJson | null>`(
        select json_build_object('id', p.id, 'kind', p.kind, 'status', p.status, 'toPlan', p.to_plan, 'amountCents', p.amount_cents::text,
          'card', json_build_object('brand', p.card_brand, 'last4', p.card_last4))
        from ${planPayments} p where p.account_id = ${accountId} and p.ended_at is null limit 1)`,
      sources: sql<Record<string, GrantSourceJson>>`(
        select coalesce(json_object_agg(p.grant_id, json_build_object('plan', p.plan, 'start', p.starts_at, 'end', p.ends_at, 'revoked', p.closed is not null, 'periodStart', p.period_start, 'voided', p.closed = 'voided')), '{}') from (
          select grant_id, plan, starts_at, ends_at, closed, period_start from ${allowances} where account_id = ${accountId} and grant_id is not null order by starts_at desc limit 24
        ) p)`,
    })
    .from(accounts)
    .leftJoin(subscriptions, and(eq(subscriptions.accountId, accounts.id), eq(subscriptions.isPrimary, true)))
    .where(eq(accounts.id, accountId))
    .prepare("account_view"),
);

export type AccountViewOptions = {
  readonly buysInDispute?: boolean;
  /** What customers are told while purchases are paused, where the caller knows; left out, it is read beside. */
  readonly purchasesPaused?: string | null;
};

/** Plan, cycle, cards and open orders of an account: one query. */
export async function getAccountView(
  db: Reader,
  accountId: string,
  { buysInDispute = false, purchasesPaused }: AccountViewOptions = {},
): Promise<AccountView> {
  const [row] = await readAccount(db, { accountId });
  invariant(row, `account ${accountId} exists`);
  const { account, items, lines } = row;
  const shown = row.subscription;
  const counts = shown && isSold(shown) && isLive(shown) && !shown.downgradedToFreeAt;
  const subscription = counts ? asItRuns(shown, account) : null;
  const now = new Date(row.now);
  const mayBuy = checkMayBuy(account, now);
  const isMonthly = !subscription || subscription.periodEnd <= account.periodEnd;
  const [paused, raised, ended, isNextMonthReturned] = await Promise.all([
    purchasesPaused === undefined
      ? findPurchasesPause(db).then((pause) => pause?.sentence ?? null)
      : purchasesPaused,
    subscription && row.hasPendingLines ? readRaised(db, subscription) : null,
    shown?.downgradedToFreeAt && shown.downgradedToFreeAt >= account.periodStart
      ? readEnded(db, shown, shown.downgradedToFreeAt)
      : null,
    row.hasReturns && !isMonthly && findNextMonthReturned(db, account, now),
  ]);
  const view =
    subscription &&
    toSubscriptionView(subscription, { items, lines, raised, balanceCents: account.customerBalanceCents });
  const [openInvoice = null, ...olderInvoices] = row.openInvoices.map(toOpenInvoice);
  return {
    plan: getPlan(account.plan),
    planStatus: account.planStatus,
    period: { start: account.periodStart, end: account.periodEnd },
    lastCycle: row.lastCycle && { start: new Date(row.lastCycle.start), end: new Date(row.lastCycle.end) },
    subscription: view,
    standing: standingOf(shown, items, account),
    creditsPerCycle:
      view?.creditsPerCycle ?? account.allowanceCredits ?? getPlan(account.plan).creditsPerCycle,
    isNextMonthReturned,
    openInvoice,
    olderInvoices,
    unfinished: toUnfinished(row.unfinished, now),
    voided: findVoided(Object.values(row.sources), now),
    ended,
    cards: toCardViews(row.cards.map(toSavedCard), account.defaultPaymentMethodId, shown),
    mayNotBuy: !mayBuy.ok
      ? mayBuy.error.code
      : paused
        ? "purchases_paused"
        : row.isDisputed && !buysInDispute
          ? "payment_disputed"
          : null,
    purchasesPaused: paused,
    openPayment: row.openPayment && toOpenPayment(row.openPayment),
    orderReferences: new Map(Object.entries(row.references)),
    grantSources: new Map(
      Object.entries(row.sources).map(([grantId, source]) => [grantId, toGrantSource(source)]),
    ),
    openOrders: row.openOrders.map((order) => ({
      ...order,
      id: toPublicId("order", order.id),
      amountCents: BigInt(order.amountCents) as Cents,
      credits: BigInt(order.credits) as Credits,
      expiresAt: new Date(order.expiresAt),
    })),
    expiredAtStart: row.expiredAtStart === null ? NO_CREDITS : credits(BigInt(row.expiredAtStart)),
    recentUse: toRecentUse(row.recentUse, { createdAt: account.createdAt, now }),
    now,
  };
}

/** What the Plans pages say of an account. */
export type PlanView = Pick<
  AccountView,
  | "plan"
  | "planStatus"
  | "period"
  | "subscription"
  | "standing"
  | "creditsPerCycle"
  | "isNextMonthReturned"
  | "openInvoice"
  | "olderInvoices"
  | "unfinished"
  | "voided"
  | "ended"
  | "openPayment"
  | "cards"
  | "now"
>;
