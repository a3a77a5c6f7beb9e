import { and, desc, eq, gte, lt, or, sql } from "drizzle-orm";
import type { Reader } from "../../../../db/client";
import { orderRefunds, orders } from "../../../../db/schema";
import { fromPublicId, toPublicId } from "../../../ids";
import { type Cents, type Credits, cents, credits, NO_CREDITS } from "../../../money/credits";
import { type ListOptions, readPageCursor, writePageCursor } from "../../../page-cursor";
import { countsAsReturned, shareOf } from "../../returns/decide";
import type { RefundRow } from "../return-rows";
import type { OrderRow } from "../rows";

export type RefundListItem = {
  readonly id: string;
  /** Its order's public id and reference. */
  readonly orderId: string;
  readonly reference: string;
  /** Null: Stripe's word for it could not be read. */
  readonly status: RefundRow["status"];
  readonly amountCents: Cents;
  /** Of the order's credits, those that this refund takes: none where it failed. */
  readonly takenCredits: Credits;
  readonly createdAt: Date;
};

export type RefundPage = {
  readonly refunds: readonly RefundListItem[];
  /** For the next page, or null on the last. */
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

/** The account's refunds of orders, newest first, in pages. A cursor made up by hand starts from the newest. */
export async function listRefunds(
  db: Reader,
  accountId: string,
  cursor: string | null,
  { within = null, most = PAGE_SIZE }: ListOptions = {},
): Promise<RefundPage> {
  const before = readPageCursor(cursor, (id) => fromPublicId("refund", id));
  const { createdAt, id } = orderRefunds;
  const rows = await db
    .select({ refund: orderRefunds, order: orders, earlierCents: earlierCents(accountId) })
    .from(orderRefunds)
    .innerJoin(orders, and(eq(orders.accountId, orderRefunds.accountId), eq(orders.id, orderRefunds.orderId)))
    .where(
      and(
        eq(orderRefunds.accountId, accountId),
        within ? and(gte(createdAt, within.start), lt(createdAt, within.end)) : undefined,
        before
          ? or(lt(createdAt, before.createdAt), and(eq(createdAt, before.createdAt), lt(id, before.id)))
          : undefined,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(most + 1);
  const page = rows.slice(0, most);
  const last = page.at(-1)?.refund;
  return {
    refunds: page.map(toListItem),
    nextCursor:
      rows.length > most && last ? writePageCursor({ ...last, id: toPublicId("refund", last.id) }) : null,
  };
}

/** What was paid back of the same order before a refund: each takes the credits that are then due and were not before. */
const earlierCents = (accountId: string) => sql<string>`(
  select coalesce(sum(e.amount_cents), 0)::text from ${orderRefunds} e
  where e.account_id = ${accountId}::uuid and e.order_id = ${orderRefunds.orderId}
    and e.status in ('requested', 'pending', 'requires_action', 'succeeded')
    and (e.created_at, e.id) < (${orderRefunds.createdAt}, ${orderRefunds.id}))`;

type ListedRow = { readonly refund: RefundRow; readonly order: OrderRow; readonly earlierCents: string };

function toListItem({ refund, order, earlierCents: earlier }: ListedRow): RefundListItem {
  const upTo = (sum: bigint): Credits =>
    shareOf(order, sum < order.amountCents ? cents(sum) : order.amountCents);
  const before = BigInt(earlier);
  return {
    id: toPublicId("refund", refund.id),
    orderId: toPublicId("order", order.id),
    reference: order.reference,
    status: refund.status,
    amountCents: refund.amountCents,
    takenCredits: countsAsReturned(refund)
      ? credits(upTo(before + refund.amountCents) - upTo(before))
      : NO_CREDITS,
    createdAt: refund.createdAt,
  };
}
