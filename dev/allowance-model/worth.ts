import type { Facts, Invoice, Line } from "../../lib/billing/allowances/facts";
import { monthsAfter } from "../../lib/calendar";
import { PREMIUM, STARTER } from "../testing/facts";

/** Credits that were paid for. */
export type PaidFor = {
  readonly most: number;
  /** Less where credit notes end months of a year: what was given before one was heard of stays. */
  readonly least: number;
};

/**
 * What was paid for until now, counted without the code: one cent buys one credit, so a month's line is worth its amount. A
 * year's line is worth a twelfth in every month that begins, and its credit takes that of months which had begun when the
 * credit was paid. In doubles: exact to a few credits, which is all that rounding may differ by.
 */
export function paidFor(facts: Facts, now: Date, credited: Credited = creditedCents): PaidFor | null {
  // A year's line that was voided and credited: Stripe returned what was never paid, and all of that counts.
  const isOdd = facts.invoices.some(
    (each) =>
      (each.status === "void" || (each.status === "paid" && !isMoney(each))) && each.lines.some(isOfYear),
  );
  if (isOdd) return null;
  const paid = facts.invoices.filter(isMoney);
  // Undone in two invoices: heard of apart, what was returned counts at once, and what was billed again month by month.
  const isUndoneApart = paid.some((invoice) =>
    invoice.lines.some((line) => isOfYear(line) && ![null, invoice].includes(undoing(facts, invoice, line))),
  );
  if (isUndoneApart) return null;
  if (paid.some((invoice) => invoice.lines.some((line) => isSoldAnew(facts, invoice, line)))) return null;
  const most = paid.reduce(
    (sum, invoice) => sum + invoice.lines.reduce((all, line) => all + worth(facts, invoice, line, now), 0),
    0,
  );
  const ended = paid.reduce(
    (sum, invoice) =>
      endedByNotes(facts, invoice, credited(invoice))
        .filter(({ from }) => from <= now.getTime())
        .reduce((all, each) => all + each.credits, sum),
    0,
  );
  return { most, least: most - ended };
}

/** What an invoice gives of a year's months that have begun or will, once all of its credit notes are heard of. */
export function leftOfNoted(facts: Facts, invoice: Invoice): number {
  const all = monthsBilled(facts, invoice).reduce((sum, each) => sum + each.worth, 0);
  return endedByNotes(facts, invoice, creditedCents(invoice)).reduce(
    (left, each) => left - each.credits,
    all,
  );
}

/** How many cents an invoice's lines credit: in a year of the product a line's amount is what it gives. */
type Credited = (invoice: Invoice) => number;
const creditedCents: Credited = ({ lines }) => -sum(lines.filter(({ amountCents }) => amountCents < 0n));

const sum = (all: readonly { readonly amountCents: bigint }[]) =>
  all.reduce((cents, each) => cents + Number(each.amountCents), 0);

/**
 * The credit notes' share of what the lines are worth, of the money that was charged and credited, less what went back by itself: it
 * ends months that begin after their subscription, the newest first.
 */
function endedByNotes(
  facts: Facts,
  invoice: Invoice,
  credited: number,
): { readonly from: number; readonly credits: number }[] {
  const { returns, totalCents, creditNotesCents, prePaymentNotesCents } = invoice;
  const refunds = returns?.refunds ?? [];
  const charged = Number(totalCents - prePaymentNotesCents);
  const back =
    sum(refunds.filter(({ status }) => status !== "failed")) +
    sum((returns?.disputes ?? []).filter(({ status }) => status === "lost"));
  const noted = Number(creditNotesCents - prePaymentNotesCents) - sum(refunds);
  const months = monthsBilled(facts, invoice);
  const all = months.reduce((total, each) => total + each.worth, 0);
  let open = Math.max(0, (all * Math.min(noted, charged - back)) / (charged + credited));
  return months
    .filter(({ isLater, from, endedAt }) => isLater && from >= endedAt)
    .toSorted((a, b) => b.from - a.from)
    .map(({ from, worth: its }) => {
      const credits = Math.min(its, open);
      open -= credits;
      return { from, credits };
    });
}

type BilledMonth = Month & { readonly isLater: boolean; readonly endedAt: number };

/** Months of what an invoice's lines sell; what is not a year's is of one. */
function monthsBilled(facts: Facts, invoice: Invoice): readonly BilledMonth[] {
  return invoice.lines
    .filter(({ amountCents }) => amountCents > 0n)
    .flatMap((line) => {
      const its = facts.subscriptions.find(({ id }) => id === line.subscriptionId);
      const endedAt = its?.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
      const { start, end } = line.period;
      const one = { from: start.getTime(), to: end.getTime(), worth: Number(line.amountCents) };
      return (isOfYear(line) ? monthsOf(facts, line) : [one]).map((month, index) => ({
        ...{ ...month, endedAt },
        isLater: index > 0,
      }));
    });
}

/** A credit note for all of it is no payment; one for what was paid already is something else. */
const isMoney = ({ status, totalCents, paidCents, prePaymentNotesCents }: Invoice): boolean =>
  status === "paid" && !(totalCents > 0n && paidCents === 0n && prePaymentNotesCents >= totalCents);

function worth(facts: Facts, invoice: Invoice, line: Line, now: Date): number {
  if (!isOfYear(line)) return Number(line.amountCents);
  if (undoing(facts, invoice, line)) return 0;
  const paidAt = invoice.paidAt?.getTime() ?? 0;
  const { start, end } = line.period;
  if (line.amountCents >= 0n)
    return monthsOf(facts, line)
      .filter(({ from }) => from <= now.getTime())
      .reduce((sum, each) => sum + each.worth, 0);
  const credited = lineCreditedBy(facts, line);
  // Of a price that no line had, as after a change without prorations: Stripe returns its money all the same.
  if (!credited) return Number(line.amountCents);
  // And what it returns of more than there was.
  const more = Math.max(0, 1 - credited.quantity / line.quantity) * Number(line.amountCents);
  return (
    more -
    Math.min(1, line.quantity / credited.quantity) *
      monthsOf(facts, credited, line)
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

const isOfYear = ({ priceId }: Line): boolean => priceId?.endsWith("_year") ?? false;

/**
 * Changed and changed back at one instant, from a year that was never billed, or not in that quantity: Stripe returns it and bills it,
 * in one invoice or, where each change is invoiced at once, in two; nothing was paid either way. The invoice with the other of the two
 * lines.
 */
function undoing(facts: Facts, { createdAt }: Invoice, line: Line): Invoice | null {
  const isOpposite = (other: Line): boolean =>
    other.amountCents === -line.amountCents &&
    other.priceId === line.priceId &&
    other.quantity === line.quantity &&
    other.period.start.getTime() === line.period.start.getTime() &&
    other.period.end.getTime() === line.period.end.getTime();
  const wasBilled = (credit: Line): boolean =>
    (lineCreditedBy(facts, credit)?.quantity ?? 0) >= credit.quantity;
  const undoes = (other: Line): boolean =>
    isOpposite(other) && !wasBilled(line.amountCents < 0n ? line : other);
  const ofOneInstant = facts.invoices.filter(
    (each) => isMoney(each) && each.createdAt.getTime() === createdAt.getTime(),
  );
  const own = ofOneInstant.find((each) => each.lines.includes(line) && each.lines.some(undoes));
  return own ?? ofOneInstant.find((each) => each.lines.some(undoes)) ?? null;
}

/**
 * Credited and billed again at one instant, of a year that was billed before: the rest of that year sold anew, or a year sold and taken
 * back at once. No line says which. Over the year both come to the same, but months begin on other days.
 */
function isSoldAnew({ invoices }: Facts, { lines }: Invoice, credit: Line): boolean {
  if (!isOfYear(credit) || credit.amountCents >= 0n) return false;
  const isLike = (line: Line): boolean =>
    line.priceId === credit.priceId &&
    line.period.end.getTime() === credit.period.end.getTime() &&
    line.amountCents > 0n;
  const isAnew = lines.some(
    (line) =>
      isLike(line) &&
      line.amountCents === -credit.amountCents &&
      line.period.start.getTime() === credit.period.start.getTime(),
  );
  const wasBilled = invoices
    .filter((each) => each.lines !== lines)
    .some((each) => each.lines.some((line) => isLike(line) && line.period.start < credit.period.start));
  return isAnew && wasBilled;
}

type Month = { readonly from: number; readonly to: number; readonly worth: number };

/** Whole months first, and what is left in the last. */
function monthsOf(facts: Facts, line: Line, but?: Line): Month[] {
  const amount = Number(line.amountCents);
  const rate = Number(line.priceId?.includes("premium") ? PREMIUM : STARTER) * line.quantity;
  const all = Array.from({ length: 12 }, (_, month) => ({
    from: monthsAfter(line.period.start, month).getTime(),
    to: Math.min(monthsAfter(line.period.start, month + 1).getTime(), line.period.end.getTime()),
    worth: Math.max(0, Math.min(rate, amount - rate * month)),
  })).filter(({ from, to }) => from < to);
  const credited = facts.invoices.filter(isMoney).flatMap((each) =>
    each.lines
      .filter((other) => other.amountCents < 0n && other !== but && lineCreditedBy(facts, other) === line)
      .map((other) => ({
        at: Math.max(other.period.start.getTime(), each.paidAt?.getTime() ?? 0),
        share: other.quantity / line.quantity,
      })),
  );
  return all.map((each, month) => {
    const gone = credited.filter(({ at }) => month > 0 && at <= each.from);
    return { ...each, worth: each.worth * Math.max(0, 1 - gone.reduce((sum, { share }) => sum + share, 0)) };
  });
}

function lineCreditedBy(facts: Facts, { id, itemId, priceId, period }: Line): Line | null {
  const { invoices } = facts;
  // What was given back as a whole is not given back once more.
  const isTaken = (line: Line): boolean =>
    invoices
      .filter(isMoney)
      .some(({ lines }) =>
        lines.some(
          (other) =>
            other.amountCents < 0n &&
            other.id < id &&
            line.id < other.id &&
            other.priceId === priceId &&
            other.quantity >= line.quantity &&
            other.period.start <= period.start &&
            other.period.end.getTime() === period.end.getTime() &&
            lineCreditedBy(facts, other) === line,
        ),
      );
  const before = invoices
    .flatMap(({ lines }) => lines)
    .filter(
      (line) =>
        line.amountCents > 0n &&
        (itemId === null || line.itemId === itemId) &&
        line.priceId === priceId &&
        line.period.end.getTime() === period.end.getTime() &&
        line.period.start <= period.start &&
        // What it takes the place of was there before it: ids are made in that order.
        line.id < id &&
        !isTaken(line),
    );
  return before.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0] ?? null;
}
