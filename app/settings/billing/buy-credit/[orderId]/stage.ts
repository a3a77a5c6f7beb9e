import type { AccountView } from "@/lib/billing/account-view";
import type { OrderView } from "@/lib/billing/orders/queries";
import { cents } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { declineSentence } from "@/lib/wording/declines";
import { formatInstant } from "@/lib/wording/instants";
import { paidBackSentence, takenBackSentence } from "@/lib/wording/purchases";
import { type Confirming, confirmingMessage } from "../../sentences";

/** What the page of an order is for at the moment. */
export type Stage =
  | "review"
  | "again"
  | "outdated"
  | "confirming"
  | "bank"
  | "paid"
  | "refunded"
  | "disputed"
  | "canceled"
  | "canceling"
  | "by_hand";

export function stageOf(order: OrderView, account: AccountView): Stage {
  if (order.underReview) return "by_hand";
  if (order.canceling) return "canceling";
  switch (order.status) {
    case "pending":
    case "declined":
      if (order.expiresAt.getTime() !== account.period.end.getTime()) return "outdated";
      return order.status === "pending" ? "review" : "again";
    case "processing":
      return "confirming";
    case "requires_action":
      return "bank";
    case "paid":
      return "paid";
    case "partially_refunded":
    case "refunded":
      return "refunded";
    case "disputed":
      return "disputed";
    case "canceled":
      return "canceled";
    default:
      return unreachable(order.status);
  }
}

export const isWaiting = (stage: Stage): boolean => stage === "confirming" || stage === "canceling";

const TITLES: Record<Stage, string> = {
  review: "Confirm order",
  again: "Declined,",
  outdated: "Out of date,",
  confirming: "Being confirmed,",
  bank: "Waiting for your bank,",
  paid: "Paid,",
  refunded: "Refunded,",
  disputed: "Disputed,",
  canceled: "Canceled,",
  canceling: "Being canceled,",
  by_hand: "Being looked at,",
};

/** `Confirm order CR-7F3K-20`, `Paid, CR-7F3K-20`: what a tab of the browser says, and is read out when it changes. */
export const titleOf = (stage: Stage, { reference }: Pick<OrderView, "reference">): string =>
  `${TITLES[stage]} ${reference}`;

type Where = Confirming & {
  readonly locale: string;
  readonly timeZone: string;
};
export type Message = { readonly title: string; readonly text: string };

/** Where the order is, what that means for the money, and what to do. */
export function messageOf(stage: Stage, order: OrderView, where: Where): Message {
  switch (stage) {
    case "review":
      return {
        title: "Review and confirm",
        text: `Order ${order.reference}. Nothing is charged until you confirm. The credits expire on ${formatInstant(order.expiresAt, where)} and do not carry forward.`,
      };
    case "again":
      return {
        title: "Payment not completed",
        text: `${declineSentence(order.attempts.at(-1))} You were not charged.`,
      };
    case "outdated":
      return {
        title: "This order is out of date",
        text: "It belongs to a billing cycle that is over, and its credits would have expired with it. You were not charged. Start a new order to buy credits for this cycle.",
      };
    case "confirming":
      return confirmingMessage(order.history.at(-1)?.at ?? order.createdAt, where);
    case "bank":
      return {
        title: "Your bank wants to confirm this payment",
        text: "Continue to your bank's page and confirm there; it brings you back here. You are not charged until you have.",
      };
    case "paid":
      return { title: "Payment received", text: paidText(order, where) };
    case "refunded":
      return {
        title: returnedTitle(order),
        text: returnedText(order, where),
      };
    case "disputed":
      return { title: "Payment disputed", text: disputedText(order, where) };
    case "canceled":
      return { title: "Order canceled", text: "Nothing was charged." };
    case "canceling":
      return {
        title: "Canceling this order",
        text: "We are waiting for our payment provider to confirm that nothing will be charged. You don't need to do anything.",
      };
    case "by_hand":
      return {
        title: "We are reviewing this order",
        text: "Something about its payment does not add up, so a person is checking it. Please do not pay again. You will get the credits you paid for, or your money back.",
      };
    default:
      return unreachable(stage);
  }
}

function returnedTitle({ status, returns }: OrderView): string {
  if (
    returns &&
    returns.comingCents > 0n &&
    returns.comingCents === returns.refundedCents + returns.lostCents
  )
    return "Money on its way back";
  return status === "refunded" ? "Money returned" : "Money returned in part";
}

/** What went back, what that took, and what is left to use. */
function returnedText({ status, returns, expiresAt }: OrderView, where: Where): string {
  if (!returns) return "";
  const { refundedCents, comingCents, lostCents, takenCredits, usedCredits } = returns;
  const madeCents = refundedCents - comingCents;
  const until = formatInstant(expiresAt, where);
  const rest =
    expiresAt <= where.now
      ? `The order's other credits expired on ${until}.`
      : `You can use the order's other credits until ${until}.`;
  return [
    madeCents > 0n &&
      `${formatCents(cents(madeCents), where.locale)} was refunded to the card you paid with. Banks usually take 5 to 10 days to show it.`,
    comingCents > 0n &&
      `${formatCents(comingCents, where.locale)} is on its way back to the card you paid with, and not confirmed yet.`,
    lostCents > 0n && `${formatCents(lostCents, where.locale)} went back to you, as your bank decided.`,
    takenCredits > 0n && takenBackSentence(takenCredits, usedCredits, where.locale),
    status === "partially_refunded" && rest,
  ]
    .filter(Boolean)
    .join(" ");
}

function disputedText({ returns }: OrderView, where: Where): string {
  const disputed = returns?.disputedCents;
  const amount = disputed ? formatCents(disputed, where.locale) : "the money";
  return `Your bank has taken back ${amount} for now. Until it decides, what is left of this order's credits cannot be used. If nobody in your team meant to dispute the payment, tell your bank that it was right and that the dispute is withdrawn; otherwise there is nothing to do.`;
}

/** What the purchase brought, as it is now: also weeks later. */
function paidText({ credits, paidBack, expiresAt, returns }: OrderView, where: Where): string {
  const asked = returns && returns.requestedCents > 0n;
  if (asked)
    return `A refund of ${formatCents(returns.requestedCents, where.locale)} is being confirmed. The credits it is for cannot be used meanwhile.`;
  const added = `${formatCredits(credits, where.locale)} credits were added.`;
  const until = formatInstant(expiresAt, where);
  const isOver = expiresAt <= where.now;
  if (paidBack === 0n)
    return `${added} ${isOver ? `They expired on ${until}.` : `You can use them until ${until}.`}`;
  const paid = paidBackSentence(paidBack === credits ? "all" : paidBack, where.locale);
  if (paidBack === credits) return `${added} ${paid}`;
  return `${added} ${paid} ${isOver ? `The rest expired on ${until}.` : `You can use the rest until ${until}.`}`;
}
