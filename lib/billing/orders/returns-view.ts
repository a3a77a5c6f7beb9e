import type { Reader } from "../../../db/client";
import { type Cents, type Credits, cents } from "../../money/credits";
import { decideReturns, isOpenDispute } from "../returns/decide";
import { takenBy } from "../returns/moves";
import { findReturns, findReversals, type RefundRow } from "./return-rows";
import type { OrderRow } from "./rows";

/** What became of a paid order's money, and what that did to its credits. */
export type OrderReturnsView = {
  /** Paid back, or on its way, as Stripe says. */
  readonly refundedCents: Cents;
  /** Of that, what is still on its way: Stripe, or the payer's bank, has not made it yet. */
  readonly comingCents: Cents;
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
  const isComing = ({ status }: RefundRow) => status === "pending" || status === "requires_action";
  const back = (facts: { refunds: typeof refunds; disputes: typeof disputes }): Cents =>
    decideReturns(order, facts, taken).returnedCents;
  return {
    refundedCents: back({ refunds: refunds.filter((each) => each.status !== "requested"), disputes: [] }),
    comingCents: back({ refunds: refunds.filter(isComing), disputes: [] }),
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
