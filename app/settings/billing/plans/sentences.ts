import type { ChangeError } from "@/lib/billing/subscriptions/change";
import type { PayInvoiceError } from "@/lib/billing/subscriptions/pay-invoice";
import type { CancelPlanPaymentError } from "@/lib/billing/subscriptions/settle-payment";
import type { NotChangeable } from "@/lib/billing/subscriptions/standing";
import type { SubscribeError } from "@/lib/billing/subscriptions/subscribe";
import type { UpgradeError } from "@/lib/billing/subscriptions/upgrade";
import { PAYMENTS_UNAVAILABLE } from "@/lib/payments-unavailable";
import { unreachable } from "@/lib/result";

const UNKNOWN_PLAN = "This plan is not for sale. Nothing was changed or charged. Choose one under Plans.";
const NOT_FOR_SALE =
  "This plan cannot be bought right now, which is our mistake. Nothing was changed or charged. Please contact us, or try again later.";
const PROVIDER_SILENT =
  "Our payment provider did not answer. Nothing was changed or charged. Please try again in a moment.";
const NO_SUBSCRIPTION =
  "There is no paid plan to change. Nothing was changed or charged. Choose a plan under Plans.";
const PAYMENT_IN_PROGRESS =
  "A payment for your plan is in progress. Nothing more was charged. Wait for it to finish, or cancel it, before you do this.";
const NO_CARD = "No card is saved. Nothing was charged. Add a card, then try again.";
const UNKNOWN_CARD =
  "That card is no longer saved. Nothing was charged. Choose another one, or add it again.";
const CHANGE_PLANNED =
  "A change of your plan is already scheduled. Nothing was changed or charged. If you want something else, please contact us.";
const TOO_MANY_DECLINES =
  "Too many payments were declined in the last hour. Nothing was charged. To protect your card, please wait an hour and try again.";

/** Why a plan is not to be changed now, whatever was chosen, and what to do about it. */
function notChangeableSentence({ code }: NotChangeable): string {
  switch (code) {
    case "trialing":
      return "Your trial is still running. Nothing was changed or charged. Once it is over you can choose another plan; until then you can cancel it under Plans.";
    case "trial_over":
      return "Your plan has been paused since its trial ended without a card. Nothing was changed or charged. The Plans page says how to continue.";
    case "collection_paused":
      return "Payments for your plan are paused. Nothing was changed or charged. You can choose another plan once they resume; contact us if you want that sooner.";
    case "being_set_up":
      return "Your plan is being set up on our side. Nothing was changed or charged. You can choose another one once that is done; contact us if you want that sooner.";
    default:
      return unreachable(code);
  }
}

export function subscribeSentence(error: SubscribeError): string {
  switch (error.code) {
    case "purchases_paused":
      return `${error.sentence} Nothing was charged.`;
    case "unknown_plan":
      return UNKNOWN_PLAN;
    case "already_subscribed":
      return "Your account already has a plan. Nothing was charged. Reload this page to see it.";
    case "not_for_sale":
      return NOT_FOR_SALE;
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error);
  }
}

export function upgradeSentence(error: UpgradeError): string {
  switch (error.code) {
    case "purchases_paused":
      return `${error.sentence} Nothing was charged.`;
    case "unknown_plan":
      return UNKNOWN_PLAN;
    case "no_subscription":
      return NO_SUBSCRIPTION;
    case "not_an_upgrade":
      return "That is not an upgrade from the plan you have now, or it would cut short a year you have paid for. Nothing was changed or charged. Choose a plan under Plans.";
    case "past_due":
      return "A payment for your plan has not gone through. Nothing was charged. Pay it first, then upgrade.";
    case "trialing":
    case "trial_over":
    case "collection_paused":
    case "being_set_up":
      return notChangeableSentence(error);
    case "change_scheduled":
      return "You have scheduled another change for the end of this cycle. Nothing was charged. Undo it under Plans first, then upgrade.";
    case "change_planned":
      return CHANGE_PLANNED;
    case "paid_by_invoice":
      return "Your plan is paid by invoice, so it cannot be upgraded here. Nothing was changed or charged. Please contact us, and we upgrade it for you.";
    case "no_card":
      return NO_CARD;
    case "unknown_card":
      return UNKNOWN_CARD;
    case "not_for_sale":
      return NOT_FOR_SALE;
    case "payment_in_progress":
      return PAYMENT_IN_PROGRESS;
    case "invoice_open":
      return "The invoice for your current period is not paid yet. Nothing was charged. Pay it first, then upgrade.";
    case "invoice_draft":
      return "The invoice for your current year is still being prepared. Our payment provider charges it to your card, or sends it to you, within about an hour. Nothing was charged. Upgrade once it is paid; if it takes longer, please contact us.";
    case "price_changed":
      return "The price of this upgrade has changed since you opened this page. Nothing was charged. The figures below are up to date; confirm again if you agree.";
    case "too_many_declines":
      return TOO_MANY_DECLINES;
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error);
  }
}

/** Why an open invoice was not paid: what the payment says of it, or that payments do not work at all, which is ours to mend. */
export type PayProblem = PayInvoiceError["code"] | "payments_unavailable";

export const payProblemSentence = (code: PayProblem): string =>
  code === "payments_unavailable" ? PAYMENTS_UNAVAILABLE : payInvoiceSentence({ code });

export function payInvoiceSentence(error: PayInvoiceError): string {
  switch (error.code) {
    case "nothing_to_pay":
      return "There is nothing left to pay. Nothing was charged. Reload this page to see the status of your plan.";
    case "invoice_changed":
      return "What is due has changed since you opened the page. Nothing was charged. The invoice and its amount below are up to date; pay if you agree.";
    case "no_card":
      return NO_CARD;
    case "unknown_card":
      return UNKNOWN_CARD;
    case "payment_in_progress":
      return PAYMENT_IN_PROGRESS;
    case "too_many_declines":
      return TOO_MANY_DECLINES;
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error);
  }
}

export function changeSentence(error: ChangeError): string {
  switch (error.code) {
    case "unknown_plan":
      return UNKNOWN_PLAN;
    case "no_subscription":
      return NO_SUBSCRIPTION;
    case "trialing":
    case "trial_over":
    case "collection_paused":
    case "being_set_up":
      return notChangeableSentence(error);
    case "not_a_downgrade":
      return "That is not a smaller plan than the one you have now. Nothing was changed or charged. Choose a plan under Plans.";
    case "change_planned":
      return CHANGE_PLANNED;
    case "payment_in_progress":
      return PAYMENT_IN_PROGRESS;
    case "not_for_sale":
      return NOT_FOR_SALE;
    case "provider_unavailable":
      return PROVIDER_SILENT;
    default:
      return unreachable(error);
  }
}

export const NOT_CONFIRMED_YET =
  "You have already chosen this for the end of the cycle, and our payment provider has not confirmed it yet. We keep asking. You can undo it under Plans.";

export function cancelPaymentSentence(
  error: Exclude<CancelPlanPaymentError, { code: "not_found" | "already_paid" }>,
): string {
  switch (error.code) {
    case "provider_unavailable":
      return "Our payment provider did not answer, so we cannot tell yet whether this payment is canceled. Please try again in a moment.";
    default:
      return unreachable(error.code);
  }
}

export const NO_ANSWER_YET =
  "There is no answer yet. Nothing was changed, and we keep asking. You don't need to pay again.";

/** What came of a visit to Checkout, as the address says it. */
export type CheckoutFlag = "done" | "open" | "unknown" | "unavailable";
