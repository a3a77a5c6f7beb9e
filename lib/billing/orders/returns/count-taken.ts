import { and, eq, isNotNull } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { orders } from "../../../../db/schema";
import { lessTaken, sizeOf, splitTaken, type TakenOf } from "../../returns/count-taken";
import { decideReturns } from "../../returns/decide";
import { type Reversal, revokedSoFar } from "../../returns/moves";
import type { OrderRow } from "../rows";
import { type Applying, applyReturns } from "./apply";
import { findOrderGrants, findReturns, findReversals, insertReversals, type StoredReturns } from "./rows";

/**
 * A step, under the locks of the account and its books: of what was taken of a paid order's grant, what is due by now as its money went back
 * counts as taken for that. Returns what may be put back; null where the grant is no order's.
 */
export async function countTakenOfOrder(
  tx: Tx,
  accountId: string,
  taken: TakenOf,
  now: Date,
): Promise<TakenOf | null> {
  const found = await findOfGrant(tx, accountId, taken.grantId);
  if (!found) return null;
  const { order, facts, before } = found;
  const { revoke } = decideReturns(order, facts, revokedSoFar(before));
  const { counted, rest } = splitTaken(taken, revoke);
  const ref = { accountId, orderId: order.id };
  if (sizeOf(counted) > 0n) await insertReversals(tx, ref, [counted], { after: before.length, at: now });
  return rest;
}

/**
 * A step, under the locks of the account and its books: brings what a grant of a paid order gave once more to what is stored of the order's
 * refunds and disputes. False where the grant is no order's.
 */
export async function applyReturnsOfGrant(
  tx: Tx,
  { account, now, cause }: Omit<Applying, "order">,
  grantId: string,
): Promise<boolean> {
  const found = await findOfGrant(tx, account.id, grantId);
  if (!found) return false;
  const { order, facts } = found;
  const isReturned = facts.refunds.length + facts.disputes.length > 0;
  if (isReturned) await applyReturns(tx, { account, order, now, ...(cause ? { cause } : {}) }, facts);
  return true;
}

/** The paid order that a grant is of. */
async function findOfGrant(tx: Tx, accountId: string, grantId: string): Promise<Found | null> {
  const paid = await tx
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, accountId), isNotNull(orders.grantId)));
  for (const order of paid) {
    const ref = { accountId, orderId: order.id };
    const before = await findReversals(tx, ref);
    const grants = await findOrderGrants(tx, order, before);
    if (grants.some(({ id }) => id === grantId)) return { order, facts: await findReturns(tx, ref), before };
  }
  return null;
}

type Found = {
  readonly order: OrderRow;
  readonly facts: StoredReturns;
  readonly before: readonly Reversal[];
};

/**
 * How many of an order's credits are still to be taken back: not what an operator took before, which is not there. Below 0: so many
 * are to be put back.
 */
export async function findCreditsDue(
  db: Parameters<typeof findOrderGrants>[0],
  { order, facts, before }: Found,
): Promise<bigint> {
  const decision = decideReturns(order, facts, revokedSoFar(before));
  if (decision.revoke === 0n) return -decision.restore;
  const grants = await findOrderGrants(db, order, before);
  return lessTaken(decision, { given: order.credits, before, grants }).revoke;
}
