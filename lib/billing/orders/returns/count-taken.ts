import { and, eq, isNotNull } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { orders } from "../../../../db/schema";
import { type Credits, minCredits, NO_CREDITS, sumCredits } from "../../../money/credits";
import { sizeOf, splitTaken, type TakenOf } from "../../returns/count-taken";
import { decideReturns } from "../../returns/decide";
import { type Reversal, revokedSoFar } from "../../returns/moves";
import type { OrderRow } from "../rows";
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
  const paid = await tx
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, accountId), isNotNull(orders.grantId)));
  for (const order of paid) {
    const ref = { accountId, orderId: order.id };
    const [facts, before] = await Promise.all([findReturns(tx, ref), findReversals(tx, ref)]);
    const grants = await findOrderGrants(tx, order, before);
    if (!grants.some((each) => each.id === taken.grantId)) continue;
    const { revoke } = decideReturns(order, facts, revokedSoFar(before));
    const { counted, rest } = splitTaken(taken, revoke);
    if (sizeOf(counted) > 0n) await insertReversals(tx, ref, [counted], { after: before.length, at: now });
    return rest;
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
  const { revoke, restore } = decideReturns(order, facts, revokedSoFar(before));
  if (revoke === 0n) return -restore;
  const grants = await findOrderGrants(db, order, before);
  const there = sumCredits(grants.flatMap((each) => [each.remaining, each.held, each.spent, each.expired]));
  const paidFor = order.credits - revokedSoFar(before) - revoke;
  const tooMany = there > paidFor ? ((there - paidFor) as Credits) : NO_CREDITS;
  return minCredits(revoke, tooMany);
}
