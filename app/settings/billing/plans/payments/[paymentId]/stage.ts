import type { PlanView } from "@/lib/billing/account-view";
import type { PlanPaymentView } from "@/lib/billing/subscriptions/queries";
import { formatCents, formatCredits } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { cardName } from "@/lib/wording/cards";
import { declineSentence } from "@/lib/wording/declines";
import { formatInstant } from "@/lib/wording/instants";
import { offerName } from "@/lib/wording/plans";
import { type Confirming, confirmingMessage } from "../../../sentences";

type Where = Confirming & {
  readonly view: Pick<PlanView, "plan" | "subscription" | "standing" | "period" | "now">;
  readonly locale: string;
  readonly timeZone: string;
};
export type Message = { readonly title: string; readonly text: string };

const STATES: Record<PlanPaymentView["status"], string> = {
  processing: "Being confirmed",
  requires_action: "Waiting for your bank",
  paid: "Paid",
  declined: "Declined",
  canceled: "Canceled",
};

/** `Paid, upgrade to Premium`, `Declined, renewal of Starter`: what a tab of the browser says, and is read out when it changes. */
export function titleOf({ status, kind, toPlan, interval }: PlanPaymentView): string {
  const plan = offerName(toPlan.name, interval);
  return `${STATES[status]}, ${kind === "upgrade" ? "upgrade to" : "renewal of"} ${plan}`;
}

/** Where the payment is, what that means for the money and the plan, and what to do. */
export function messageOf(payment: PlanPaymentView, where: Where): Message {
  switch (payment.status) {
    case "processing":
      return confirmingMessage(payment.createdAt, where);
    case "requires_action":
      return {
        title: "Your bank wants to confirm this payment",
        text: "Continue to your bank's page and confirm there; it brings you back here. You are not charged until you have.",
      };
    case "paid":
      return paidMessage(payment, where);
    case "declined":
      return {
        title: "Payment not completed",
        text: `${declineSentence({ status: "declined", declineCode: payment.declineCode })} You were not charged. ${asBefore(payment)}`,
      };
    case "canceled":
      return { title: "Payment canceled", text: `Nothing was charged. ${asBefore(payment)}` };
    default:
      return unreachable(payment.status);
  }
}

function paidMessage(payment: PlanPaymentView, { view, ...where }: Where): Message {
  const { kind, toPlan, amountCents, credits, card, invoice } = payment;
  const { locale } = where;
  const paid = `${formatCents(amountCents, locale)} was paid with ${cardName(card)}.`;
  const many = formatCredits(credits, locale);
  switch (kind) {
    case "upgrade":
      // Looked at again in another cycle, or when the plan has become another, it is history.
      return isNews(payment, view)
        ? {
            title: `You are on ${toPlan.name}`,
            text: `${paid} A new cycle has begun with ${many} new credits; they can be used now.`,
          }
        : {
            title: `Your upgrade to ${toPlan.name} is paid`,
            text: `${paid} A new cycle began then, with ${many} new credits.`,
          };
    case "renewal":
      return {
        title: invoice?.reason === "subscription_cycle" ? "Your renewal is paid" : "Your invoice is paid",
        text: `${paid} ${renewedText(payment, { view, ...where })}`.trimEnd(),
      };
    default:
      return unreachable(kind);
  }
}

/** Stripe's clock, by which the cycle began, may be a little ahead of ours. */
const CLOCKS_APART_MS = 60 * 60_000;

const isNews = ({ toPlan, endedAt }: PlanPaymentView, { plan, period }: Where["view"]): boolean =>
  plan.id === toPlan.id &&
  (endedAt === null || endedAt.getTime() >= period.start.getTime() - CLOCKS_APART_MS);

/**
 * What the payment brings as things are now: a plan that ended is not brought back by it. Nothing where its invoice is for no month
 * of a plan, as one that an operator made of an amount, or where it was made in an earlier
 * cycle and brings no more: what it paid for is over, or the plan has ended since.
 */
function renewedText({ endedAt, invoice, credits }: PlanPaymentView, { view, ...where }: Where): string {
  if (credits === 0n) return "";
  const { period, now } = view;
  const runs = Boolean(view.subscription ?? view.standing);
  const isOfEarlierCycle = endedAt !== null && endedAt < period.start;
  const isOver = !invoice?.period || invoice.period.end <= now;
  if (isOfEarlierCycle && (isOver || !runs)) return "";
  return runs
    ? "The credits it pays for can be used now, less what was used of them before."
    : `Your plan has ended all the same. What is left of the credits it pays for can be used until ${formatInstant(period.end, where)}.`;
}

function asBefore({
  kind,
  fromPlan,
  invoice,
}: Pick<PlanPaymentView, "kind" | "fromPlan" | "invoice">): string {
  if (kind === "upgrade") return `Your ${fromPlan.name} plan and your credits are as they were.`;
  if (invoice?.status === "paid") return "The invoice has been paid since.";
  return invoice?.status === "void" ? "The invoice has been canceled since." : "The invoice is still due.";
}
