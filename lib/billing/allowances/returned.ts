import { type Cents, type Credits, cents, credits, NO_CREDITS, sumCredits } from "../../money/credits";
import { decideReturns, type ReturnsDecision } from "../returns/decide";
import type { Allowance, Decision, Facts, Invoice } from "./facts";
import { isPaid } from "./line-worth";
import { monthsNotGiven } from "./paid-lines";
import { floorOf } from "./pieces";

/*
 * What refunds, disputes and credit notes of a paid invoice mean for the credits of its allowances, by the rule that orders have
 * too (`returns/decide`), with what an invoice has beside them:
 *
 * | of an invoice                              | is                                                                       |
 * |--------------------------------------------|--------------------------------------------------------------------------|
 * | charged                                    | its total, less credit notes from before it was paid; a balance pays too |
 * | paid back                                  | refunds of its payments, lost disputes, credit notes paid back elsewhere |
 * | a credit note to the customer's balance    | nothing paid back: nothing is taken                                      |
 * | its credits                                | what its lines gave, and months of a year that were not given            |
 * | a month that was not given                 | counts as gone first: the newest months are the first to go              |
 * | given months                               | what is left of any, expired of any, held of any, then spent: debt. In each of these the newest first |
 * | a month that begins later                  | is given, and taken in the same transaction as far as its share is due   |
 * | a month that begins while it is disputed   | is given frozen, and is no promise of the next period (`mayBeProvisional`) |
 * | its time was credited by another invoice   | is that one's: what this one gave stays what it gave                     |
 *
 * The plan goes on as its subscription does: no refund ends it.
 */
export function decideReturned(facts: Facts): Decision["returned"] {
  return facts.invoices.flatMap((invoice) => {
    const { returns } = invoice;
    const amountCents = chargedCents(invoice);
    if (!returns || !isPaid(invoice) || amountCents <= 0n) return [];
    const given = givenBy(facts, invoice);
    const notGiven = notGivenBy(facts, invoice);
    const all = sumCredits([...given.map((each) => each.credits), notGiven]);
    const paid = { amountCents, currency: invoice.currency, credits: all, notGiven };
    const allowances = given.map(({ itemId, periodStart, month, part }) => ({
      ...{ itemId, periodStart, month, part },
    }));
    return [{ invoiceId: invoice.id, decision: decideReturns(paid, returns, returns.revoked), allowances }];
  });
}

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

/** What was paid for by its lines, newest first. Free time is nobody's money. */
function givenBy({ allowances }: Facts, { id }: Invoice): readonly Allowance[] {
  return allowances
    .filter(
      (each) =>
        each.invoiceId === id && each.payment === "paid" && each.origin !== "trial" && each.credits > 0n,
    )
    .toSorted((a, b) => b.startsAt.getTime() - a.startsAt.getTime() || b.part - a.part);
}

function notGivenBy(facts: Facts, invoice: Invoice): Credits {
  return credits(
    monthsNotGiven(facts, invoice).reduce((sum, { piece }) => {
      const worth = floorOf(piece.worth);
      return worth > 0n ? sum + worth : sum;
    }, 0n),
  );
}
