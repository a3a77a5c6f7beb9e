import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing, refused } from "../wire/errors";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { emit } from "./events";
import { markPaid } from "./invoice-life";
import { changeInvoice, getInvoice, type Invoice, intentOf, paymentsOf } from "./invoice-rows";

/** Leaves less to be paid, by as much of `patch` as says why; nothing left makes the invoice paid. */
export function leaveLess(work: Work, id: string, amount: number, patch: Partial<Invoice>): Invoice {
  const before = getInvoice(work, id);
  const left = before.amount_remaining - amount;
  const after = changeInvoice(work, id, { ...patch, amount_remaining: left });
  if (left === 0) return markPaid(work, id, { by: "nothing" });
  for (const payment of paymentsOf(work, id))
    if (payment.status === "open")
      work.store.update("invoice_payment", payment.id, { amount_requested: left });
  const intent = intentOf(work, id);
  if (intent && intent.status !== "succeeded")
    work.store.update("payment_intent", intent.id, { amount: left });
  return after;
}

/** A payment that was made elsewhere pays an invoice, or a part of it (documentation, "Partial payments"). */
export function attachPayment(work: Work, id: string, intentId: string): Invoice {
  const invoice = getInvoice(work, id);
  const intent = work.store.get("payment_intent", intentId);
  if (!intent) throw missing("payment_intent", intentId, "payment_intent");
  if (invoice.status !== "open" && invoice.status !== "uncollectible")
    throw refused("You can only attach a payment to an invoice that is open or uncollectible.");
  if (intent.status !== "succeeded")
    throw refused("The simulator attaches payments that have succeeded only.", { param: "payment_intent" });
  const amount = intent.amount_received;
  if (amount > invoice.amount_remaining)
    throw refused("The payment is more than what remains of the invoice.", { param: "payment_intent" });
  recordPaid(work, invoice, intent);
  return leaveLess(work, id, amount, { amount_paid: invoice.amount_paid + amount });
}

function recordPaid(work: Work, invoice: Invoice, intent: Stripe.PaymentIntent): void {
  const now = nowOf(work, idOf(invoice.customer));
  const paid = work.store.put("invoice_payment", {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: intent.amount_received,
    amount_requested: intent.amount_received,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: false,
    livemode: false,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: now },
  });
  emit(work, "invoice_payment.paid", paid);
}
