import { and, asc, eq, inArray, isNotNull, lte, ne, sql } from "drizzle-orm";
import {
  attentionItems,
  invoiceDisputes,
  invoiceRefunds,
  invoices,
  orderDisputes,
  orderRefunds,
  orders,
  providerLists,
} from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { isNobodysTrouble } from "../../../ledger/each-account";
import { settleRequestedInvoiceRefund } from "../../allowances/returns/refund";
import { setNextInvoiceRead } from "../../allowances/returns/rows";
import { settleInvoiceReturns } from "../../allowances/returns/settle";
import { type Attention, openAttention, resolveAttention } from "../../attention/items";
import type { BillingDeps } from "../../deps";
import type { ReturnHint } from "../../gateway";
import type { OrderRef } from "../rows";
import { settleRequestedRefund } from "./refund";
import { settleReturns } from "./settle";
import { settleOrderReturns } from "./settle-order";

const AT_A_TIME = 100;
const LIST = "returns";
const MINUTE_MS = 60_000;
/** Lists are read so far back behind what was read before: their instants are another clock's. */
const OVERLAP_MS = 60 * MINUTE_MS;
/** How far back the first list goes, of an installation that never read one. */
const FIRST_MS = 7 * 24 * 60 * MINUTE_MS;
const EVERY_MS = 5 * MINUTE_MS;
/** So long the list waits for a payment that cannot be settled. */
const WAITS_FOR_MS = 60 * MINUTE_MS;

/**
 * Finds out what nobody told of: asks again about orders whose refunds or disputes have not reached an end, and reads what came
 * back lately of any payment. Losing every webhook costs time alone. One order's trouble does not stop the others.
 */
export async function sweepReturns(deps: BillingDeps): Promise<void> {
  await sweepDue(deps);
  await sweepListed(deps);
  await sweepLeftBehind(deps);
}

async function sweepDue(deps: BillingDeps): Promise<void> {
  await sweepDueOrders(deps);
  await sweepDueInvoices(deps);
}

/** Invoices are looked at by the same rule; one that cannot be settled makes way for the others, too. */
async function sweepDueInvoices(deps: BillingDeps): Promise<void> {
  const due = await deps.db
    .select({ accountId: invoices.accountId, invoiceId: invoices.id })
    .from(invoices)
    .where(
      and(isNotNull(invoices.nextReturnsReadAt), lte(invoices.nextReturnsReadAt, sql`clock_timestamp()`)),
    )
    .orderBy(asc(invoices.nextReturnsReadAt))
    .limit(AT_A_TIME);
  for (const ref of due)
    await orLog(deps, ref, async () => {
      await setNextInvoiceRead(deps.db, ref, sql`clock_timestamp() + interval '1 minute'`);
      if (!(await settleRequestedInvoiceRefund(deps, ref))) return;
      if ((await settleInvoiceReturns(deps, ref)) === "not_ours")
        await setNextInvoiceRead(deps.db, ref, null);
    });
}

async function sweepDueOrders(deps: BillingDeps): Promise<void> {
  const due = await deps.db
    .select({ accountId: orders.accountId, orderId: orders.id })
    .from(orders)
    .where(and(isNotNull(orders.nextReturnsReadAt), lte(orders.nextReturnsReadAt, sql`clock_timestamp()`)))
    .orderBy(asc(orders.nextReturnsReadAt))
    .limit(AT_A_TIME);
  for (const ref of due)
    await orLog(deps, ref, async () => {
      // First, so that one that cannot be settled makes way for the others.
      await postpone(deps, ref);
      if (await settleRequestedRefund(deps, ref)) await settleOrderReturns(deps, ref);
    });
}

const postpone = ({ db }: BillingDeps, { accountId, orderId }: OrderRef) =>
  db
    .update(orders)
    .set({ nextReturnsReadAt: sql`clock_timestamp() + interval '1 minute'` })
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));

/** False where it did not come through. */
async function orLog({ log }: BillingDeps, about: object, step: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await step()) !== false;
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
    log.error({ ...about, err: error }, "what became of a payment could not be settled");
    return false;
  }
}

const isSettled = (deps: BillingDeps, paymentIntentId: string): Promise<boolean> =>
  orLog(deps, { paymentIntentId }, async () => !(await settleReturns(deps, { paymentIntentId })).unknown);

const notSettled = (id: string) =>
  ({ object: "payment_intent", id, reason: "return_not_settled" }) satisfies Attention;

/** Payments that the list has left behind. */
async function sweepLeftBehind(deps: BillingDeps): Promise<void> {
  const items = await deps.db
    .select({ id: attentionItems.objectId, now: sql<string>`clock_timestamp()` })
    .from(attentionItems)
    .where(and(eq(attentionItems.reason, "return_not_settled"), ne(attentionItems.state, "resolved")))
    .orderBy(asc(attentionItems.lastSeen))
    .limit(AT_A_TIME);
  for (const { id, now } of items)
    if (await isSettled(deps, id))
      await transact(deps.db, (tx) =>
        resolveAttention(tx, { ...notSettled(id), accountId: null, now: new Date(now), log: deps.log }),
      );
}

async function sweepListed(deps: BillingDeps): Promise<void> {
  const [row] = await deps.db
    .select({ now: sql<string>`clock_timestamp()`, until: providerLists.readUntil })
    .from(sql`(select 1) as one`)
    .leftJoin(providerLists, eq(providerLists.name, LIST));
  const now = new Date(row?.now ?? 0);
  const until = row?.until ?? new Date(now.getTime() - FIRST_MS);
  if (row?.until && now.getTime() - until.getTime() < EVERY_MS) return;
  const since = new Date(until.getTime() - OVERLAP_MS);
  const asked = await deps.gateway.listRecentReturns({ since });
  if (asked.kind !== "answered") {
    deps.log.warn({ asked }, "what came back lately could not be listed");
    return;
  }
  const payments = new Set((await unknownOf(deps, asked.value)).map((each) => each.paymentIntentId));
  const unsettled: string[] = [];
  for (const paymentIntentId of payments)
    if (!(await isSettled(deps, paymentIntentId))) unsettled.push(paymentIntentId);
  // The list is read again until all are settled; what never is must not keep it from moving on, and is asked about by itself.
  if (unsettled.length > 0 && row?.until && now.getTime() - until.getTime() < WAITS_FOR_MS) return;
  await transact(deps.db, async (tx) => {
    for (const id of unsettled)
      await openAttention(tx, { ...notSettled(id), accountId: null, now, log: deps.log });
    await tx
      .insert(providerLists)
      .values({ name: LIST, readUntil: now })
      .onConflictDoUpdate({ target: providerLists.name, set: { readUntil: now } });
  });
}

/** Those that say something else than what is stored. */
async function unknownOf({ db }: BillingDeps, hints: readonly ReturnHint[]): Promise<readonly ReturnHint[]> {
  if (hints.length === 0) return [];
  const ids = hints.map((each) => each.id);
  const [refunds, disputes, planRefunds, planDisputes, warnings] = await Promise.all([
    db
      .select({ id: orderRefunds.refundId, status: orderRefunds.status })
      .from(orderRefunds)
      .where(inArray(orderRefunds.refundId, ids)),
    db
      .select({ id: orderDisputes.id, status: orderDisputes.status })
      .from(orderDisputes)
      .where(inArray(orderDisputes.id, ids)),
    db
      .select({ id: invoiceRefunds.id, status: invoiceRefunds.status })
      .from(invoiceRefunds)
      .where(inArray(invoiceRefunds.id, ids)),
    db
      .select({ id: invoiceDisputes.id, status: invoiceDisputes.status })
      .from(invoiceDisputes)
      .where(inArray(invoiceDisputes.id, ids)),
    db
      .select({ id: attentionItems.objectId })
      .from(attentionItems)
      .where(and(eq(attentionItems.objectKind, "fraud_warning"), inArray(attentionItems.objectId, ids))),
  ]);
  const known = new Set([
    ...[...refunds, ...disputes, ...planRefunds, ...planDisputes].map((each) => `${each.id} ${each.status}`),
    ...warnings.map((each) => `${each.id} warning`),
  ]);
  return hints.filter((each) => !known.has(`${each.id} ${"status" in each ? each.status : "warning"}`));
}
