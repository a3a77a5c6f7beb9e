import type { Allowance, Facts, Invoice } from "./facts";
import { laterMonthsOf } from "./later-months";
import { type Credited, creditsByLine } from "./line-worth";
import { floorOf, type Piece, times } from "./pieces";

/** Credits of months that an invoice was paid for and that another one credited before they began. */
export type Away = { readonly to: string; readonly credits: bigint };

/**
 * Where the months went that other invoices credited before they began: nothing was given for them here, and their money paid
 * for what those invoices sell. The rest of a month that had begun is not among them: it was given here, and those gave so much less.
 */
export function creditedAway(facts: Facts, invoice: Invoice): readonly Away[] {
  const byLine = creditsByLine(facts);
  const months = laterMonthsOf(facts, invoice).flatMap(({ billed: { line }, piece, left, rows }) => {
    const credited = byLine.get(line.id) ?? [];
    // Given before its credit was known, it was subtracted from what that one gave.
    if (credited.length === 0 || sum(rows) > (left ? floorOf(left.worth) : 0n)) return [];
    return sharedOut(facts, { credited, quantity: line.quantity, piece }).filter(
      ({ to, credits }) => to !== invoice.id && credits > 0n,
    );
  });
  return [...new Set(months.map(({ to }) => to))].map((to) => ({
    to,
    credits: sum(months.filter((each) => each.to === to)),
  }));
}

const sum = (of: readonly Pick<Allowance | Away, "credits">[]): bigint =>
  of.reduce((all, { credits }) => all + credits, 0n);

type Month = { readonly credited: readonly Credited[]; readonly quantity: number; readonly piece: Piece };

/** Of a month, what each invoice credited of it, the first first. */
function sharedOut({ invoices }: Facts, { credited, quantity, piece }: Month): readonly Away[] {
  let open = quantity;
  return credited.flatMap(({ by, endsMonths, quantity: gone }) => {
    const part = endsMonths <= piece.start ? Math.min(gone, open) : 0;
    open -= part;
    const to = invoices.find(({ lines }) => lines.some(({ id }) => id === by.id))?.id;
    return to && part > 0
      ? [{ to, credits: floorOf(times(piece.worth, BigInt(part), BigInt(quantity))) }]
      : [];
  });
}
