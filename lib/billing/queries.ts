import { and, desc, eq, gte, inArray, lt, or, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import {
  accounts,
  allowances,
  attempts,
  invoices,
  orders,
  orderTransitions,
  paymentMethods,
  planPayments,
  subscriptions,
} from "../../db/schema";
import type { BillingPeriod, TimeSpan } from "../calendar";
import { findBundle } from "../catalog/bundles";
import { getPlan, type Plan } from "../catalog/plans";
import { fromPublicId, toPublicId } from "../ids";
import type { Cents, Credits } from "../money/credits";
import { readPageCursor, writePageCursor } from "../page-cursor";
import { invariant } from "../result";
import { type AccountRow, checkMayBuy, type MayNotBuy } from "./account";
import { isLatePurchase } from "./confirm-order";
import type { OrderStatus } from "./order-rows";
import { isLive, isSold, type SubscriptionRow } from "./plans/live";
import { isAskedFor, leftToPay, newestInvoiceFirst } from "./plans/open-invoice";
import {
  asItRuns,
  type GrantSource,
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
} from "./plans/subscription-view";

export type CardView = {
  readonly id: string;
  /** Stripe's word: `visa`, `mastercard`, `amex`. */
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly isDefault: boolean;
  /** A plan's renewals are charged to it. */
  readonly paysRenewals: boolean;
};

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
      json: sql`json_build_object('id', ${invoices.id}, 'number', ${invoices.number}, 'dueCents', ${leftToPay}::text, 'nextAttemptAt', ${invoices.nextAttemptAt}, 'failureCode', ${invoices.failureCode}, 'hostedUrl', ${invoices.hostedUrl})`,
    })
    .from(invoices)
    .where(isAskedFor(db, accountId))
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
  const counts = sold && isLive(sold) && !sold.freedAt;
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

type SavedCard = Omit<CardView, "isDefault" | "paysRenewals">;

function toCardViews(
  cards: readonly SavedCard[],
  defaultId: string | null,
  subscription: SubscriptionRow | null,
): readonly CardView[] {
  const renews = subscription && isLive(subscription) && !subscription.cancelAt;
  // Stripe falls back to the customer's default where the subscription's own card is gone.
  const own = cards.find((card) => card.id === subscription?.paymentMethodId)?.id;
  const renewingId = renews ? (own ?? defaultId) : null;
  return cards
    .map((card) => ({ ...card, isDefault: card.id === defaultId, paysRenewals: card.id === renewingId }))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

/** References of the orders that gave these grants, by the grants' uuids. Grants of anything else are missing. */
export async function getOrderReferences(
  db: Reader,
  accountId: string,
  grantIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (grantIds.length === 0) return new Map();
  const rows = await db
    .select({ grantId: orders.grantId, reference: orders.reference })
    .from(orders)
    .where(and(eq(orders.accountId, accountId), inArray(orders.grantId, [...grantIds])));
  return new Map(rows.flatMap(({ grantId, reference }) => (grantId ? [[grantId, reference]] : [])));
}

export type OrderView = {
  readonly id: string;
  readonly reference: string;
  readonly status: OrderStatus;
  readonly bundleId: string | null;
  readonly credits: Credits;
  readonly amountCents: Cents;
  readonly expiresAt: Date;
  /** The end of the cycle is near: confirming needs an explicit tick. */
  readonly needsAcknowledgement: boolean;
  readonly expiryAcknowledged: boolean;
  /** It waits for Stripe to say that its payment is canceled. */
  readonly canceling: boolean;
  /** What Stripe says does not match; an operator looks at it. */
  readonly underReview: boolean;
  readonly receiptUrl: string | null;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  /** Newest last. */
  readonly attempts: readonly AttemptView[];
  /** Oldest first. */
  readonly history: readonly {
    readonly status: OrderStatus;
    readonly attemptNumber: number | null;
    readonly at: Date;
  }[];
};

export type AttemptView = {
  readonly number: number;
  readonly status: typeof attempts.$inferSelect.status;
  readonly card: { readonly id: string; readonly brand: string; readonly last4: string };
  /** Stripe's code, for choosing a sentence; never shown as it is. */
  readonly declineCode: string | null;
};

/** One order of this account by its public id, in one query, or null: also for ids of other accounts and for texts that are none. */
export async function findOrder(db: Reader, accountId: string, publicId: string): Promise<OrderView | null> {
  const orderId = fromPublicId("order", publicId);
  if (!orderId) return null;
  const [row] = await db
    .select({
      order: orders,
      now: sql<string>`now()`,
      attempts: sql<AttemptView[]>`(
        select coalesce(json_agg(json_build_object('number', a.number, 'status', a.status, 'declineCode', a.decline_code,
          'card', json_build_object('id', a.payment_method_id, 'brand', a.card_brand, 'last4', a.card_last4)) order by a.number), '[]')
        from ${attempts} a where a.account_id = ${accountId} and a.order_id = ${orderId})`,
      history: sql<{ status: OrderStatus; attemptNumber: number | null; at: string }[]>`(
        select coalesce(json_agg(json_build_object('status', t.status, 'attemptNumber', t.attempt_number, 'at', t.at) order by t.number), '[]')
        from ${orderTransitions} t where t.account_id = ${accountId} and t.order_id = ${orderId})`,
    })
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  if (!row) return null;
  const { order } = row;
  return {
    id: publicId,
    reference: order.reference,
    status: order.status,
    bundleId: findBundle(order.bundleId)?.id ?? null,
    credits: order.credits,
    amountCents: order.amountCents,
    expiresAt: order.expiresAt,
    needsAcknowledgement:
      order.expiryAcknowledgedAt === null && isLatePurchase(order.expiresAt, new Date(row.now)),
    expiryAcknowledged: order.expiryAcknowledgedAt !== null,
    canceling: order.cancelRequestedAt !== null && order.status !== "paid" && order.status !== "canceled",
    underReview: order.parkedReason !== null,
    receiptUrl: order.receiptUrl,
    createdAt: order.createdAt,
    paidAt: order.paidAt,
    attempts: row.attempts,
    history: row.history.map((each) => ({ ...each, at: new Date(each.at) })),
  };
}

export type OrderListItem = {
  readonly id: string;
  readonly reference: string;
  readonly status: OrderStatus;
  readonly credits: Credits;
  readonly amountCents: Cents;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  readonly expiresAt: Date;
  readonly receiptUrl: string | null;
};

export type OrderPage = {
  readonly orders: readonly OrderListItem[] /** For the next page, or null on the last. */;
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

export type ListOptions = {
  /** Only what was placed in it; null for all. */
  readonly within?: TimeSpan | null;
  /** A page has 20 otherwise. */
  readonly most?: number;
};

/** The account's orders, newest first, in pages. A cursor made up by hand starts from the newest. */
export async function listOrders(
  db: Reader,
  accountId: string,
  cursor: string | null,
  { within = null, most = PAGE_SIZE }: ListOptions = {},
): Promise<OrderPage> {
  const before = readPageCursor(cursor, (id) => fromPublicId("order", id));
  const rows = await db
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.accountId, accountId),
        within ? and(gte(orders.createdAt, within.start), lt(orders.createdAt, within.end)) : undefined,
        before
          ? or(
              lt(orders.createdAt, before.createdAt),
              and(eq(orders.createdAt, before.createdAt), lt(orders.id, before.id)),
            )
          : undefined,
      ),
    )
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(most + 1);
  const page = rows.slice(0, most);
  const last = page.at(-1);
  return {
    orders: page.map(toListItem),
    nextCursor:
      rows.length > most && last ? writePageCursor({ ...last, id: toPublicId("order", last.id) }) : null,
  };
}

const toListItem = (order: typeof orders.$inferSelect): OrderListItem => ({
  id: toPublicId("order", order.id),
  reference: order.reference,
  status: order.status,
  credits: order.credits,
  amountCents: order.amountCents,
  createdAt: order.createdAt,
  paidAt: order.paidAt,
  expiresAt: order.expiresAt,
  receiptUrl: order.receiptUrl,
});
