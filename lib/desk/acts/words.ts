import { formatCents, formatCredits, formatMinor } from "../../money/format";
import type { ActRefusal, FieldName } from "./act";
import type { ApprovalRefusal } from "./approve";
import type { ActKind, KeptKind } from "./kinds";

/** What an operator's act is called, on the desk and by command. */
export const ACT_NAMES: Readonly<Record<KeptKind, string>> = {
  grant: "Give credits",
  take: "Take credits away",
  revoke: "Revoke credits of a grant",
  restore: "Put credits back",
  write_off: "Write off what is owed",
  extend: "Extend a grant",
  take_back_extension: "Take an extension back",
  freeze: "Freeze a grant",
  unfreeze: "Unfreeze a grant",
  refund_order: "Refund an order",
  refund_invoice: "Refund a plan's invoice",
  settle_order: "Ask Stripe about an order",
  close_order: "Close a parked order",
  reopen_order: "Park a closed order again",
  read_account: "Read an account again from Stripe",
  set_plan: "Set a plan by agreement",
  end_sessions: "End a person's sessions",
  disable_person: "Disable a person",
  enable_person: "Enable a person",
  set_role: "Change a person's role",
  set_operator: "Make or unmake an operator",
  resend_mail: "Send a mail again",
  acknowledge_attention: "Acknowledge an attention item",
  replay_event: "Replay an event",
  retry_mails: "Try the mails again that were given up",
  issue_key: "Issue an API key",
  revoke_key: "Revoke an API key",
  pause_purchases: "Pause purchases",
  resume_purchases: "Resume purchases",
};

/** Of acts that only ask Stripe: what the preview cannot say, as the answer decides. */
export const ANSWER_DECIDES: Readonly<Partial<Record<ActKind, string>>> = {
  settle_order:
    "Stripe is asked once you confirm, and its answer decides. Where the payment succeeded, the order is paid and its credits are given; where it failed, it is declined; where money went back or is disputed, credits are taken or frozen. Else nothing changes, and the numbers stay as they are.",
  read_account:
    "Stripe is asked once you confirm, and its answer decides. The plan, its periods, its credits and the cards become what Stripe says: credits that were paid for are given, those of unpaid or returned invoices frozen or taken. Else nothing changes, and the numbers stay as they are.",
};

type FieldWords = { readonly label: string; readonly hint: string };

export const FIELD_WORDS: Readonly<Record<FieldName, FieldWords>> = {
  credits: { label: "Credits", hint: "A whole number in digits, without separators." },
  cents: {
    label: "Cents",
    hint: "A whole number in digits, as Stripe counts the currency. Empty: all that is left.",
  },
  kind: { label: "Kind of grant", hint: "promotional or adjustment." },
  until: {
    label: "Until the end of",
    hint: "A day like 2027-06-30, in UTC. Where credits are given it may be empty: then until the cycle's end.",
  },
  grant: { label: "Grant", hint: "grt_ and 32 digits: the account's ledger names it." },
  order: { label: "Order", hint: "ord_ and 32 digits." },
  invoice: { label: "Invoice", hint: "in_ and what follows: the account's page names it." },
  plan: { label: "Plan", hint: "The plan's id in the catalog." },
  person: { label: "Person", hint: "usr_ and 32 digits." },
  role: { label: "Role", hint: "owner, billing or member." },
  operator: { label: "Operator", hint: "yes or no." },
  mail: {
    label: "Mail",
    hint: "mail_ and 32 digits: the account's timeline leads here from each of its mails.",
  },
  name: { label: "Name", hint: "What the key is for." },
  scopes: { label: "Scopes", hint: "read, spend, or both with a comma between." },
  key: {
    label: "API key",
    hint: "rk_ and 32 digits, as the list of API keys names it: not the secret behind it.",
  },
  sentence: { label: "Sentence", hint: "What customers are told, such as when they can buy again." },
};

/** Every field that an act may have. */
export const ACT_FIELDS = Object.keys(FIELD_WORDS) as FieldName[];

/** Why an act was refused. Nothing was changed. */
export function actRefusalSentence(refusal: ActRefusal | ApprovalRefusal, locale = "en-US"): string {
  switch (refusal.code) {
    case "bad_field":
      return `${FIELD_WORDS[refusal.field].label}: this is not understood, or is not possible. ${FIELD_WORDS[refusal.field].hint}`;
    case "insufficient_credits":
      return refusal.owed > 0n
        ? `The account owes ${formatCredits(refusal.owed, locale)} credits and has none to take.`
        : `The account has only ${formatCredits(refusal.available, locale)} credits to take.`;
    case "more_than_granted":
      return `The grant has only ${formatCredits(refusal.most, locale)} credits that are not revoked.`;
    case "more_than_revoked":
      return `Only ${formatCredits(refusal.most, locale)} credits of the grant are revoked.`;
    case "amount_too_large":
      return `One act may move at most ${formatCredits(refusal.most, locale)} credits.`;
    case "more_than_left":
      return `Only ${formatCents(refusal.leftCents, locale)} of this order can be paid back.`;
    case "more_than_left_of_invoice":
      return `Only ${formatMinor(refusal.leftCents, refusal.currency, locale)} of this invoice can be paid back.`;
    case "more_than_a_payment_has":
      return `One refund of this invoice can pay back at most ${formatMinor(refusal.mostCents, refusal.currency, locale)}: none of its payments through Stripe has more left.`;
    default:
      return SENTENCES[refusal.code];
  }
}

type Plain = Exclude<
  (ActRefusal | ApprovalRefusal)["code"],
  | "bad_field"
  | "insufficient_credits"
  | "more_than_granted"
  | "more_than_revoked"
  | "amount_too_large"
  | "more_than_left"
  | "more_than_left_of_invoice"
  | "more_than_a_payment_has"
>;

const SENTENCES: Readonly<Record<Plain, string>> = {
  reason_missing: "Say why, in one line of at most 500 characters.",
  account_missing: "Say which account it is about.",
  account_not_found: "There is no such account.",
  subject_not_found: "There is no such thing in this account.",
  nothing_to_do: "It is so already: nothing would change.",
  already_so: "It is so already, or cannot be any more: nothing would change.",
  grant_not_found: "There is no such grant in this account.",
  grant_expired: "Its time is over, and what is over stays over.",
  nothing_owed: "The account owes nothing.",
  not_frozen_here: "It is frozen because its payment is missing or in dispute: its payment unfreezes it.",
  not_paid: "Its plan is not paid, or not yet: until it is, its credits stay where they are.",
  paid_back: "What it took was paid back since, or was never paid for: nothing of it can be put back.",
  no_counter_act: "Nothing takes this act back.",
  already_taken_back: "This act was taken back already.",
  order_not_paid: "The order is not paid.",
  order_paid: "The order is paid: refund it instead.",
  order_disputed: "The order's payment is in dispute: the bank decides what goes back.",
  order_not_parked: "The order is not parked: it goes on by itself.",
  order_under_way: "A refund of this order is under way. Wait until Stripe has said what became of it.",
  nothing_left: "All of it was paid back already.",
  invoice_not_paid: "The invoice is not paid.",
  invoice_of_nothing_ours:
    "The invoice is for nothing that is sold here, so no credits hang on it: refund it in Stripe's dashboard.",
  invoice_disputed: "The invoice's payment is in dispute: the bank decides what goes back.",
  invoice_paid_without_stripe:
    "Nothing of the invoice was paid through Stripe: a balance paid it, or it was paid elsewhere.",
  nothing_left_at_stripe:
    "Nothing is left of its payments at Stripe: they were paid back there already, or a bank took them back.",
  stripe_does_not_say:
    "Stripe does not say what can be paid back of this invoice: it does not answer, or has no such invoice. Try again later.",
  invoice_under_way: "A refund of this invoice is under way. Wait until Stripe has said what became of it.",
  has_subscription: "The account has a subscription, which says its plan. End it at Stripe first.",
  plan_without_credits: "The plan has no credits of its own: say how many a month.",
  oneself: "Nobody does this to themselves: ask another operator.",
  last_owner: "Nobody would own the account then. Make somebody else an owner first.",
  operator_gone: "Whoever asked for it, or who agrees, is not an operator any more.",
  last_operator: "Nobody would run the product then. Make somebody else an operator first.",
  stale_preview:
    "Something it depends on has changed since you looked. Nothing was done: look again, then confirm.",
  not_waiting: "It waits no more: somebody decided, or a day has passed.",
  same_operator: "Whoever asked for it cannot be the one who agrees: another operator has to.",
};

/** Why nothing came of an act after it was begun: `why` is a code of Stripe's or of ours. */
export function refusedSentence(why: string | undefined): string {
  if (why === "no_payment_has_so_much_left")
    return (
      "No payment made through Stripe has so much left of it: it was paid elsewhere or by several payments, or a bank took one back. " +
      "Nothing was paid back, and the credits are there again."
    );
  if (why === "parked_again")
    return "Stripe says that the order was paid meanwhile. It is closed, and parked again with that payment.";
  return `Stripe refused it (${why ?? "without a reason"}). What was prepared is undone.`;
}
