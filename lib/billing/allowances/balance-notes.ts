import type { Facts, Invoice } from "./facts";
import { chargedCents, returnedOf } from "./invoice-money";
import { type Billed, billed, creditsByLine, isCredit, isDebit, leftOf, piecesOfLine } from "./line-worth";
import { add, floorOf, NOTHING, type Piece, times } from "./pieces";
import { endOf } from "./subscription-state";

/** Credits of a month of an invoice's line that never come. */
export type Ended = { readonly billed: Billed; readonly piece: Piece; readonly credits: bigint };

/**
 * What credit notes to the customer's balance end: of a subscription that is over, its later months, the newest first, by the
 * notes' share of the money that paid for all that the invoice's lines give. What had been given when a note was heard of stays, and
 * while the subscription runs no note ends anything.
 */
export function endedByNotes(facts: Facts, invoice: Invoice): readonly Ended[] {
  const cents = creditedToBalance(invoice);
  const paidCents = moneyOf(invoice);
  if (cents <= 0n || paidCents <= 0n) return [];
  const credited = creditsByLine(facts);
  const months = invoice.lines.flatMap((line) => {
    const known = isDebit(line) ? billed(facts, invoice, line) : null;
    return (known ? piecesOfLine(known) : []).flatMap((piece) => {
      const left = leftOf(credited.get(line.id) ?? [], line, piece);
      return known && left ? [{ billed: known, piece: left }] : [];
    });
  });
  const all = months.reduce((sum, { piece }) => add(sum, piece.worth), NOTHING);
  let open = floorOf(times(all, cents, paidCents));
  return months
    .filter((each) => each.piece.month > 0 && beginsAfterEnd(each))
    .toSorted((a, b) => b.piece.start.getTime() - a.piece.start.getTime())
    .flatMap((month) => {
      const worth = floorOf(month.piece.worth);
      const credits = worth < open ? worth : open;
      open -= credits;
      return credits > 0n ? [{ ...month, credits }] : [];
    });
}

/**
 * What was credited and paid back neither by a refund, however that ended, nor elsewhere. Who says nothing of a refund's note
 * counts that refund as one: rather too little is ended than what is paid for.
 */
function creditedToBalance(invoice: Invoice): bigint {
  const { creditNotesCents, prePaymentNotesCents, returns } = invoice;
  const refunded = (returns?.refunds ?? []).reduce((sum, each) => sum + each.amountCents, 0n);
  const noted = creditNotesCents - prePaymentNotesCents - refunded;
  const kept = chargedCents(invoice) - returnedOf(invoice).returnedCents;
  return noted < kept ? noted : kept;
}

/** What was charged, and what the time that it credits brought to it. */
const moneyOf = (invoice: Invoice): bigint =>
  invoice.lines
    .filter(isCredit)
    .reduce((sum, { amountCents }) => sum - amountCents, chargedCents(invoice) as bigint);

function beginsAfterEnd({ billed: { subscription }, piece: { start } }: Omit<Ended, "credits">): boolean {
  const endedAt = endOf(subscription, start);
  return endedAt !== null && endedAt <= start;
}
