import type { ChangeError } from "@/lib/billing/subscriptions/change";
import type { PayInvoiceError } from "@/lib/billing/subscriptions/pay-invoice";
import type { CancelPlanPaymentError } from "@/lib/billing/subscriptions/settle-payment";
import type { NotChangeable } from "@/lib/billing/subscriptions/standing";
import type { SubscribeError } from "@/lib/billing/subscriptions/subscribe";
import type { UpgradeError } from "@/lib/billing/subscriptions/upgrade";
import { PAYMENTS_UNAVAILABLE } from "@/lib/payments-unavailable";
import { unreachable } from "@/lib/result";

export const ASK_A_BUYER =
  "You can look, but only an owner or billing member of your account can change the plan or pay for it. Ask one of them.";

const UNKNOWN_PLAN = "This plan is not for sale. Nothing was changed or charged. Choose one under Plans.";
const NOT_FOR_SALE =
  "This plan cannot be bought at the moment, which is our mistake. Nothing was changed or charged. Please write to us, or try again later.";
const PROVIDER_SILENT =
  "Our payment provider did not answer. Nothing was changed or charged. Please try again in a moment.";
const NO_SUBSCRIPTION =
  "There is no paid plan to change. Nothing was changed or charged. Choose a plan under Plans.";
const PAYMENT_IN_PROGRESS =
  "A payment for your plan is under way. Nothing more was charged. Wait for it, or cancel it, before you do this.";
const NO_CARD = "No card is saved. Nothing was charged. Add a card, then try again.";
const UNKNOWN_CARD =
  "That card is not saved any more. Nothing was charged. Choose another one, or add it again.";
const CHANGE_PLANNED =
  "A change of your plan is planned already. Nothing was changed or charged now. If you want something else, please write to us.";
const TOO_MANY_DECLINES =
  "Too many payments were declined in the last hour. Nothing was charged. To protect your card we pause here; please try again in an hour.";

/** Why a plan is not to be changed now, whatever was chosen, and what to do about it. */
function notChangeableSentence({ code }: NotChangeable): string {
  switch (code) {
    case "trialing":
      return "Your trial is still running. Nothing was changed or charged. Once it is over you can choose another plan; until then you can cancel it under Plans.";
    case "trial_over":
      return "Your plan is paused since its trial ended without a card. Nothing was changed or charged. Under Plans you see how it goes on.";
    case "collection_paused":
      return "Payments for your plan are paused. Nothing was changed or charged. You can choose another plan once they go on; contact us if you want that sooner.";
    case "being_set_up":
      return "Your plan is being set up on our side. Nothing was changed or charged. You can choose another one once it is; contact us if you want that sooner.";
    default:
      return unreachable(code);
  }
}

export function subscribeSentence(error: SubscribeError): string {
  switch (error.code) {
    case "unknown_plan":
      return UNKNOWN_PLAN;
    case "already_subscribed":
      return "Your account has a plan already. Nothing was charged. Reload this page to see it.";
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
    case "unknown_plan":
      return UNKNOWN_PLAN;
    case "no_subscription":
      return NO_SUBSCRIPTION;
    case "not_an_upgrade":
      return "That is not above the plan you have now, or you have paid for a year that it would cut short. Nothing was changed or charged. Choose a plan under Plans.";
    case "past_due":
      return "A payment for your plan has not come through. Nothing was charged. Pay that first, then upgrade.";
    case "trialing":
    case "trial_over":
    case "collection_paused":
    case "being_set_up":
      return notChangeableSentence(error);
    case "change_scheduled":
      return "You have chosen something else for the end of this cycle. Nothing was charged. Take that back under Plans first, then upgrade.";
    case "change_planned":
      return CHANGE_PLANNED;
    case "no_card":
      return NO_CARD;
    case "unknown_card":
      return UNKNOWN_CARD;
    case "not_for_sale":
      return NOT_FOR_SALE;
    case "payment_in_progress":
      return PAYMENT_IN_PROGRESS;
    case "invoice_open":
      return "The invoice of your running period is not paid yet. Nothing was charged now. Pay that first, then upgrade.";
    case "invoice_draft":
      return "The invoice of your running year is still being made. Our payment provider charges it to your card, or sends it to you, within about an hour. Nothing was charged now. Upgrade once it is paid; if it takes longer than that, please write to us.";
    case "price_changed":
      return "What this upgrade costs has changed since you opened this page. Nothing was charged. The figures below are up to date; confirm again if you agree.";
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
      return "There is nothing to pay any more. Nothing was charged now. Reload this page to see where your plan stands.";
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
      return "That is not below the plan you have now. Nothing was changed or charged. Choose a plan under Plans.";
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
  "You have chosen this for the end of the cycle already, and our payment provider has not confirmed it yet. We keep asking. Under Plans you can take it back.";

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
  "There is no answer yet. Nothing was changed; this payment settles by itself once there is one. You do not need to pay again.";

/** What came of a visit to Checkout, as the address says it. */
export type CheckoutFlag = "done" | "open" | "unknown" | "unavailable";
