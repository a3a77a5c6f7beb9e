import type { Facts, Invoice, Line } from "../../lib/billing/allowances/facts";
import { monthsAfter } from "../../lib/calendar";
import { PREMIUM, STARTER } from "../testing/facts";

/**
 * What was paid for until now, counted without the code: one cent buys one credit, so a month's line is worth its amount. A
 * year's line is worth a twelfth in every month that begins, and its credit takes that of months which had begun when the
 * credit was paid. In doubles: exact to a few credits, which is all that rounding may differ by.
 */
export function paidFor(facts: Facts, now: Date): number | null {
  // A year's line that was voided and credited: Stripe returned what was never paid, and all of that counts.
  const isOdd = facts.invoices.some(
    (each) =>
      (each.status === "void" || (each.status === "paid" && !isMoney(each))) &&
      each.lines.some(({ priceId }) => priceId?.endsWith("_year")),
  );
  if (isOdd) return null;
  const paid = facts.invoices.filter(isMoney);
  return paid.reduce(
    (sum, invoice) => sum + invoice.lines.reduce((all, line) => all + worth(facts, invoice, line, now), 0),
    0,
  );
}

/** A credit note for all of it is no payment. */
const isMoney = ({ status, totalCents, paidCents, creditNotesCents }: Invoice): boolean =>
  status === "paid" && !(totalCents > 0n && paidCents === 0n && creditNotesCents >= totalCents);

function worth(facts: Facts, invoice: Invoice, line: Line, now: Date): number {
  const isYear = line.priceId?.endsWith("_year");
  if (!isYear) return Number(line.amountCents);
  const paidAt = invoice.paidAt?.getTime() ?? 0;
  const { start, end } = line.period;
  if (line.amountCents >= 0n)
    return monthsOf(facts, invoice, line)
      .filter(({ from }) => from <= now.getTime())
      .reduce((sum, each) => sum + each.worth, 0);
  const credited = lineCreditedBy(facts, line);
  if (!credited) return 0;
  return (
    -Math.min(1, line.quantity / credited.line.quantity) *
    monthsOf(facts, credited.invoice, credited.line, line)
      .filter(({ from }, month) => month === 0 || from < Math.max(start.getTime(), paidAt))
      .reduce(
        (sum, each) =>
          sum +
          (each.worth *
            Math.max(0, Math.min(each.to, end.getTime()) - Math.max(each.from, start.getTime()))) /
            (each.to - each.from),
        0,
      )
  );
}

type Month = { readonly from: number; readonly to: number; readonly worth: number };

/** Whole months first, and what is left in the last. */
function monthsOf(facts: Facts, invoice: Invoice, line: Line, but?: Line): Month[] {
  const amount = Number(line.amountCents);
  const rate = Number(line.priceId?.includes("premium") ? PREMIUM : STARTER) * line.quantity;
  const all = Array.from({ length: 12 }, (_, month) => ({
    from: monthsAfter(line.period.start, month).getTime(),
    to: Math.min(monthsAfter(line.period.start, month + 1).getTime(), line.period.end.getTime()),
    worth: Math.max(0, Math.min(rate, amount - rate * month)),
  })).filter(({ from, to }) => from < to);
  const credited = facts.invoices.filter(isMoney).flatMap((each) =>
    each.lines
      .filter(
        (other) => other.amountCents < 0n && other !== but && lineCreditedBy(facts, other)?.line === line,
      )
      .map((other) => ({
        at: Math.max(other.period.start.getTime(), each.paidAt?.getTime() ?? 0),
        share: other.quantity / line.quantity,
      })),
  );
  const ended = facts.subscriptions.find(({ id }) => id === line.subscriptionId)?.endedAt;
  const returned = invoice.creditNotesCents > 0n && ended ? [{ at: ended.getTime(), share: 1 }] : [];
  return all.map((each, month) => {
    const gone = [...credited, ...returned].filter(({ at }) => month > 0 && at <= each.from);
    return { ...each, worth: each.worth * Math.max(0, 1 - gone.reduce((sum, { share }) => sum + share, 0)) };
  });
}

function lineCreditedBy(facts: Facts, credit: Line): { invoice: Invoice; line: Line } | null {
  const all = facts.invoices.flatMap((invoice) =>
    invoice.lines
      .filter(
        (line) => line.amountCents > 0n && line.itemId === credit.itemId && line.priceId === credit.priceId,
      )
      .filter(
        (line) =>
          line.period.end.getTime() === credit.period.end.getTime() &&
          line.period.start <= credit.period.start,
      )
      .map((line) => ({ invoice, line })),
  );
  // What it takes the place of was there before it.
  return all.filter(({ line }) => line.id < credit.id).at(-1) ?? null;
}
