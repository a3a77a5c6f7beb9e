import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { currentGrants, orderReversals, orders } from "../../../../db/schema";
import { givenBefore } from "../../allowances/apply/extend-add-ons";
import { lessTaken, sizeOf, splitTaken, type TakenOf } from "../../returns/count-taken";
import { decideReturns } from "../../returns/decide";
import { type Reversal, revokedSoFar } from "../../returns/moves";
import { findReturns, findReversals, type StoredReturns } from "../return-rows";
import type { OrderRow } from "../rows";
import { type Applying, applyReturns } from "./apply";
import { findOrderGrants, insertReversals } from "./rows";

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

/** The paid order that a grant is of: the one it was given for, or whose credits it gave anew or once more. */
async function findOfGrant(tx: Tx, accountId: string, grantId: string): Promise<Found | null> {
  for (const id of await findEarlier(tx, accountId, grantId)) {
    const order = await findByGrant(tx, accountId, id);
    if (!order) continue;
    const ref = { accountId, orderId: order.id };
    const [facts, before] = await Promise.all([findReturns(tx, ref), findReversals(tx, ref)]);
    return { order, facts, before };
  }
  return null;
}

/** A grant with those whose rest it gave once more, the latest first. */
async function findEarlier(tx: Tx, accountId: string, grantId: string): Promise<readonly string[]> {
  const [grant] = await tx
    .select({ source: currentGrants.source })
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.id, grantId)));
  const before = grant ? givenBefore(grant.source) : null;
  return before ? [grantId, ...(await findEarlier(tx, accountId, before))] : [grantId];
}

async function findByGrant(tx: Tx, accountId: string, grantId: string): Promise<OrderRow | null> {
  const ofAccount = eq(orders.accountId, accountId);
  const [bought] = await tx
    .select()
    .from(orders)
    .where(and(ofAccount, eq(orders.grantId, grantId)));
  if (bought) return bought;
  const isGiven = and(
    eq(orderReversals.accountId, accountId),
    eq(orderReversals.grantId, grantId),
    eq(orderReversals.kind, "give"),
  );
  const [given] = await tx
    .select({ orderId: orderReversals.orderId })
    .from(orderReversals)
    .where(isGiven)
    .limit(1);
  if (!given) return null;
  const [order] = await tx
    .select()
    .from(orders)
    .where(and(ofAccount, eq(orders.id, given.orderId)));
  return order ?? null;
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
