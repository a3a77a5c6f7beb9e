import { and, eq, inArray } from "drizzle-orm";
import type { Reader } from "../../../../db/client";
import { orderDisputes } from "../../../../db/schema";
import { type Cents, type Credits, cents } from "../../../money/credits";
import type { OrderRow } from "../rows";
import { decideReturns, isOpenDispute } from "./decide";
import { takenBy } from "./moves";
import { findReturns, findReversals } from "./rows";

/** What became of a paid order's money, and what that did to its credits. */
export type OrderReturnsView = {
  /** Paid back, or on its way, as Stripe says. */
  readonly refundedCents: Cents;
  /** Went back because a bank decided so. */
  readonly lostCents: Cents;
  /** Asked for, and Stripe has not answered yet. */
  readonly requestedCents: Cents;
  /** With a bank that has not decided yet; what it counts in another currency is not in it. */
  readonly disputedCents: Cents;
  /** Of the order's credits, those that are taken back, and how many of these had been used. */
  readonly takenCredits: Credits;
  readonly usedCredits: Credits;
};

export async function findReturnsView(db: Reader, order: OrderRow): Promise<OrderReturnsView | null> {
  const ref = { accountId: order.accountId, orderId: order.id };
  const { refunds, disputes } = await findReturns(db, ref);
  if (refunds.length + disputes.length === 0) return null;
  const reversals = await findReversals(db, ref);
  const { taken, used } = takenBy(reversals);
  const requested = refunds.filter((each) => each.status === "requested");
  const back = (facts: { refunds: typeof refunds; disputes: typeof disputes }): Cents =>
    decideReturns(order, facts, taken).returnedCents;
  return {
    refundedCents: back({ refunds: refunds.filter((each) => each.status !== "requested"), disputes: [] }),
    lostCents: back({ refunds: [], disputes }),
    requestedCents: back({ refunds: requested, disputes: [] }),
    disputedCents: cents(
      disputes
        .filter((each) => isOpenDispute(each) && each.currency === order.currency)
        .reduce((sum, each) => sum + each.amountCents, 0n),
    ),
    takenCredits: taken,
    usedCredits: used,
  };
}

/** Whether a bank has yet to decide about a payment of the account. */
export async function hasOpenDispute(db: Reader, accountId: string): Promise<boolean> {
  const found = await db
    .select({ id: orderDisputes.id })
    .from(orderDisputes)
    .where(
      and(
        eq(orderDisputes.accountId, accountId),
        inArray(orderDisputes.status, ["needs_response", "under_review"]),
      ),
    )
    .limit(1);
  return found.length > 0;
}
