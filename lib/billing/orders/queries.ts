import { and, desc, eq, gte, inArray, lt, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { attempts, currentGrants, orders, orderTransitions } from "../../../db/schema";
import { findBundle } from "../../catalog/bundles";
import { fromPublicId, toPublicId } from "../../ids";
import { type Cents, type Credits, credits } from "../../money/credits";
import type { ListOptions } from "../../page-cursor";
import { readPageCursor, writePageCursor } from "../../page-cursor";
import { isLatePurchase } from "./confirm";
import { findReturnsView, type OrderReturnsView } from "./returns-view";
import type { OrderStatus } from "./rows";

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
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  /** What has paid debts out of its credits. */
  readonly paidBack: Credits;
  /** What became of its money after it was paid; null where nothing ever did. */
  readonly returns: OrderReturnsView | null;
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
      paidBack: sql<string>`coalesce((
        select g.paid_back_credits from ${currentGrants} g where g.account_id = ${accountId} and g.id = ${orders.grantId}), 0)::text`,
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
    canceling: order.cancelRequestedAt !== null && order.paidAt === null && order.status !== "canceled",
    underReview: order.parkedReason !== null,
    createdAt: order.createdAt,
    paidAt: order.paidAt,
    paidBack: credits(BigInt(row.paidBack)),
    returns: order.paidAt ? await findReturnsView(db, order) : null,
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
};

export type OrderPage = {
  readonly orders: readonly OrderListItem[] /** For the next page, or null on the last. */;
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

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
});
