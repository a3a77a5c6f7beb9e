import { type BillingPeriod, monthsAfter } from "../../calendar";
import type { Allowance, Facts, Invoice, Line, Offer, Subscription } from "./facts";
import { onceFor } from "./once-for";
import { add, isWhole, lengthOf, MONTHS, NOTHING, type Piece, piecesOf, type Share, times } from "./pieces";

/** A line, with what is needed to say what it is worth. */
export type Billed = {
  readonly line: Line;
  readonly invoice: Invoice;
  readonly subscription: Subscription;
  readonly offer: Offer;
  readonly assumed: boolean;
  /** The interval that it is a part of, where a line for all of that is known. */
  readonly full: BillingPeriod | null;
};

const DAY_MS = 86_400_000;

/**
 * Whether an invoice was paid: with money, with the customer's balance, or out of band; not by a credit note for all of it. One
 * that came after the payment returns money, and the invoice stays paid.
 */
export const isPaid = ({ status, paidCents, prePaymentNotesCents, totalCents }: Invoice): boolean =>
  status === "paid" && !(paidCents === 0n && totalCents > 0n && prePaymentNotesCents >= totalCents);

/** Void, or brought to nothing by a credit note: nobody is asked to pay it any more. */
export const isVoid = (invoice: Invoice): boolean =>
  invoice.status === "void" || (invoice.status === "paid" && !isPaid(invoice));

export const isOwed = ({ status, remainingCents }: Invoice): boolean =>
  (status === "open" || status === "uncollectible") && remainingCents > 0n;

export const isDebit = ({ amountCents, isTrial }: Line): boolean =>
  amountCents > 0n || (amountCents === 0n && !isTrial);
export const isCredit = ({ amountCents }: Line): boolean => amountCents < 0n;

/** Paid invoices in the order in which they were paid: however late one is heard of, the end is the same. */
export const paidInOrder = ({ invoices }: Pick<Facts, "invoices">): readonly Invoice[] =>
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
  if (line.offer)
    return {
      line,
      invoice,
      subscription,
      offer: line.offer,
      assumed: false,
      full: fullOf(facts, line, line.offer),
    };
  const known = subscription.items.find((each) => each.id === line.itemId)?.known;
  if (line.unreadable === null || !known || isCredit(line)) return null;
  const isSoon = line.period.start <= monthsAfter(known.until, MONTHS[known.offer.interval]);
  // A month is a month, also of an item that sold years before.
  const offer: Offer = isWhole(line.period, MONTHS.month)
    ? { ...known.offer, interval: "month" }
    : known.offer;
  return isSoon
    ? {
        line,
        invoice,
        subscription,
        offer,
        assumed: true,
        full: fullOf(facts, line, offer),
      }
    : null;
}

function fullOf({ invoices }: Facts, { itemId, period }: Line, { interval }: Offer): BillingPeriod | null {
  const ending = linesByEnd(invoices).get(period.end.getTime()) ?? [];
  const whole = ending.find(
    (each) => !each.isProration && each.itemId === itemId && isWhole(each.period, MONTHS[interval]),
  );
  return whole?.period ?? null;
}

/** Lines of all invoices by the instant at which their periods end, in milliseconds; those of one instant in their order. */
const linesByEnd = onceFor((invoices: Facts["invoices"]): ReadonlyMap<number, readonly Line[]> => {
  const found = new Map<number, Line[]>();
  for (const line of invoices.flatMap(({ lines }) => lines)) {
    const end = line.period.end.getTime();
    const ending = found.get(end) ?? [];
    found.set(end, ending);
    ending.push(line);
  }
  return found;
});

export const piecesOfLine = ({ line, offer, subscription, full }: Billed): readonly Piece[] =>
  piecesOf(line, offer, subscription.anchor, full);

/** From when the months of a line end that have not begun: its time was credited, and that was paid. */
export type Credited = {
  readonly by: Line;
  readonly from: Date;
  readonly endsMonths: Date;
  readonly quantity: number;
};

/** Which line each credit line takes its time from. A credit counts once the invoice that carries it is paid. */
export const creditsByLine = ({ invoices }: Facts): ReadonlyMap<string, readonly Credited[]> =>
  creditsIn(invoices);

/** Asked for every invoice of a history by every part of a decision, it would be most of what a read costs. */
const creditsIn = onceFor((invoices: Facts["invoices"]): ReadonlyMap<string, readonly Credited[]> => {
  const debits = invoices
    .filter((each) => !isVoid(each))
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    .flatMap((invoice) =>
      invoice.lines
        .filter((line) => !isCredit(line))
        .reverse()
        .map((line) => ({ line, invoice })),
    );
  const found = new Map<string, Credited[]>();
  for (const invoice of paidInOrder({ invoices })) {
    const credits = invoice.lines.filter(isCredit);
    for (const by of credits.toSorted((a, b) => a.period.start.getTime() - b.period.start.getTime())) {
      const from = by.period.start;
      const free = debits.filter(({ line }) => {
        const before = found.get(line.id) ?? [];
        return !before.some((other) => other.quantity >= line.quantity && other.from <= from);
      });
      const [line] = free
        .filter((each) => mayCredit(by, each.line, invoice) && !wasBilledAfter(each, invoice))
        .filter((each) => !isUndoneElsewhere(each, invoice) && !wasJudgedWithout(by, invoice, each))
        .map((each) => each.line)
        .toSorted(likeliestFor(by));
      const endsMonths = invoice.paidAt && invoice.paidAt > from ? invoice.paidAt : from;
      if (line)
        found.set(line.id, [...(found.get(line.id) ?? []), { by, from, endsMonths, quantity: by.quantity }]);
    }
  }
  return found;
});

/**
 * What begins with the credit takes its place, unless both end alike: then it was changed twice at one instant. Of what is on
 * one invoice with the credit, it takes back a proration as a whole, and never the new period's line: Stripe lists lines newest
 * first, so their order does not tell what came before (https://docs.stripe.com/api/invoices/object#invoice_object-lines). What a
 * subscription that was canceled at once gives back may wait for the customer's next invoice, of no subscription then.
 */
function mayCredit(credit: Line, line: Line, { lines }: Invoice): boolean {
  const { start, end } = credit.period;
  const { period } = line;
  const isOfIt = credit.subscriptionId === null || line.subscriptionId === credit.subscriptionId;
  if (!isOfIt || line.priceId !== credit.priceId) return false;
  if (period.start > start || start >= period.end || end > period.end) return false;
  if (period.start < start) return true;
  const isSameInvoice = lines.some(({ id }) => id === line.id);
  const isChangedTwice = line.isProration && line.quantity === credit.quantity;
  return end.getTime() === period.end.getTime() && (!isSameInvoice || isChangedTwice);
}

/**
 * What was changed twice at one instant and billed as a whole stands beside its own credit: that one is for it, and no other invoice's,
 * whichever of the two is paid first. Without it, what that other one returned of a price that no line had counts at that price.
 */
function isUndoneElsewhere({ line, invoice }: BilledLine, { id }: Invoice): boolean {
  const { itemId, priceId, quantity, period } = line;
  return (
    invoice.id !== id &&
    line.isProration &&
    invoice.lines.some(
      (each) =>
        isCredit(each) &&
        each.itemId === itemId &&
        each.priceId === priceId &&
        each.quantity === quantity &&
        each.period.start.getTime() === period.start.getTime() &&
        each.period.end.getTime() === period.end.getTime(),
    )
  );
}

/**
 * A credit that was paid before a line was billed is not for that line, though both are of one instant: of two changes the first was
 * invoiced at once, and what undid it waited for the next invoice. Whatever is credited of that line afterwards is.
 */
const wasBilledAfter = ({ invoice }: BilledLine, crediting: Invoice): boolean =>
  crediting.paidAt !== null && invoice.createdAt > crediting.paidAt;

type BilledLine = { readonly line: Line; readonly invoice: Invoice };

/**
 * Of two invoices of one instant, each undoing the other, the one with the credit was heard of and judged alone: it was subtracted at
 * its own price then, and the line that was heard of later gives all of its months. Taken from that line as well it would count twice.
 * A line that was paid only later was known when the credit was judged.
 */
function wasJudgedWithout(credit: Line, crediting: Invoice, { line, invoice }: BilledLine): boolean {
  const isOfOneInstant =
    invoice.id !== crediting.id &&
    invoice.createdAt >= crediting.createdAt &&
    line.period.start.getTime() === credit.period.start.getTime();
  const wasPaid = invoice.paidAt !== null && crediting.paidAt !== null && invoice.paidAt <= crediting.paidAt;
  const wasJudgedFirst =
    credit.decidedAt !== null && (line.decidedAt === null || credit.decidedAt < line.decidedAt);
  return isOfOneInstant && wasPaid && wasJudgedFirst;
}

/** Unused time runs to the end of what it was billed with, in the same quantity; and what began last is what was running. */
function likeliestFor(credit: Line): (a: Line, b: Line) => number {
  const { start, end } = credit.period;
  const tests: readonly ((line: Line) => boolean)[] = [
    (line) => line.period.end.getTime() === end.getTime(),
    (line) => line.quantity === credit.quantity,
    (line) => line.period.start < start,
  ];
  const miss = (line: Line) => tests.map((test) => (test(line) ? "0" : "1")).join("");
  return (a, b) => miss(a).localeCompare(miss(b)) || b.period.start.getTime() - a.period.start.getTime();
}

/** What is left of a month: of a later one, that of the quantity that was not credited before it began. The first is subtracted instead. */
export function leftOf(credited: readonly Credited[], { quantity }: Line, piece: Piece): Piece | null {
  const before = credited.filter((each) => piece.month > 0 && each.endsMonths <= piece.start);
  const gone = before.reduce((sum, each) => sum + each.quantity, 0);
  if (gone === 0) return piece;
  return gone < quantity
    ? { ...piece, worth: times(piece.worth, BigInt(quantity - gone), BigInt(quantity)) }
    : null;
}

/** The credited part of every month that was running or had been given. Months that had not begun only end. */
export function worthOfCredit(credit: Line, credited: Billed, counts: (piece: Piece) => boolean): Share {
  const { start: from, end } = credit.period;
  const { quantity } = credited.line;
  const all = piecesOfLine(credited).reduce((sum, piece) => {
    const start = piece.start < from ? from : piece.start;
    const stop = piece.end < end ? piece.end : end;
    if (start >= stop || !(piece.month === 0 || piece.start < from || counts(piece))) return sum;
    return add(sum, times(piece.worth, lengthOf({ start, end: stop }), lengthOf(piece)));
  }, NOTHING);
  return credit.quantity < quantity ? times(all, BigInt(credit.quantity), BigInt(quantity)) : all;
}

/**
 * What an earlier release had judged: an invoice that was paid before, and known here as paid, where a migrated allowance covers
 * the month, or where the month was over by then. It gives nothing, and a credit of that time counts all the same. Of an
 * invoice that was paid while that release was being stopped nothing was given but what begins with it.
 */
export function isMigrated({ account, allowances }: Facts, invoice: Invoice, piece: Piece): boolean {
  const { migratedAt, createdAt } = account;
  if (piece.end <= createdAt || invoice.createdAt.getTime() < createdAt.getTime() - DAY_MS) return true;
  if (!migratedAt || !invoice.paidAt || invoice.paidAt >= migratedAt) return false;
  const wasSeen = invoice.paidSeenAt !== null && invoice.paidSeenAt < migratedAt;
  const covers = wasSeen ? isCoveredBy : beginsWith;
  return (
    piece.end <= migratedAt ||
    allowances.some(
      (each) => each.origin === "migrated" && each.subscriptionId !== null && covers(each, piece),
    )
  );
}

const isCoveredBy = ({ startsAt, expiresAt }: Allowance, { start }: Piece): boolean =>
  startsAt <= start && start < expiresAt;

const beginsWith = ({ startsAt }: Allowance, { start }: Piece): boolean =>
  startsAt.getTime() === start.getTime();
