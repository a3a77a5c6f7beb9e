import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { attempts } from "../../../../db/schema";
import { toPublicId } from "../../../ids";
import { mailBuyers } from "../../../outbox/enqueue";
import { invariant } from "../../../result";
import type { OrderRow } from "../rows";
import { isOpenDispute } from "./decide";
import { type Reversal, takenBy } from "./moves";
import type { DisputeRow, RefundRow, StoredReturns } from "./rows";

type Happened = {
  /** As they were stored before, and as they are now. */
  readonly was: StoredReturns;
  readonly facts: StoredReturns;
  /** All that was ever done to the order's credits. */
  readonly reversals: readonly Reversal[];
};

type News =
  | { readonly kind: "order_refunded" | "order_refund_failed"; readonly about: RefundRow }
  | {
      readonly kind: "order_disputed" | "order_dispute_won" | "order_dispute_lost";
      readonly about: DisputeRow;
    };

/** A step: tells those who take care of billing what became of an order's money, each thing once. */
export async function mailReturns(
  tx: Tx,
  order: OrderRow,
  { was, facts, reversals }: Happened,
): Promise<void> {
  const news = newsOf(was, facts);
  if (news.length === 0) return;
  const [attempt] = await tx
    .select({ brand: attempts.cardBrand, last4: attempts.cardLast4 })
    .from(attempts)
    .where(
      and(
        eq(attempts.accountId, order.accountId),
        eq(attempts.orderId, order.id),
        eq(attempts.status, "succeeded"),
      ),
    );
  invariant(attempt, "what is paid back was paid by an attempt");
  const { taken, used } = takenBy(reversals);
  for (const { kind, about } of news)
    await mailBuyers(tx, order.accountId, {
      kind,
      effect: `${kind}:${about.id}`,
      facts: {
        orderId: toPublicId("order", order.id),
        reference: order.reference,
        credits: order.credits,
        amountCents: order.amountCents,
        card: attempt,
        returnedCents: about.amountCents,
        takenCredits: taken,
        usedCredits: used,
      },
    });
}

function newsOf(was: StoredReturns, now: StoredReturns): News[] {
  const refunds = now.refunds.flatMap((each): News[] => {
    const before = was.refunds.find(({ id }) => id === each.id);
    const isNews = isPaidBack(each) && !(before && isPaidBack(before));
    if (isNews) return [{ kind: "order_refunded", about: each }];
    // One that Stripe refused was told to whoever asked for it.
    const failed = each.status === "failed" && each.refundId !== null && before?.status !== "failed";
    return failed ? [{ kind: "order_refund_failed", about: each }] : [];
  });
  const disputes = now.disputes.flatMap((each): News[] => {
    const before = was.disputes.find(({ id }) => id === each.id);
    if (isOpenDispute(each))
      return before && isOpenDispute(before) ? [] : [{ kind: "order_disputed", about: each }];
    if (before?.status === each.status) return [];
    if (each.status === "lost") return [{ kind: "order_dispute_lost", about: each }];
    // One that was never told of needs no end.
    return each.status === "won" && before ? [{ kind: "order_dispute_won", about: each }] : [];
  });
  return [...refunds, ...disputes];
}

const isPaidBack = ({ status }: RefundRow) =>
  status === "pending" || status === "requires_action" || status === "succeeded";
