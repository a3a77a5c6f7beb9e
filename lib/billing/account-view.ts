import { and, eq, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import {
  accounts,
  allowances,
  invoices,
  orders,
  paymentMethods,
  planPayments,
  subscriptions,
} from "../../db/schema";
import type { BillingPeriod } from "../calendar";
import { getPlan, type Plan } from "../catalog/plans";
import { toPublicId } from "../ids";
import type { Cents, Credits } from "../money/credits";
import { invariant } from "../result";
import { type AccountRow, checkMayBuy, type MayNotBuy } from "./account";
import { type CardView, type SavedCard, toCardViews } from "./cards/view";
import type { OrderStatus } from "./orders/rows";
import { isLive, isSold } from "./subscription-row";
import { isPayable, leftToPay, newestInvoiceFirst } from "./subscriptions/open-invoice";
import type { GrantSource } from "./subscriptions/view";
import {
  asItRuns,
  type GrantSourceJson,
  type OpenInvoiceJson,
  type OpenInvoiceView,
  type OpenPaymentJson,
  type OpenPlanPaymentView,
  type SubscriptionView,
  toGrantSource,
  toOpenInvoice,
  toOpenPayment,
  toSubscriptionView,
} from "./subscriptions/view";

export type AccountView = {
  readonly plan: Plan;
  readonly planStatus: AccountRow["planStatus"];
  readonly period: BillingPeriod;
  /** The default one first; empty when none is saved. */
  readonly cards: readonly CardView[];
  /** Null for Free, and for plans by agreement that Stripe knows nothing of. */
  readonly subscription: SubscriptionView | null;
  /** Null where the plan gives none. */
  readonly creditsPerCycle: Credits | null;
  /** A renewal that is not paid. */
  readonly openInvoice: OpenInvoiceView | null;
  /** A payment for a plan that has not reached an end. There is one at most. */
  readonly openPayment: OpenPlanPaymentView | null;
  /** Null when the account may buy add-on credits now. */
  readonly mayNotBuy: MayNotBuy["code"] | null;
  /** References of the latest 200 paid orders by the grant they gave, to name where add-on credits come from. */
  readonly orderReferences: ReadonlyMap<string, string>;
  /** Of the latest 24 periods by the grant they gave, to name where plan credits come from. */
  readonly grantSources: ReadonlyMap<string, GrantSource>;
  /** Orders that are neither paid nor canceled, newest first. */
  readonly openOrders: readonly OpenOrderView[];
  /** The database's clock when this was read. */
  readonly now: Date;
};

export type OpenOrderView = {
  readonly id: string;
  readonly reference: string;
  readonly status: OrderStatus;
  readonly amountCents: Cents;
  readonly credits: Credits;
};

const openInvoiceOf = (db: Reader, accountId: string) =>
  db
    .select({
      json: sql`json_build_object('id', ${invoices.id}, 'number', ${invoices.number}, 'dueCents', ${leftToPay}::text, 'nextAttemptAt', ${invoices.nextAttemptAt}, 'failureCode', ${invoices.failureCode})`,
    })
    .from(invoices)
    .where(isPayable(db, accountId))
    .orderBy(...newestInvoiceFirst)
    .limit(1);

/** Plan, cycle, cards and open orders of an account: one query. */
export async function getAccountView(db: Reader, accountId: string): Promise<AccountView> {
  const [row] = await db
    .select({
      account: accounts,
      subscription: subscriptions,
      now: sql<string>`now()`,
      openInvoice: sql<OpenInvoiceJson | null>`(${openInvoiceOf(db, accountId)})`,
      cards: sql<SavedCard[]>`(
        select coalesce(json_agg(json_build_object('id', c.id, 'brand', c.brand, 'last4', c.last4, 'expMonth', c.exp_month, 'expYear', c.exp_year) order by c.created_at desc), '[]')
        from ${paymentMethods} c where c.account_id = ${accountId} and c.remove_requested_at is null)`,
      openOrders: sql<
        { id: string; reference: string; status: OrderStatus; amountCents: string; credits: string }[]
      >`(
        select coalesce(json_agg(json_build_object('id', o.id, 'reference', o.reference, 'status', o.status, 'amountCents', o.amount_cents::text, 'credits', o.credits::text) order by o.created_at desc), '[]')
        from ${orders} o where o.account_id = ${accountId} and o.status in ('pending', 'processing', 'requires_action', 'declined'))`,
      references: sql<Record<string, string>>`(
        select coalesce(json_object_agg(o.grant_id, o.reference), '{}') from (
          select grant_id, reference from ${orders} where account_id = ${accountId} and status = 'paid' order by created_at desc limit 200
        ) o)`,
      openPayment: sql<OpenPaymentJson | null>`(
        select json_build_object('id', p.id, 'kind', p.kind, 'status', p.status, 'toPlan', p.to_plan)
        from ${planPayments} p where p.account_id = ${accountId} and p.ended_at is null limit 1)`,
      sources: sql<Record<string, GrantSourceJson>>`(
        select coalesce(json_object_agg(p.grant_id, json_build_object('plan', p.plan, 'start', p.starts_at, 'end', p.ends_at, 'revoked', p.closed is not null)), '{}') from (
          select grant_id, plan, starts_at, ends_at, closed from ${allowances} where account_id = ${accountId} and grant_id is not null order by starts_at desc limit 24
        ) p)`,
    })
    .from(accounts)
    .leftJoin(subscriptions, and(eq(subscriptions.accountId, accounts.id), eq(subscriptions.isPrimary, true)))
    .where(eq(accounts.id, accountId));
  invariant(row, `account ${accountId} exists`);
  const { account } = row;
  const sold = row.subscription && isSold(row.subscription) ? row.subscription : null;
  const counts = sold && isLive(sold) && !sold.downgradedToFreeAt;
  const subscription = counts ? asItRuns(sold, account) : null;
  const now = new Date(row.now);
  const mayBuy = checkMayBuy(account, now);
  return {
    plan: getPlan(account.plan),
    planStatus: account.planStatus,
    period: { start: account.periodStart, end: account.periodEnd },
    subscription: subscription && toSubscriptionView(subscription),
    creditsPerCycle:
      subscription?.creditsPerCycle ?? account.allowanceCredits ?? getPlan(account.plan).creditsPerCycle,
    openInvoice: row.openInvoice && toOpenInvoice(row.openInvoice),
    cards: toCardViews(row.cards, account.defaultPaymentMethodId, row.subscription),
    mayNotBuy: mayBuy.ok ? null : mayBuy.error.code,
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
    })),
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
  | "creditsPerCycle"
  | "openInvoice"
  | "openPayment"
  | "cards"
  | "now"
>;
