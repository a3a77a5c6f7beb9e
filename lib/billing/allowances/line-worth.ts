import { monthsAfter } from "../../calendar";
import type { Allowance, Facts, Invoice, Line, Offer, Subscription } from "./facts";
import { add, lengthOf, MONTHS, NOTHING, type Piece, piecesOf, type Share, times } from "./pieces";

/** A line, with what is needed to say what it is worth. */
export type Billed = {
  readonly line: Line;
  readonly invoice: Invoice;
  readonly subscription: Subscription;
  readonly offer: Offer;
  readonly assumed: boolean;
};

const DAY_MS = 86_400_000;

/** Whether an invoice was paid: with money, with the customer's balance, or out of band; not by a credit note for all of it. */
export const isPaid = ({ status, paidCents, creditNotesCents, totalCents }: Invoice): boolean =>
  status === "paid" && !(paidCents === 0n && totalCents > 0n && creditNotesCents >= totalCents);

/** Void, or brought to nothing by a credit note: nobody is asked to pay it any more. */
export const isVoid = (invoice: Invoice): boolean =>
  invoice.status === "void" || (invoice.status === "paid" && !isPaid(invoice));

export const isOwed = ({ status, remainingCents }: Invoice): boolean =>
  (status === "open" || status === "uncollectible") && remainingCents > 0n;

export const isDebit = ({ amountCents, isTrial }: Line): boolean =>
  amountCents > 0n || (amountCents === 0n && !isTrial);
export const isCredit = ({ amountCents }: Line): boolean => amountCents < 0n;

/** Paid invoices in the order in which they were paid: however late one is heard of, the end is the same. */
export const paidInOrder = ({ invoices }: Facts): readonly Invoice[] =>
  invoices
    .filter(isPaid)
    .toSorted((a, b) => (a.paidAt?.getTime() ?? 0) - (b.paidAt?.getTime() ?? 0) || (a.id < b.id ? -1 : 1));

/** The item whose line this is; a line of a subscription that names none is the subscription's. */
export const itemOf = ({ itemId, subscriptionId }: Line): string => itemId ?? subscriptionId ?? "";

/**
 * The offer by which a line is judged: what its price sells, or, while that cannot be read, what its item sold before, for
 * the period that was running then and one more. Null: nobody knows yet.
 */
export function billed(facts: Facts, invoice: Invoice, line: Line): Billed | null {
  const subscription = facts.subscriptions.find((each) => each.id === line.subscriptionId);
  if (!subscription) return null;
  if (line.offer) return { line, invoice, subscription, offer: line.offer, assumed: false };
  const known = subscription.items.find((each) => each.id === line.itemId)?.known;
  if (!line.isUnreadable || !known || isCredit(line)) return null;
  const isSoon = line.period.start <= monthsAfter(known.until, MONTHS[known.offer.interval]);
  return isSoon ? { line, invoice, subscription, offer: known.offer, assumed: true } : null;
}

export const piecesOfLine = ({ line, offer, subscription }: Billed): readonly Piece[] =>
  piecesOf(line, offer, subscription.anchor);

/** From when a line's time was credited: its months that begin then or later end with it. */
export type Credited = { readonly by: Line; readonly from: Date; readonly quantity: number };

/**
 * Which line each credit line takes its time from: the newest of the same price that covers it, paid or not. A credit counts
 * once the invoice that carries it is paid.
 */
export function creditsByLine(facts: Facts): ReadonlyMap<string, readonly Credited[]> {
  const debits = facts.invoices
    .filter((each) => each.status !== "draft" && !isVoid(each))
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    .flatMap((invoice) => invoice.lines.filter((line) => !isCredit(line)).reverse());
  const found = new Map<string, Credited[]>();
  for (const invoice of paidInOrder(facts)) {
    for (const by of invoice.lines.filter(isCredit)) {
      const { start: from, end } = by.period;
      const open = debits.filter(
        (each) =>
          each.subscriptionId === by.subscriptionId &&
          each.priceId === by.priceId &&
          each.period.start <= from &&
          from < each.period.end &&
          !(found.get(each.id) ?? []).some((other) => other.quantity >= each.quantity && other.from <= from),
      );
      // Unused time runs to the end of what it was billed with. A line that begins with it is what takes its place.
      const line =
        open.find((each) => each.period.end.getTime() === end.getTime()) ??
        open.find((each) => each.period.start < from && end < each.period.end);
      if (line) found.set(line.id, [...(found.get(line.id) ?? []), { by, from, quantity: by.quantity }]);
    }
  }
  return found;
}

/** Whether a month of a line was credited before it began. */
export const isCreditedAway = (credited: readonly Credited[], { quantity }: Line, piece: Piece): boolean =>
  credited.some((each) => each.from <= piece.start && each.quantity >= quantity);

/**
 * What a credit line takes from what the other lines of its invoice give: the credited part of every month that was running
 * or had been given. Months that had not begun only end.
 */
export function worthOfCredit(
  credit: Line,
  credited: Billed | null,
  isGiven: (piece: Piece) => boolean,
): Share {
  if (!credited) return NOTHING;
  const { start: from, end } = credit.period;
  const pieces = piecesOfLine(credited);
  return pieces.reduce((sum, piece) => {
    const start = piece.start < from ? from : piece.start;
    const stop = piece.end < end ? piece.end : end;
    const counts = start < stop && (piece.start < from || isGiven(piece));
    if (!counts) return sum;
    const part = times(piece.worth, lengthOf({ start, end: stop }), lengthOf(piece));
    const { quantity } = credited.line;
    return add(
      sum,
      quantity > 0 && credit.quantity < quantity
        ? times(part, BigInt(credit.quantity), BigInt(quantity))
        : part,
    );
  }, NOTHING);
}

/**
 * What an earlier release had judged: an invoice that was paid before, where a migrated allowance covers the month, or where
 * the month was over by then. It gives nothing, and a credit of that time counts all the same.
 */
export function isMigrated({ account, allowances }: Facts, invoice: Invoice, piece: Piece): boolean {
  const { migratedAt, createdAt } = account;
  if (piece.end <= createdAt || invoice.createdAt.getTime() < createdAt.getTime() - DAY_MS) return true;
  if (!migratedAt || !invoice.paidAt || invoice.paidAt >= migratedAt) return false;
  return piece.end <= migratedAt || allowances.some((each) => covers(each, piece));
}

const covers = ({ origin, startsAt, expiresAt, subscriptionId }: Allowance, { start }: Piece): boolean =>
  origin === "migrated" && subscriptionId !== null && startsAt <= start && start < expiresAt;
