import { decodeFacts, type MailFacts, type MailKind } from "../../outbox/kinds";
import type { MailContext } from "../context";
import type { Letter } from "../letter";
import { cardAdded, cardRemoved } from "./cards";
import { addOnsExpiring, lowCredits } from "./credits";
import {
  emailChangeAsked,
  emailChanged,
  emailToConfirm,
  invitation,
  passwordReset,
  passwordWasReset,
} from "./links";
import { contactConfirmed, newBrowser, passwordChanged, secondFactorChanged } from "./people";
import {
  planDisputed,
  planDisputeLost,
  planDisputeWon,
  planRefunded,
  planRefundFailed,
} from "./plan-returns";
import {
  cardExpiring,
  planCancelPlanned,
  planChangePlanned,
  planEnded,
  planKept,
  planPaid,
  planPaymentDeclined,
  planPaymentFailed,
  planPaymentNeedsBank,
} from "./plans";
import { orderDeclined, orderNeedsBank, receipt } from "./purchases";
import {
  orderDisputed,
  orderDisputeLost,
  orderDisputeWon,
  orderRefunded,
  orderRefundFailed,
} from "./returns";

type Templates = { readonly [K in MailKind]: (facts: MailFacts<K>, to: MailContext) => Letter };

const TEMPLATES: Templates = {
  receipt,
  order_declined: orderDeclined,
  order_needs_bank: orderNeedsBank,
  order_refunded: orderRefunded,
  order_refund_failed: orderRefundFailed,
  order_disputed: orderDisputed,
  order_dispute_won: orderDisputeWon,
  order_dispute_lost: orderDisputeLost,
  plan_refunded: planRefunded,
  plan_refund_failed: planRefundFailed,
  plan_disputed: planDisputed,
  plan_dispute_won: planDisputeWon,
  plan_dispute_lost: planDisputeLost,
  plan_paid: planPaid,
  plan_payment_failed: planPaymentFailed,
  plan_payment_declined: planPaymentDeclined,
  plan_payment_needs_bank: planPaymentNeedsBank,
  plan_ended: planEnded,
  plan_cancel_planned: planCancelPlanned,
  plan_change_planned: planChangePlanned,
  plan_kept: planKept,
  card_added: cardAdded,
  card_removed: cardRemoved,
  card_expiring: cardExpiring,
  low_credits: lowCredits,
  add_ons_expiring: addOnsExpiring,
  new_browser: newBrowser,
  contact_confirmed: contactConfirmed,
  password_reset: passwordReset,
  password_was_reset: passwordWasReset,
  password_changed: passwordChanged,
  second_factor_changed: secondFactorChanged,
  email_to_confirm: emailToConfirm,
  email_change_asked: emailChangeAsked,
  email_changed: emailChanged,
  invitation,
};

/** What a mail says to its reader. Throws where its facts are not those of its kind. */
export function writeLetter<K extends MailKind>(kind: K, kept: unknown, to: MailContext): Letter {
  return TEMPLATES[kind](decodeFacts(kind, kept), to);
}
