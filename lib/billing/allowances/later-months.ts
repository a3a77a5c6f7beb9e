import type { Allowance, Facts, Invoice } from "./facts";
import { type Billed, billed, creditsByLine, isDebit, isMigrated, leftOf, piecesOfLine } from "./line-worth";
import { invoiceOf, lineOf } from "./payments";
import type { Piece } from "./pieces";

/** A month of a line. */
export type Month = { readonly billed: Billed; readonly piece: Piece };

/** One after its line's first. */
export type LaterMonth = Month & {
  /** What other invoices left of it that credited its time before it began; null: nothing. */
  readonly left: Piece | null;
  /** What was given for it. */
  readonly rows: readonly Allowance[];
};

/** The months after the first that an invoice's lines sell, as they were billed. What an earlier release judged is not among them. */
export function laterMonthsOf(facts: Facts, invoice: Invoice): readonly LaterMonth[] {
  const credits = creditsByLine(facts);
  return invoice.lines.flatMap((line) => {
    const known = isDebit(line) ? billed(facts, invoice, line) : null;
    return (known ? piecesOfLine(known) : []).flatMap((piece) =>
      known && piece.month > 0 && !isMigrated(facts, invoice, piece)
        ? [
            {
              ...{ billed: known, piece, rows: allowancesOf(facts, known, piece) },
              left: leftOf(credits.get(line.id) ?? [], line, piece),
            },
          ]
        : [],
    );
  });
}

/** Of a paid invoice those that were not given: they come, or never will. What was credited is another invoice's. */
export const monthsNotGiven = (facts: Facts, invoice: Invoice): readonly Month[] =>
  laterMonthsOf(facts, invoice).flatMap(({ billed, left, rows }) =>
    left && rows.length === 0 ? [{ billed, piece: left }] : [],
  );

const isOf = ({ lineId, month }: Pick<Allowance, "lineId" | "month">, { line }: Billed, piece: Piece) =>
  lineId === line.id && month === piece.month;

/** The allowances of a month of a line: its own, or the one that was given at the boundary before it was paid. */
export function allowancesOf(facts: Facts, known: Billed, piece: Piece): readonly Allowance[] {
  const { line } = known;
  const own = facts.allowances.filter((each) => isOf(each, known, piece));
  if (own.length > 0 || line.isProration) return own;
  return facts.allowances.filter(
    (each) =>
      isUnbound(each) && each.month === piece.month && lineOf(each, invoiceOf(facts, each)) === line.id,
  );
}

const isUnbound = ({ lineId, origin, payment }: Allowance): boolean =>
  lineId === null && (origin === "provisional" || (origin === "migrated" && payment !== "paid"));
