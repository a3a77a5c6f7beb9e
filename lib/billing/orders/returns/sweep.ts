import { and, asc, eq, inArray, isNotNull, lte, sql } from "drizzle-orm";
import { attentionItems, orderDisputes, orderRefunds, orders, providerLists } from "../../../../db/schema";
import { isNobodysTrouble } from "../../../ledger/each-account";
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

/**
 * Finds out what nobody told of: asks again about orders whose refunds or disputes have not reached an end, and reads what came
 * back lately of any payment. Losing every webhook costs time alone. One order's trouble does not stop the others.
 */
export async function sweepReturns(deps: BillingDeps): Promise<void> {
  await sweepDue(deps);
  await sweepListed(deps);
}

async function sweepDue(deps: BillingDeps): Promise<void> {
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
  let all = true;
  for (const paymentIntentId of payments) {
    const step = async () => !(await settleReturns(deps, { paymentIntentId })).unknown;
    all = (await orLog(deps, { paymentIntentId }, step)) && all;
  }
  if (!all) return;
  await deps.db
    .insert(providerLists)
    .values({ name: LIST, readUntil: now })
    .onConflictDoUpdate({ target: providerLists.name, set: { readUntil: now } });
}

/** Those that say something else than what is stored. */
async function unknownOf({ db }: BillingDeps, hints: readonly ReturnHint[]): Promise<readonly ReturnHint[]> {
  if (hints.length === 0) return [];
  const ids = hints.map((each) => each.id);
  const [refunds, disputes, warnings] = await Promise.all([
    db
      .select({ id: orderRefunds.refundId, status: orderRefunds.status })
      .from(orderRefunds)
      .where(inArray(orderRefunds.refundId, ids)),
    db
      .select({ id: orderDisputes.id, status: orderDisputes.status })
      .from(orderDisputes)
      .where(inArray(orderDisputes.id, ids)),
    db
      .select({ id: attentionItems.objectId })
      .from(attentionItems)
      .where(and(eq(attentionItems.objectKind, "fraud_warning"), inArray(attentionItems.objectId, ids))),
  ]);
  const known = new Set([
    ...[...refunds, ...disputes].map((each) => `${each.id} ${each.status}`),
    ...warnings.map((each) => `${each.id} warning`),
  ]);
  return hints.filter((each) => !known.has(`${each.id} ${"status" in each ? each.status : "warning"}`));
}
