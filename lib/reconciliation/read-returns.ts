import { and, eq, gte, inArray, isNotNull, lt, or, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import {
  attentionItems,
  invoiceDisputes,
  invoiceRefunds,
  invoices,
  orderDisputes,
  orderPayments,
  orderRefunds,
  orders,
} from "../../db/schema";
import { findReturns, findReversals } from "../billing/orders/return-rows";
import { findCreditsDue } from "../billing/orders/returns/count-taken";
import type { OrderRef } from "../billing/orders/rows";
import { eachRecord, type ProviderRecords, type ReturnRecord } from "../billing/provider-records";
import { decideReturns } from "../billing/returns/decide";
import { revokedSoFar } from "../billing/returns/moves";
import { plainArray, textArray } from "../ledger/set-sql";
import { namedOrder } from "../recovery/notice";
import type { OurReturn, PlanReturn, Reversal, Told } from "./facts";

type Window = { readonly from: Date; readonly to: Date };

/** Refunds and disputes that were made at Stripe in the time, of everybody. Throws `ProviderSilent`. */
export async function listReturns(records: ProviderRecords, within: Window): Promise<ReturnRecord[]> {
  const found: ReturnRecord[] = [];
  for await (const each of eachRecord(records.listRefunds, within)) found.push(each);
  for await (const each of eachRecord(records.listDisputes, within)) found.push(each);
  return found;
}

/** The orders that are written on the payments. */
export function namedOrders(returns: readonly ReturnRecord[]): readonly OrderRef[] {
  const found = new Map<string, OrderRef>();
  for (const each of returns) {
    const named = namedOrder(each);
    if (named) found.set(named.orderId, named);
  }
  return [...found.values()];
}

/**
 * What is stored of orders' refunds and disputes: of these orders, and of the time. One that Stripe was asked for and that nobody
 * has heard of is under its own id; one that Stripe refused is none.
 */
export async function findOurReturns(
  db: Database,
  window: Window,
  refs: readonly OrderRef[],
): Promise<(OurReturn & { readonly isOfDay: boolean })[]> {
  const found = new Map<string, OurReturn & { readonly isOfDay: boolean }>();
  const asked = [isOfTime, ...inParts(refs).map(isOfOrders)];
  for (const isAsked of asked) {
    const [refunds, disputes] = [
      await findRefunds(db, isAsked, window),
      await findDisputes(db, isAsked, window),
    ];
    for (const each of refunds) found.set(`refund ${each.id}`, { kind: "refund", ...each });
    for (const each of disputes) found.set(`dispute ${each.id}`, { kind: "dispute", ...each });
  }
  return [...found.values()];
}

type ReturnTable = typeof orderRefunds | typeof orderDisputes;
type IsAsked = (table: ReturnTable, window: Window) => SQL | undefined;

const isOfTime: IsAsked = (table, { from, to }) => and(gte(table.createdAt, from), lt(table.createdAt, to));

/** Two arrays, however many orders there are: a condition for each would be a statement of its own every day. */
const isOfOrders =
  (refs: readonly OrderRef[]): IsAsked =>
  (table) =>
    sql`(${table.accountId}, ${table.orderId}) in (
    select * from unnest(${plainArray(refs.map((each) => each.accountId))}::uuid[], ${plainArray(refs.map((each) => each.orderId))}::uuid[]))`;

const AT_A_TIME = 500;

/** Some hundred at a time. */
function inParts<T>(all: readonly T[]): (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let at = 0; at < all.length; at += AT_A_TIME) parts.push(all.slice(at, at + AT_A_TIME));
  return parts;
}

const findRefunds = (db: Database, isAsked: IsAsked, window: Window) =>
  db
    .select({
      id: sql<string>`coalesce(${orderRefunds.refundId}, ${orderRefunds.id}::text)`,
      accountId: orderRefunds.accountId,
      orderId: orderRefunds.orderId,
      paymentId: orderPayments.paymentIntentId,
      amountCents: orderRefunds.amountCents,
      currency: orders.currency,
      status: sql<string>`case when ${orderRefunds.unreadable} is null then ${orderRefunds.status}::text else 'unreadable' end`,
      since: orderRefunds.createdAt,
      isOfDay: sql<boolean>`coalesce(${isOfTime(orderRefunds, window)}, false) and ${orderRefunds.refundId} is not null`,
    })
    .from(orderRefunds)
    .innerJoin(orders, and(eq(orders.accountId, orderRefunds.accountId), eq(orders.id, orderRefunds.orderId)))
    .innerJoin(
      orderPayments,
      and(
        eq(orderPayments.accountId, orderRefunds.accountId),
        eq(orderPayments.orderId, orderRefunds.orderId),
      ),
    )
    .where(
      and(
        or(isNotNull(orderRefunds.refundId), eq(orderRefunds.status, "requested")),
        isAsked(orderRefunds, window),
      ),
    );

const findDisputes = (db: Database, isAsked: IsAsked, window: Window) =>
  db
    .select({
      id: orderDisputes.id,
      accountId: orderDisputes.accountId,
      orderId: orderDisputes.orderId,
      paymentId: orderPayments.paymentIntentId,
      amountCents: orderDisputes.amountCents,
      currency: orderDisputes.currency,
      status: sql<string>`case when ${orderDisputes.unreadable} is null then ${orderDisputes.status}::text else 'unreadable' end`,
      since: orderDisputes.createdAt,
      isOfDay: sql<boolean>`coalesce(${isOfTime(orderDisputes, window)}, false)`,
    })
    .from(orderDisputes)
    .innerJoin(
      orderPayments,
      and(
        eq(orderPayments.accountId, orderDisputes.accountId),
        eq(orderPayments.orderId, orderDisputes.orderId),
      ),
    )
    .where(isAsked(orderDisputes, window));

/** What these orders' credits and states are, beside what their stored refunds and disputes say they are. */
export async function findReversalsDue(db: Database, refs: readonly OrderRef[]): Promise<Reversal[]> {
  const found: Reversal[] = [];
  for (const ref of refs) {
    const [order] = await db
      .select()
      .from(orders)
      .where(and(eq(orders.accountId, ref.accountId), eq(orders.id, ref.orderId)));
    if (!order?.paidAt) continue;
    const [facts, before] = await Promise.all([findReturns(db, ref), findReversals(db, ref)]);
    const { status } = decideReturns(order, facts, revokedSoFar(before));
    const credits = await findCreditsDue(db, { order, facts, before });
    const { accountId, orderId } = ref;
    found.push({ accountId, orderId, credits, status: order.status, shouldBe: status, since: order.paidAt });
  }
  return found;
}

const isAny = (text: SQLWrapper, among: readonly string[]): SQL =>
  sql`${text} = any(${textArray(among)}::text[])`;

/** What is stored as of plans' invoices: these refunds and disputes, and those of the time. */
export async function findPlanReturns(
  db: Database,
  { from, to }: Window,
  ids: readonly string[],
): Promise<(PlanReturn & { readonly isOfDay: boolean })[]> {
  const ofDay = (table: typeof invoiceRefunds | typeof invoiceDisputes) =>
    and(gte(table.createdAt, from), lt(table.createdAt, to));
  const columns = <T extends typeof invoiceRefunds | typeof invoiceDisputes>(table: T) => ({
    id: table.id,
    accountId: table.accountId,
    invoiceId: table.invoiceId,
    amountCents: table.amountCents,
    status: sql<string>`case when ${table.unreadable} is null then ${table.status}::text else 'unreadable' end`,
    since: table.createdAt,
    isOfDay: sql<boolean>`${ofDay(table)}`,
  });
  const [refunds, disputes] = await Promise.all([
    db
      .select({ ...columns(invoiceRefunds), currency: invoices.currency })
      .from(invoiceRefunds)
      .innerJoin(
        invoices,
        and(eq(invoices.accountId, invoiceRefunds.accountId), eq(invoices.id, invoiceRefunds.invoiceId)),
      )
      .where(or(ofDay(invoiceRefunds), isAny(invoiceRefunds.id, ids))),
    db
      .select({ ...columns(invoiceDisputes), currency: invoiceDisputes.currency })
      .from(invoiceDisputes)
      .where(or(ofDay(invoiceDisputes), isAny(invoiceDisputes.id, ids))),
  ]);
  return [
    ...refunds.map((each) => ({ kind: "refund" as const, ...each })),
    ...disputes.map((each) => ({ kind: "dispute" as const, ...each })),
  ];
}

/** What operators were told of payments that are no order's, whether or not they are done with it. */
export async function findTold(
  db: Database,
  payments: readonly string[],
): Promise<ReadonlyMap<string, Told>> {
  if (payments.length === 0) return new Map();
  const rows = await db
    .select({ reason: attentionItems.reason, details: attentionItems.details })
    .from(attentionItems)
    .where(
      and(
        eq(attentionItems.objectKind, "charge"),
        inArray(attentionItems.reason, ["plan_payment_returned", "unknown_payment_returned"]),
        isAny(sql`${attentionItems.details}->>'payment'`, payments),
      ),
    );
  return new Map(
    rows.map(({ reason, details }) => [
      String(details.payment),
      {
        isOfPlan: reason === "plan_payment_returned",
        refundedCents: BigInt(String(details.refundedCents ?? 0)),
        disputes: Number(details.disputes ?? 0),
      },
    ]),
  );
}
