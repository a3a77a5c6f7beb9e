import { and, asc, eq, inArray, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { orders } from "../../../db/schema";
import { isNobodysTrouble } from "../../ledger/each-account";
import type { BillingDeps } from "../deps";
import { cancelOrder } from "./cancel";
import { endClosedOrder } from "./end-closed";
import { hasUnknownPayment } from "./payment-unknown";
import { settleOrder } from "./settle";

const AT_A_TIME = 100;

/** Intervals of the database's clock, so that no server's own clock decides about money. */
const ago = (interval: string) => sql`now() - ${interval}::interval`;

/**
 * Settles what nobody reported: asks about orders whose payment has been open for a while, finishes cancellations
 * that were cut short, and cancels what was left lying for 24 hours, once Stripe has said that nobody paid for it. One order's
 * trouble does not stop the others.
 * Returns how many orders it looked at.
 */
export async function sweepOrders(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({
      accountId: orders.accountId,
      orderId: orders.id,
      status: orders.status,
      cancelRequestedAt: orders.cancelRequestedAt,
      abandoned: sql<boolean>`${orders.createdAt} < ${ago("24 hours")}`,
    })
    .from(orders)
    .where(
      and(
        isNull(orders.parkedReason),
        or(
          and(eq(orders.status, "processing"), lt(orders.updatedAt, ago("30 seconds"))),
          and(eq(orders.status, "requires_action"), lt(orders.updatedAt, ago("2 minutes"))),
          and(
            isNotNull(orders.cancelRequestedAt),
            inArray(orders.status, ["pending", "requires_action", "declined"]),
            lt(orders.updatedAt, ago("30 seconds")),
          ),
          and(
            inArray(orders.status, ["pending", "requires_action", "declined"]),
            lt(orders.createdAt, ago("24 hours")),
            lt(orders.updatedAt, ago("2 minutes")),
          ),
        ),
      ),
    )
    .orderBy(asc(orders.updatedAt))
    .limit(AT_A_TIME);

  for (const { accountId, orderId, status, cancelRequestedAt, abandoned } of due) {
    const ref = { accountId, orderId };
    try {
      const stop = status !== "processing" && (cancelRequestedAt !== null || abandoned);
      if (!stop) await settleOrder(deps, ref);
      else if (cancelRequestedAt !== null || !(await hasUnknownPayment(deps, ref)))
        await cancelOrder(deps, ref);
      await markLooked(deps, ref);
    } catch (error) {
      if (isNobodysTrouble(error)) throw error;
      deps.log.error({ orderId, err: error }, "an order could not be swept");
      await markLooked(deps, ref).catch(() => {});
    }
  }
  return due.length + (await sweepClosedOrders(deps));
}

/** Ends what may still take money for orders that an operator closed. */
async function sweepClosedOrders(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({ accountId: orders.accountId, orderId: orders.id })
    .from(orders)
    .where(lte(orders.nextClosedReadAt, sql`now()`))
    .orderBy(asc(orders.nextClosedReadAt))
    .limit(AT_A_TIME);
  for (const ref of due) {
    try {
      await endClosedOrder(deps, ref);
    } catch (error) {
      if (isNobodysTrouble(error)) throw error;
      deps.log.error({ orderId: ref.orderId, err: error }, "a closed order could not be swept");
      await postponeClosed(deps, ref).catch(() => {});
    }
  }
  return due.length;
}

/** Sends an order that is still open to the back of the queue. */
async function markLooked(
  deps: BillingDeps,
  { accountId, orderId }: { accountId: string; orderId: string },
): Promise<void> {
  await deps.db
    .update(orders)
    .set({ updatedAt: sql`now()` })
    .where(
      and(
        eq(orders.accountId, accountId),
        eq(orders.id, orderId),
        inArray(orders.status, ["pending", "processing", "requires_action", "declined"]),
      ),
    );
}

/** One that is in trouble keeps none behind it waiting. */
async function postponeClosed(
  deps: BillingDeps,
  { accountId, orderId }: { accountId: string; orderId: string },
): Promise<void> {
  await deps.db
    .update(orders)
    .set({ nextClosedReadAt: sql`now() + interval '1 minute'` })
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId), isNotNull(orders.nextClosedReadAt)));
}
