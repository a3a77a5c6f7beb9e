import type Stripe from "stripe";
import { idOf } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import type { Work } from "../work";
import type { Invoice } from "./invoice-rows";
import { refundsOf } from "./refund-rows";
import { refundCharge } from "./refunds";

type NoteRefund = Stripe.CreditNote.Refund;

/** What a request for a credit note says of money that goes back: newly, or by refunds that were made before. */
export type AskedRefunds = {
  refund_amount?: number;
  refunds?: { refund: string; amount_refunded?: number }[];
};

const PAID_BACK = ["pending", "requires_action", "succeeded"];

/** The charges that paid an invoice, the newest first. */
function chargesOf(work: Work, { id }: Invoice): Stripe.Charge[] {
  return work.store
    .listOf("invoice_payment", "invoice", id)
    .filter(({ status }) => status === "paid")
    .flatMap(({ payment }) => {
      const intent = work.store.get("payment_intent", idOf(payment.payment_intent) ?? "");
      const charge = work.store.get("charge", idOf(intent?.latest_charge) ?? "");
      return charge?.status === "succeeded" ? [charge] : [];
    });
}

/**
 * What of an invoice was paid back beside its credit notes: so much less can be credited (the SDK's words on credit notes:
 * "the credit note API subtracts those refund amounts from the maximum creditable amount").
 */
export function refundedBeside(work: Work, invoice: Invoice): number {
  const linked = new Set(
    work.store
      .listOf("credit_note", "invoice", invoice.id)
      .filter((note) => note.status === "issued")
      .flatMap((note) => note.refunds.map(({ refund }) => idOf(refund))),
  );
  return chargesOf(work, invoice)
    .flatMap((charge) => refundsOf(work, charge.id))
    .filter((refund) => PAID_BACK.includes(refund.status ?? "") && !linked.has(refund.id))
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** The refunds that a request names, which must be of the invoice's own payments. */
export function readLinked(work: Work, invoice: Invoice, asked: AskedRefunds): NoteRefund[] {
  const charges = chargesOf(work, invoice).map(({ id }) => id);
  return (asked.refunds ?? []).map(({ refund: id, amount_refunded }, index) => {
    const refund = work.store.get("refund", id);
    if (!refund) throw missing("refund", id, `refunds[${index}][refund]`);
    if (!charges.includes(idOf(refund.charge) ?? ""))
      throw invalidParameter("The refund is not of a payment of this invoice.", `refunds[${index}][refund]`);
    return noteRefund(id, amount_refunded ?? refund.amount);
  });
}

/** Pays back `refund_amount`: a refund of the invoice's charge (the SDK's words), of several where one has not so much left. */
export function payBack(work: Work, invoice: Invoice, amount: number): NoteRefund[] {
  const made: NoteRefund[] = [];
  let open = amount;
  for (const charge of chargesOf(work, invoice)) {
    const part = Math.min(open, charge.amount_captured - charge.amount_refunded);
    if (part < 1) continue;
    const { id } = refundCharge(work, charge, { amount: part, reason: null, metadata: {} });
    made.push(noteRefund(id, part));
    open -= part;
  }
  if (open > 0)
    throw invalidParameter(
      "The refund amount is more than what is left of the invoice's payments.",
      "refund_amount",
    );
  return made;
}

const noteRefund = (refund: string, amount_refunded: number): NoteRefund => ({
  amount_refunded,
  payment_record_refund: null,
  refund,
  type: "refund",
});
