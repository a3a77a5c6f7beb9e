import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { attempts } from "../../../../db/schema";
import { toPublicId } from "../../../ids";
import { NO_CREDITS } from "../../../money/credits";
import { mailBuyers } from "../../../outbox/enqueue";
import { invariant } from "../../../result";
import { decideReturns } from "../../returns/decide";
import { leftOf, type Reversal } from "../../returns/moves";
import { isCanceled, newsOf } from "../../returns/news";
import { takenForNews } from "../../returns/taken";
import type { StoredReturns } from "../return-rows";
import type { OrderRow } from "../rows";
import { findOrderGrants } from "./rows";

type Happened = {
  /** As they were stored before, and as they are now. */
  readonly was: StoredReturns;
  readonly facts: StoredReturns;
  /** All that was ever done to the order's credits. */
  readonly reversals: readonly Reversal[];
  readonly now: Date;
};

/** A step: tells those who take care of billing what became of an order's money, each thing once. */
export async function mailReturns(
  tx: Tx,
  order: OrderRow,
  { was, facts, reversals, now }: Happened,
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
  const shares = takenForNews(news, reversals, (ids) => {
    const others = <T extends { readonly id: string }>(all: readonly T[]) =>
      all.filter(({ id }) => !ids.has(id));
    const without = { refunds: others(facts.refunds), disputes: others(facts.disputes) };
    return decideReturns(order, without, NO_CREDITS).revoke;
  });
  for (const [index, each] of news.entries()) {
    const { kind, about } = each;
    await mailBuyers(tx, order.accountId, {
      kind: `order_${kind}`,
      effect: `order_${kind}:${about.id}`,
      facts: {
        orderId: toPublicId("order", order.id),
        reference: order.reference,
        credits: order.credits,
        amountCents: order.amountCents,
        card: attempt,
        returnedCents: about.amountCents,
        ...(isCanceled(each) && { canceled: true }),
        ...(kind === "dispute_won" && { left: leftOf(await findOrderGrants(tx, order, reversals), now) }),
        takenCredits: shares[index]?.taken ?? NO_CREDITS,
        usedCredits: shares[index]?.used ?? NO_CREDITS,
      },
    });
  }
}
