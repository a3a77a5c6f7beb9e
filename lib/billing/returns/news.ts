import { cents } from "../../money/credits";
import { cameToNothing, type DisputeFact, isOpenDispute, type RefundFact, type ReturnFacts } from "./decide";

/** What those who take care of billing are told of. */
export type News =
  | { readonly kind: "refunded" | "refund_failed"; readonly about: RefundFact }
  | { readonly kind: "disputed" | "dispute_won" | "dispute_lost"; readonly about: DisputeFact };

/** What is news between what was stored before and what is now. */
export function newsOf(was: ReturnFacts, now: ReturnFacts): News[] {
  const refunds = now.refunds.flatMap((each): News[] => {
    const before = was.refunds.find(({ id }) => id === each.id);
    const isNews = isPaidBack(each) && !(before && isPaidBack(before));
    if (isNews) return [{ kind: "refunded", about: each }];
    // What was paid back elsewhere is one sum, which grows.
    const more =
      before && isPaidBack(each) && each.refundId === null ? each.amountCents - before.amountCents : 0n;
    if (more > 0n) return [{ kind: "refunded", about: { ...each, amountCents: cents(more) } }];
    // One that Stripe refused was told to whoever asked for it.
    const failed = cameToNothing(each) && !(before && cameToNothing(before));
    return failed ? [{ kind: "refund_failed", about: each }] : [];
  });
  const disputes = now.disputes.flatMap((each): News[] => {
    const before = was.disputes.find(({ id }) => id === each.id);
    if (isOpenDispute(each))
      return before && isOpenDispute(before) ? [] : [{ kind: "disputed", about: each }];
    if (before?.status === each.status) return [];
    if (each.status === "lost") return [{ kind: "dispute_lost", about: each }];
    // One that was never told of needs no end.
    return each.status === "won" && before ? [{ kind: "dispute_won", about: each }] : [];
  });
  return [...refunds, ...disputes];
}

/** Whether what came to nothing was canceled: no bank sent anything back then. */
export const isCanceled = ({ kind, about }: News): boolean =>
  kind === "refund_failed" && about.status === "canceled";

const isPaidBack = ({ status }: RefundFact) =>
  status === "pending" || status === "requires_action" || status === "succeeded";
