import type { PlanView } from "@/lib/billing/account-view";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";

export type StandingOffer = "add_card" | "contact";

/** What helps a plan that does not just run; `mayManage`: whether this person may change the account's cards. */
export function offersOf(
  { kind }: PlanStanding,
  view: Pick<PlanView, "cards" | "subscription">,
  mayManage: boolean,
): readonly StandingOffer[] {
  const isCharged = kind === "trial_over" || (kind === "trialing" && !view.subscription?.sendsInvoice);
  const lacksCard = isCharged && view.cards.length === 0;
  const offers: StandingOffer[] = mayManage && lacksCard && !isEnding(view) ? ["add_card"] : [];
  return kind === "trialing" || kind === "not_invoiced" ? offers : [...offers, "contact"];
}

/** Whether the plan ends with what is paid for, as far as anybody chose so. */
export const isEnding = ({ subscription }: Pick<PlanView, "subscription">): boolean =>
  subscription?.pendingChange
    ? subscription.pendingChange.kind === "cancel"
    : Boolean(subscription?.cancelAt);
