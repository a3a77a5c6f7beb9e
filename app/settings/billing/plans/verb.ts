import type { PlanView } from "@/lib/billing/account-view";
import type { Offer } from "@/lib/billing/subscriptions/offers";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import type { Plan, PlanId } from "@/lib/catalog/plans";
import { compareOffers, type PlanInterval } from "@/lib/catalog/prices";
import { unreachable } from "@/lib/result";
import { planNow } from "./words";

/** What can be done about a plan from where an account is. */
export type Verb =
  | { readonly kind: "current" }
  /** It comes by itself, at this instant. */
  | { readonly kind: "coming"; readonly at: Date }
  | { readonly kind: "subscribe" | "upgrade" | "downgrade"; readonly offer: Offer }
  | { readonly kind: "cancel" }
  | { readonly kind: "contact" }
  /** Only once the renewal that did not go through is paid. */
  | { readonly kind: "after_payment" }
  /** Only once the plan runs as it should, which the customer or we have to see to. */
  | { readonly kind: "waits"; readonly standing: Waiting }
  /** Only once what was chosen for the end of the cycle is undone. */
  | { readonly kind: "after_keeping" }
  /** Not by the customer: an operator planned how the subscription goes on. */
  | { readonly kind: "planned" }
  | { readonly kind: "none" };

export type Waiting = Exclude<PlanStanding["kind"], "unpaid">;
type Standing = Pick<PlanView, "plan" | "planStatus" | "subscription" | "openPayment" | "standing">;

/** Somebody subscribes to something of which nobody knows what it is: never Free, never by agreement. */
export const isUnknown = ({ standing }: Pick<Standing, "standing">): boolean => standing?.kind === "unknown";

/** Without a subscription a paid plan is by agreement, and only we can change it. */
export const isByAgreement = ({ plan, planStatus, subscription, standing }: Standing): boolean =>
  plan.kind !== "free" && subscription === null && planStatus !== "canceled" && !isUnknown({ standing });

/** The verb for a plan's card; `offer` is what the card shows of a plan that people buy by themselves. */
export function verbFor(view: Standing, plan: Plan, offer: Offer | null): Verb {
  if (isUnknown(view)) return plan.kind === "agreement" ? { kind: "contact" } : { kind: "none" };
  if (isByAgreement(view)) return { kind: view.plan.id === plan.id ? "current" : "none" };
  switch (plan.kind) {
    case "agreement":
      return { kind: planNow(view).id === plan.id ? "current" : "contact" };
    case "free":
      return verbForFree(view);
    case "self_serve":
      return offer ? verbForOffer(view, offer) : { kind: "none" };
    default:
      return unreachable(plan.kind);
  }
}

function verbForFree({ subscription, openPayment, standing }: Standing): Verb {
  if (!subscription) return { kind: "current" };
  if (standing?.kind === "trial_over") return { kind: "none" };
  const { pendingChange, cancelAt } = subscription;
  if (pendingChange?.kind === "cancel") return { kind: "none" }; // What is to come of it stands above.
  if (cancelAt && !pendingChange) return { kind: "coming", at: cancelAt };
  return { kind: openPayment ? "none" : "cancel" };
}

function verbForOffer(
  { plan, planStatus, subscription, openPayment, standing }: Standing,
  offer: Offer,
): Verb {
  if (!subscription) return { kind: "subscribe", offer };
  const { next, renewsAt, cancelAt, pendingChange, billedAs, sendsInvoice } = subscription;
  const wanted = { plan: offer.plan.id, interval: offer.interval };
  if (next && !cancelAt && !pendingChange && isSame({ plan: next.plan.id, interval: next.interval }, wanted))
    return { kind: "coming", at: renewsAt };
  const order = compareOffers(wanted, { plan: plan.id, interval: subscription.interval });
  if (billedAs && billedAs.plan.id !== plan.id && offer.interval === subscription.interval) {
    if (order === 0) return { kind: "coming", at: renewsAt };
    if (billedAs.plan.id === offer.plan.id) return { kind: "current" };
  }
  if (order === 0) return { kind: "current" };
  if (standing && standing.kind !== "unpaid") return { kind: "waits", standing: standing.kind };
  if (subscription.isPlannedByOperator) return { kind: pendingChange ? "none" : "planned" };
  if (openPayment || isPending({ subscription }, offer)) return { kind: "none" };
  if (order < 0) return { kind: "downgrade", offer };
  if (planStatus === "past_due") return { kind: "after_payment" };
  if (pendingChange?.kind === "keep") return { kind: "none" };
  // Stripe lets no upgrade wait for its payment where invoices are sent.
  if (sendsInvoice) return { kind: "contact" };
  return pendingChange || cancelAt || next ? { kind: "after_keeping" } : { kind: "upgrade", offer };
}

/** Whether it was chosen for the end of the cycle, and the payment provider has not confirmed it. */
export function isPending({ subscription }: Pick<Standing, "subscription">, offer: Offer): boolean {
  const pendingChange = subscription?.pendingChange;
  if (pendingChange?.kind !== "change") return false;
  return isSame(
    { plan: pendingChange.plan.id, interval: pendingChange.interval },
    { plan: offer.plan.id, interval: offer.interval },
  );
}

type Choice = { readonly plan: PlanId; readonly interval: PlanInterval };
const isSame = (a: Choice, b: Choice): boolean => a.plan === b.plan && a.interval === b.interval;
