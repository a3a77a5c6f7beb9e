import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { documentLink } from "../links";
import { refused } from "../wire/errors";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { type BalanceTaken, changeBalance, dueOf } from "./customer-balance";
import { emit } from "./events";
import { getInvoice, type Invoice, paymentsOf, subscriptionIdOf } from "./invoice-rows";
import { blankIntent, cancelIntent } from "./payment-intent-rows";
import { whenClosed, whenPaid } from "./subscription-outcomes";
import { cardOf } from "./subscription-rows";

/** What Checkout had paid, and taken of the customer's balance, before there was an invoice. */
export type Prepaid = { intent: Stripe.PaymentIntent | undefined; balance: BalanceTaken };

/**
 * Gives a draft its number and its payment, and opens it; one with nothing due is paid at once. A payment
 * that was made already, as Checkout does, is taken instead of a new one.
 */
export function finalizeInvoice(work: Work, id: string, prepaid?: Prepaid): Invoice {
  const draft = getInvoice(work, id);
  if (draft.status !== "draft")
    throw refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: "invoice_not_editable",
    });
  const now = nowOf(work, idOf(draft.customer));
  const made = prepaid?.intent;
  const settled = prepaid ? settledBefore(draft, prepaid.balance) : settleBalance(work, draft);
  const page = `${work.publicUrl}/invoices/${id}`;
  const open = work.store.update("invoice", id, {
    ...settled,
    automatically_finalizes_at: null,
    effective_at: now,
    hosted_invoice_url: documentLink(page, work.nowMs),
    invoice_pdf: documentLink(`${page}/pdf`, work.nowMs),
    next_payment_attempt: null,
    number: nextNumber(work, idOf(draft.customer) ?? ""),
    payment_settings: { ...draft.payment_settings },
    status: "open",
    status_transitions: { ...draft.status_transitions, finalized_at: now },
    webhooks_delivered_at: draft.webhooks_delivered_at ?? now,
  });
  emit(work, "invoice.finalized", open);
  if (open.amount_due === 0) return markPaid(work, id, { by: "nothing" });
  recordPayment(work, open, made ?? createIntent(work, open));
  return made?.status === "succeeded" ? markPaid(work, id, { by: "intent" }) : open;
}

function settleBalance(work: Work, draft: Invoice): Partial<Invoice> {
  const customer = work.store.get("customer", idOf(draft.customer) ?? "");
  const { isTooSmall, ...taken } = dueOf(draft.total, customer?.balance ?? 0, draft.currency);
  if (customer)
    changeBalance(work, customer.id, taken.ending - taken.starting, {
      type: isTooSmall ? "invoice_too_small" : "applied_to_invoice",
      currency: draft.currency,
      invoice: draft.id,
    });
  return settledBefore(draft, taken);
}

/** `starting + total = due + ending`. */
function settledBefore({ total }: Invoice, { starting, ending }: BalanceTaken): Partial<Invoice> {
  const due = total + starting - ending;
  return { amount_due: due, amount_remaining: due, ending_balance: ending, starting_balance: starting };
}

function nextNumber(work: Work, id: string): string {
  const customer = work.store.get("customer", id);
  if (!customer) return newId("SIM", 8);
  const sequence = customer.next_invoice_sequence ?? 1;
  work.store.update("customer", id, { next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, "0")}`;
}

/** By the reason of the invoice (recorded: pay-rails/pay). */
const DESCRIPTIONS: Record<string, string> = {
  manual: "Payment for Invoice",
  subscription_create: "Subscription creation",
};

function createIntent(work: Work, invoice: Invoice): Stripe.PaymentIntent {
  const isSent = invoice.collection_method === "send_invoice";
  const payment_method = isSent ? null : cardOfInvoice(work, invoice);
  const id = newId("pi");
  const intent = work.store.put("payment_intent", {
    ...blankIntent(work, id),
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description: DESCRIPTIONS[invoice.billing_reason ?? ""] ?? "Subscription update",
    payment_method,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    setup_future_usage: "off_session",
    status: payment_method ? "requires_confirmation" : "requires_payment_method",
  });
  emit(work, "payment_intent.created", intent);
  return intent;
}

function recordPayment(work: Work, invoice: Invoice, intent: Stripe.PaymentIntent): void {
  work.store.put("invoice_payment", {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: nowOf(work, idOf(invoice.customer)),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

/** Nothing is owed any more, and what hangs on it happens: the subscription is active, its update applied. */
export function markPaid(
  work: Work,
  id: string,
  { by }: { by: "intent" | "nothing" | "out_of_band" },
): Invoice {
  const invoice = getInvoice(work, id);
  const now = nowOf(work, idOf(invoice.customer));
  const paid = work.store.update("invoice", id, {
    amount_paid: invoice.amount_due,
    ...(by === "out_of_band" ? { amount_paid_off_stripe: invoice.amount_remaining } : {}),
    amount_remaining: 0,
    attempt_count: invoice.attempt_count + (by === "intent" ? 1 : 0),
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: "paid",
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  });
  for (const payment of paymentsOf(work, id)) {
    if (payment.status !== "open") continue;
    if (by === "intent") settlePayment(work, payment, now);
    else cancelPayment(work, payment, now);
  }
  emit(work, "invoice.paid", paid);
  emit(work, "invoice.payment_succeeded", paid);
  whenPaid(work, paid);
  return paid;
}

function settlePayment(work: Work, payment: Stripe.InvoicePayment, now: number): void {
  const paid = work.store.update("invoice_payment", payment.id, {
    amount_paid: payment.amount_requested,
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: now },
  });
  emit(work, "invoice_payment.paid", paid);
}

function cancelPayment(
  work: Work,
  payment: Stripe.InvoicePayment,
  now: number,
  reason: Stripe.PaymentIntent["cancellation_reason"] = null,
): void {
  work.store.update("invoice_payment", payment.id, {
    status: "canceled",
    status_transitions: { canceled_at: now, paid_at: null },
  });
  const intent = work.store.get("payment_intent", idOf(payment.payment.payment_intent) ?? "");
  if (intent && intent.status !== "succeeded" && intent.status !== "canceled")
    cancelIntent(work, intent.id, reason);
}

/** Takes an invoice back for good; a payment that was waiting can no longer be made, and credit it took comes back. */
export function voidInvoice(work: Work, id: string): Invoice {
  const invoice = getInvoice(work, id);
  if (invoice.status !== "open" && invoice.status !== "uncollectible")
    throw wrongStatus(invoice, "void", "open or uncollectible");
  const now = nowOf(work, idOf(invoice.customer));
  const closed = work.store.update("invoice", id, {
    auto_advance: false,
    next_payment_attempt: null,
    status: "void",
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  });
  for (const payment of paymentsOf(work, id)) {
    if (payment.status === "open") cancelPayment(work, payment, now, "void_invoice");
  }
  const taken = (invoice.ending_balance ?? 0) - invoice.starting_balance;
  const why = { type: "unapplied_from_invoice", currency: invoice.currency, invoice: id } as const;
  changeBalance(work, idOf(invoice.customer) ?? "", -taken, why);
  emit(work, "invoice.voided", closed);
  whenClosed(work, closed);
  return closed;
}

export function giveUpInvoice(work: Work, id: string): Invoice {
  const invoice = getInvoice(work, id);
  if (invoice.status !== "open") throw wrongStatus(invoice, "mark uncollectible", "open");
  const marked_uncollectible_at = nowOf(work, idOf(invoice.customer));
  const closed = work.store.update("invoice", id, {
    auto_advance: false,
    next_payment_attempt: null,
    status: "uncollectible",
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at },
  });
  emit(work, "invoice.marked_uncollectible", closed);
  whenClosed(work, closed);
  return closed;
}

export function wrongStatus(invoice: Invoice, verb: string, allowed: string) {
  return refused(
    `You can only ${verb} an invoice that is ${allowed}. This invoice has a status of ${invoice.status}.`,
    { code: "invoice_not_editable" },
  );
}

/** The card an invoice is charged to: its own, its subscription's or its customer's. */
export function cardOfInvoice(work: Work, invoice: Invoice): string | null {
  const own = idOf(invoice.default_payment_method);
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  const customer = work.store.get("customer", idOf(invoice.customer) ?? "");
  const others = subscription
    ? cardOf(work, subscription)
    : idOf(customer?.invoice_settings.default_payment_method);
  return own ?? others;
}
