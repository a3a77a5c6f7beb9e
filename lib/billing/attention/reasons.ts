/** Of what kind the object is that Stripe's id names. */
export type AttentionObject =
  | "subscription"
  | "subscription_item"
  | "subscription_schedule"
  | "invoice"
  | "invoice_line"
  | "credit_note"
  | "price"
  | "customer"
  | "payment_method"
  | "charge"
  | "refund"
  | "dispute"
  | "fraud_warning"
  | "payment_intent"
  | "event"
  | "api_version";

type Sentences = {
  /** What is the matter, and what the application does meanwhile. */
  readonly matter: string;
  /** What an operator does about it. */
  readonly toDo: string;
};

/**
 * Every reason for which an operator has to look at something, in sentences for the operator. Whatever is not
 * understood, contradictory or nobody's has one of these: nothing of it is silent.
 */
export const ATTENTION_REASONS = {
  payment_of_lost_order: {
    matter:
      "The database was restored from a backup, and this payment was for an order of an account that is not in it, or says nothing of what was bought. The money was taken, and nothing was given for it.",
    toDo: "Find out who paid: refund it in Stripe's dashboard, or grant them what they bought; then acknowledge this.",
  },
  price_unreadable: {
    matter:
      "Neither the price nor its product says which plan it sells. What was last known goes on for the running period and one more.",
    toDo: "Put the price's metadata right in Stripe's dashboard, or move the subscription to a price that stripe:setup made.",
  },
  unknown_plan: {
    matter:
      "The price names a plan that the catalog does not have. What was last known goes on for the running period and one more.",
    toDo: "Put the plan's name right in the price's metadata in Stripe's dashboard, or the plan back into the catalog.",
  },
  no_credits: {
    matter:
      "The price is of a plan by agreement, and the credits in its metadata are missing or mistyped. What was last known goes on for the running period and one more.",
    toDo: "Write refill_credits into the price's metadata in Stripe's dashboard: digits only, the credits of a month.",
  },
  interval_not_sold: {
    matter:
      "The price is charged for an interval other than a month or a year. What was last known goes on for the running period and one more.",
    toDo: "Move the subscription to a price by the month or the year.",
  },
  currency_not_sold: {
    matter:
      "The price or its invoice is in a currency we do not sell in. What was last known goes on for the running period and one more.",
    toDo: "Move the subscription to a price in the currency of the catalog.",
  },
  not_a_fixed_price: {
    matter:
      "The price is metered, tiered or without an amount of its own: what a period costs is not known when it begins. What was last known goes on for the running period and one more.",
    toDo: "Move the subscription to a licensed price with one amount.",
  },
  product_deleted: {
    matter:
      "The price's product was deleted in Stripe, and the price says no plan. What was last known goes on for the running period and one more.",
    toDo: "Write refill_plan into the price's metadata in Stripe's dashboard, or move the subscription to a price that stripe:setup made.",
  },
  price_gone: {
    matter:
      "Stripe does not know the price any more. What was last known goes on for the running period and one more.",
    toDo: "Move the subscription to a price that stripe:setup made.",
  },
  several_plan_items: {
    matter:
      "The subscription has several items that are plans, and nobody can say which one is meant. What was last known goes on.",
    toDo: "Remove all plan items but one from the subscription.",
  },
  quantity_zero: {
    matter: "The quantity of the plan's item is 0. What was last known goes on.",
    toDo: "Set the quantity, or cancel the subscription.",
  },
  line_missing: {
    matter:
      "A billing period began two hours ago or more, and no invoice has a line for it. Nothing was given for it.",
    toDo: "Look in Stripe whether the invoice is held back, was deleted, or has lost its line; invoice the period.",
  },
  draft_not_finalized: {
    matter:
      "An invoice of the plan is still a draft three days after it was made: nobody can pay it, and what it is for is not given, or given without being paid.",
    toDo: "Look at the invoice in Stripe for why it could not be finalized, and finalize or delete it.",
  },
  raised_with_prorations: {
    matter:
      "The plan was raised at once, and the difference is charged with the next regular invoice: its credits come when that is paid.",
    toDo: "To give them at once, invoice the pending items of the subscription now.",
  },
  paid_and_not_returned: {
    matter:
      "The subscription was canceled at once, and later months of it are paid and not, or not all, refunded or credited. What was not is still given.",
    toDo: "Refund or credit what was not to be charged; otherwise acknowledge this.",
  },
  two_live_subscriptions: {
    matter:
      "The account has more than one live subscription to a plan. Each gives what is paid for it; one of them is shown.",
    toDo: "Ask the customer which one is meant, and cancel the other.",
  },
  plan_refund_or_credit_note: {
    matter:
      "A paid invoice of the plan was refunded or credited afterwards, and there are no credits here that it paid for, or it was not read yet; or money that a credited invoice brought to it went back, and it cost less than nothing. No credits were revoked for it.",
    toDo: "Decide whether the credits are to be revoked, and acknowledge this.",
  },
  invoice_payment_unread: {
    matter:
      "The invoice was paid, or in part, in a way of which nobody can say here what came back of it. For a payment that was only recorded in Stripe no credits are taken. For one that paid for something else too (pi_…), all that came back counts as this invoice's.",
    toDo: "Look in Stripe what was paid back, and for what; revoke the credits, or give back those that were taken for something else, and acknowledge this.",
  },
  payment_inquiry: {
    matter:
      "The bank of whoever paid an order or a plan's invoice asks about the payment. No money moved, and the credits are as they were.",
    toDo: "Answer the inquiry in Stripe by the day its evidence is due, or refund it: unanswered it becomes a dispute.",
  },
  payment_disputed: {
    matter:
      "A payment of an order or of a plan's invoice is disputed and its money is with the bank. What is left of its credits is frozen, and the account buys nothing meanwhile.",
    toDo: "Submit evidence in Stripe by the day it is due, or accept the dispute there.",
  },
  dispute_in_other_currency: {
    matter:
      "A dispute was lost in another currency than the payment's: nobody can say how much of it went back. No credits were taken for it.",
    toDo: "Decide how many credits are to be revoked, and acknowledge this.",
  },
  fraud_warning: {
    matter:
      "The bank warns that an order or a plan's invoice was paid with a stolen or misused card. Nothing was changed.",
    toDo: "Look at the customer; refund the payment if it is fraud, which keeps a dispute away. Otherwise acknowledge this.",
  },
  refund_failed: {
    matter:
      "A refund failed or was canceled after it was begun: the money is with us, and the credits were restored.",
    toDo: "Ask the customer for another way to pay them back, and acknowledge this.",
  },
  return_unreadable: {
    matter:
      "A refund or dispute is in a state this release does not know. What was last known of it goes on.",
    toDo: "Look for a newer release that knows it, and at the object in Stripe.",
  },
  return_not_settled: {
    matter:
      "A payment was refunded or is disputed, or its bank warns of fraud, and for an hour that could not be settled here. It is asked about again every minute.",
    toDo: "Look in the log for why, by the payment's id. It resolves itself once it is settled.",
  },
  plan_payment_returned: {
    matter:
      "A payment of an invoice that is of no plan here was refunded or is disputed, or its bank warns of fraud. No credits were taken for it.",
    toDo: "Answer the dispute in Stripe by the day its evidence is due; decide whether the credits are to be revoked, and acknowledge this.",
  },
  unknown_payment_returned: {
    matter:
      "A payment was refunded or is disputed, or its bank warns of fraud; our names or a customer of ours are on it, and no order or invoice was paid by it.",
    toDo: "Find in Stripe what it was for: an order may have been canceled before it was paid. After a restored backup the order may be missing here; answer a dispute by the day its evidence is due.",
  },
  paid_under_unknown_customer: {
    matter:
      "Somebody paid for a plan of ours as a customer that belongs to no account. Nobody was given anything for it.",
    toDo: "Find whose it is; cancel and refund it, and let them subscribe from their account.",
  },
  paid_invoice_unbound: {
    matter:
      "A paid invoice has a line for a plan that no allowance could be bound to. Nothing was given for that line.",
    toDo: "Compare the line's period and price with the subscription; refund it, or give the credits by hand.",
  },
  subscription_of_two_accounts: {
    matter: "The subscription is already another account's. It counts for that one alone.",
    toDo: "Find out why two accounts have the same customer or subscription; write to support before changing anything.",
  },
  object_not_found: {
    matter:
      "Stripe says that it does not have a subscription or an invoice that it had before. What was last known of it goes on.",
    toDo: "See that the application has the key of the right Stripe account. An invoice may have been deleted as a draft: then acknowledge this.",
  },
  renewed_after_cancel: {
    matter:
      "The subscription was to end before the running period (Stripe had confirmed it, or the customer had chosen it and Stripe did not confirm it in time), and it renewed.",
    toDo: "Look at who took the cancellation back and what was charged; credit or void the invoice if the customer did not want it, and see that the choice counts now.",
  },
  event_version_unknown: {
    matter:
      "The webhook sends events in a version of Stripe's API that this release does not read. They are kept and not handled; everything they tell of is found out later without them.",
    toDo: "Make an endpoint of the right version (npm run stripe:setup -- --webhook) and delete the other one, then npm run events -- retry --all --as <your e-mail> --reason <why>.",
  },
  subscription_card_refused: {
    matter:
      "The customer changed the card they pay with, and Stripe refused it for a subscription beside the one that is shown: that one is still charged to the card it had. It is asked again, once a day at the end.",
    toDo: "Look at the subscription in Stripe for why; cancel it, or set its card there.",
  },
} as const satisfies Readonly<Record<string, Sentences>>;

export type AttentionReason = keyof typeof ATTENTION_REASONS;

/** Sentences for a reason as it is stored, which an earlier or later release may have had. */
export function sentencesOf(reason: string): Sentences {
  return Object.hasOwn(ATTENTION_REASONS, reason)
    ? ATTENTION_REASONS[reason as AttentionReason]
    : {
        matter: `Stored by another release for a reason this one does not know: ${reason}.`,
        toDo: "Use that release.",
      };
}
