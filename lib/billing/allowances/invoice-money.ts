import { type Cents, cents, NO_CREDITS } from "../../money/credits";
import { decideReturns, type ReturnsDecision } from "../returns/decide";
import type { Invoice } from "./facts";

type ChargedInvoice = Pick<Invoice, "totalCents" | "prePaymentNotesCents" | "paidCents">;

/** What was asked for and paid, with money or out of a balance. An earlier release took all credit notes for such from before. */
export function chargedCents({ totalCents, prePaymentNotesCents, paidCents }: ChargedInvoice): Cents {
  const asked = totalCents - prePaymentNotesCents;
  return cents(asked > paidCents ? asked : paidCents);
}

/** What became of an invoice's money: its state, and how much went back. */
export type Returned = Pick<ReturnsDecision, "status" | "returnedCents">;

export function returnedOf(invoice: MoneyOf): Returned {
  const amountCents = chargedCents(invoice);
  if (!invoice.returns || amountCents <= 0n) return { status: "paid", returnedCents: cents(0n) };
  const paid = { amountCents, currency: invoice.currency, credits: NO_CREDITS };
  const { status, returnedCents } = decideReturns(paid, invoice.returns, NO_CREDITS);
  return { status, returnedCents };
}
type MoneyOf = ChargedInvoice & Pick<Invoice, "currency" | "returns">;
