import type { CancelOrderError } from "@/lib/billing/orders/cancel";
import type { ConfirmOrderError } from "@/lib/billing/orders/confirm";
import type { PlaceOrderError } from "@/lib/billing/orders/place";
import type { OrderView } from "@/lib/billing/orders/queries";
import type { NoUndoError, UndoOrderError } from "@/lib/billing/orders/returns/undo";
import { formatCents } from "@/lib/money/format";
import { notationOf } from "@/lib/money/notation";
import { type AmountLimits, type AmountProblem, writeAmount } from "@/lib/money/parse-amount";
import { unreachable } from "@/lib/result";
import { cardName } from "@/lib/wording/cards";
import { didYouMean } from "./buy-credit/did-you-mean";

const PLAN_REQUIRED =
  "Buying credits is for paid plans. Nothing was charged. Upgrade your plan first, then come back.";
const PAST_DUE =
  "A payment for your plan has not gone through, so you cannot buy credits until it is paid. Nothing was charged.";
const PLAN_NOT_ACTIVE =
  "Your plan is not active right now. Nothing was charged. You can buy credits once it is; the Plans page says what it is waiting for.";
const CYCLE_ENDED =
  "Your billing cycle has just ended and the next one is being opened. Nothing was charged. Please try again in a few minutes.";
export const PAYMENT_DISPUTED =
  "A payment of yours is disputed with your bank. You can buy credits again once the bank has decided. Nothing was charged.";
const UNDER_REVIEW =
  "We are reviewing this order. Please do not pay again; write to us if you have questions.";

/** What is wrong with a typed amount, and what to type instead. */
export function amountSentence(
  problem: Exclude<AmountProblem, "another_notation">,
  limits: AmountLimits,
  locale: string,
): string {
  const least = formatCents(limits.minCents, locale);
  const most = formatCents(limits.maxCents, locale);
  const example = writeAmount(1_250n, notationOf(locale));
  switch (problem) {
    case "missing":
      return `Choose a bundle or enter an amount from ${least} to ${most}.`;
    case "not_an_amount":
      return `Type the amount in digits, like 12 or ${example}.`;
    case "too_many_decimals":
      return `Use at most two decimals, like ${example}.`;
    case "too_small":
      return `The smallest amount is ${least}. Type ${least} or more.`;
    case "too_large":
      return `The largest amount is ${most}. Type ${most} or less.`;
    default:
      return unreachable(problem);
  }
}

export function placeOrderSentence(error: PlaceOrderError, limits: AmountLimits, locale: string): string {
  switch (error.code) {
    case "plan_required":
      return PLAN_REQUIRED;
    case "past_due":
      return PAST_DUE;
    case "cycle_ended":
      return CYCLE_ENDED;
    case "plan_not_active":
      return PLAN_NOT_ACTIVE;
    case "payment_disputed":
      return PAYMENT_DISPUTED;
    case "purchases_paused":
      return `${error.sentence} Nothing was charged.`;
    case "unknown_bundle":
      return "Choose a bundle or enter an amount. Nothing was ordered.";
    case "bad_amount":
      return error.problem === "another_notation"
        ? didYouMean(formatCents(error.reading, locale))
        : amountSentence(error.problem, limits, locale);
    case "too_many_open_orders":
      return "You have ten unfinished orders. Nothing was ordered. Pay or cancel some of them under History first.";
    default:
      return unreachable(error);
  }
}

export function confirmOrderSentence(error: Exclude<ConfirmOrderError, { code: "order_not_found" }>): string {
  switch (error.code) {
    case "plan_required":
      return PLAN_REQUIRED;
    case "past_due":
      return PAST_DUE;
    case "cycle_ended":
      return CYCLE_ENDED;
    case "plan_not_active":
      return PLAN_NOT_ACTIVE;
    case "payment_disputed":
      return PAYMENT_DISPUTED;
    case "purchases_paused":
      return `${error.sentence} Nothing was charged.`;
    case "order_canceled":
      return "This order was canceled. Nothing was charged. Start a new one to buy credits.";
    case "under_review":
      return UNDER_REVIEW;
    case "order_out_of_date":
      return "This order belongs to a billing cycle that is over. Nothing was charged. Start a new order to buy credits for this cycle.";
    case "acknowledgement_required":
      return "Tick the box to confirm you know when these credits expire. Nothing was charged yet.";
    case "no_card":
      return "No card is saved. Nothing was charged. Add a card, then confirm.";
    case "unknown_card":
      return "That card is no longer saved. Nothing was charged. Choose another one, or add it again.";
    case "too_many_declines":
      return "Too many payments were declined in the last hour. Nothing was charged. To protect your card, please wait an hour and try again.";
    default:
      return unreachable(error);
  }
}

export const NO_CARD_CHOSEN = "Choose the card to pay with. Nothing was charged.";

export function cancelOrderSentence(
  error: Exclude<CancelOrderError, { code: "order_not_found" | "already_paid" }>,
): string {
  switch (error.code) {
    case "under_review":
      return UNDER_REVIEW;
    case "payment_in_progress":
      return "The payment is being confirmed right now, so this order cannot be canceled. The outcome will appear here in a moment.";
    default:
      return unreachable(error);
  }
}

/** Why a customer cannot have an order refunded by themselves, and what to do. */
export function undoOrderSentence(
  error: Exclude<UndoOrderError | NoUndoError, { code: "order_not_found" }>,
): string {
  switch (error.code) {
    case "refunds_off":
      return "Orders cannot be refunded on this page. Nothing was changed. Please write to us.";
    case "order_not_paid":
      return "This order is not paid, so there is nothing to refund. Nothing was changed.";
    case "nothing_left":
      return "All of this order's money has gone back already. Nothing was changed.";
    case "refund_under_way":
      return "A refund of this order is being confirmed. You don't need to do anything.";
    case "order_disputed":
      return "This payment is disputed with your bank, which decides about the money. Nothing was changed.";
    case "credits_touched":
      return "An order can be refunded here only while all its credits are unused, and some of these have been used, set aside or taken back, or have expired. Nothing was changed. Please write to us if you have questions.";
    case "window_over":
      return "The time in which this order could be refunded here is over. Nothing was changed. Please write to us if you have questions.";
    case "under_review":
      return "We are reviewing this order, so it cannot be refunded here. Nothing was changed. Please write to us if you have questions.";
    case "refused":
      return "Our payment provider refused this refund. No money went back, and your credits are there again. Please write to us.";
    default:
      return unreachable(error);
  }
}

/** Of a payment that may have gone through, while Stripe is not asked. */
export const UNSEEN = {
  title: "Not confirmed yet",
  text: "Payments are unavailable right now, so we cannot see whether this one went through. We will find out as soon as they are back. Please do not pay again.",
};
/** Of a payment of which there has been no answer for so long that the bank is not what it waits for. */
const NO_ANSWER = {
  title: "Not confirmed yet",
  text: "Our payment provider has not answered, so we cannot tell yet whether this payment went through. This page updates as soon as it does. Please do not pay again.",
};
const CONFIRMING = {
  title: "Confirming with your bank",
  text: "This usually takes a few seconds, and goes on even if you close this page. You don't need to pay again.",
};
const LONG_FOR_A_BANK_MS = 2 * 60_000;

export type Confirming = {
  /** Whether Stripe says how payments stand, as `seesPayments` has it. */
  readonly isSeen: boolean;
  readonly now: Date;
};

/** Of a payment without an answer, begun at an instant: what is known of why. */
export function confirmingMessage(since: Date, { isSeen, now }: Confirming) {
  if (!isSeen) return UNSEEN;
  return now.getTime() - since.getTime() > LONG_FOR_A_BANK_MS ? NO_ANSWER : CONFIRMING;
}

export const CARD_SETUP_UNAVAILABLE =
  "Our payment provider did not answer, so no card could be added. Nothing was changed or charged. Please try again in a moment.";
export const BANK_SILENT =
  "Our payment provider is not answering right now. Nothing was changed, and we keep asking. You don't need to pay again.";

/** What came of saving a card, as the address says it. */
export type CardFlag = "saved" | "failed" | "unconfirmed" | "unavailable";

export function cardFlagSentence(flag: CardFlag): string {
  switch (flag) {
    case "saved":
      return "Your card is saved and will be used for payments.";
    case "failed":
      return "No card was saved, and nothing was charged. You can try again.";
    case "unavailable":
      return "Payments are unavailable right now, so we cannot see whether your card was saved. If it was, it will appear here once they are back. Nothing was charged.";
    case "unconfirmed":
      return "Our payment provider has not answered yet. If the card was saved, it will appear here in a moment. Nothing was charged.";
    default:
      return unreachable(flag);
  }
}

/** One line of an order's history. */
export function transitionSentence(
  { status, attemptNumber }: OrderView["history"][number],
  attempts: OrderView["attempts"],
): string {
  const attempt = attempts.find((each) => each.number === attemptNumber);
  const card = attempt ? ` with ${cardName(attempt.card)}` : "";
  switch (status) {
    case "pending":
      return "Order placed";
    case "processing":
      return `Payment started${card}`;
    case "requires_action":
      return "Your bank asked you to confirm the payment";
    case "declined":
      return attempt?.status === "declined" ? "Declined by your bank" : "Payment did not go through";
    case "paid":
      return "Paid, credits added";
    case "partially_refunded":
      return "Refunded in part";
    case "refunded":
      return "Refunded";
    case "disputed":
      return "Payment disputed with your bank";
    case "canceled":
      return "Canceled, nothing charged";
    default:
      return unreachable(status);
  }
}
