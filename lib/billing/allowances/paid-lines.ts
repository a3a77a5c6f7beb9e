import type { BillingPeriod } from "../../calendar";
import { type Credits, NO_CREDITS } from "../../money/credits";
import type { Allowance, Decision, Facts, Invoice, Line, NewAllowance } from "./facts";
import {
  type Billed,
  billed,
  type Credited,
  creditsByLine,
  isCredit,
  isCreditedAway,
  isDebit,
  isMigrated,
  itemOf,
  paidInOrder,
  piecesOfLine,
  worthOfCredit,
} from "./line-worth";
import { add, floorOf, lengthOf, minus, NOTHING, type Piece, type Share, times, toCredits } from "./pieces";
import { endOf } from "./subscription-state";

export type PaidLines = Pick<Decision, "open" | "lines" | "overgiven">;

/** A month of a line that is to be given. */
export type Wanted = { readonly billed: Billed; readonly piece: Piece };

/**
 * What paid lines give. Invoices are judged one by one in the order in which they were paid: what the lines of one are worth,
 * less what was given before for the time its credit lines give back, is given; never less than nothing. What could not be
 * subtracted is kept (`overgiven`) and subtracted from what is paid for later: so no loop of changes yields more than its
 * payments pay for. A year's later months are given as they begin.
 */
export function payFor(facts: Facts, running: BillingPeriod, now: Date): PaidLines {
  const credits = creditsByLine(facts);
  const open: NewAllowance[] = [];
  const lines: Decision["lines"][number][] = [];
  let { overgiven } = facts.account;
  for (const invoice of paidInOrder(facts)) {
    const view = look(facts, invoice, { credits, open, now });
    // What is over is given in the running cycle: it waits where nobody knows that one yet.
    if (running.end <= now && view.wanted.some(({ piece }) => piece.end <= now)) continue;
    const worth = floorOf(view.worth) - overgiven;
    const given = toCredits(worth - view.bound);
    overgiven = toCredits(view.bound - worth);
    open.push(...allot(facts, view.wanted, given, { running, now, open }));
    open.push(...trials(facts, view.trials, { running, now, open }));
    lines.push(...view.decided);
  }
  return { open, lines, overgiven };
}

type Looking = {
  readonly credits: ReadonlyMap<string, readonly Credited[]>;
  readonly open: readonly NewAllowance[];
  readonly now: Date;
};

type View = {
  /** What the lines that are judged now are worth together. */
  readonly worth: Share;
  /** What was given for them already: a renewal before it was paid. */
  readonly bound: bigint;
  readonly wanted: readonly Wanted[];
  readonly trials: readonly Wanted[];
  readonly decided: Decision["lines"];
};

function look(facts: Facts, invoice: Invoice, looking: Looking): View {
  let worth = NOTHING;
  let bound = 0n;
  const wanted: Wanted[] = [];
  const trials: Wanted[] = [];
  const decided: Decision["lines"][number][] = [];
  for (const line of invoice.lines) {
    const known = billed(facts, invoice, line);
    const isNew = line.decidedAt === null || (line.wasAssumed && line.offer !== null);
    if (isCredit(line)) {
      if (!isNew) continue;
      worth = minus(worth, creditOf(facts, invoice, line, looking));
      decided.push({ id: line.id, invoiceId: invoice.id, offer: line.offer, assumed: false });
      continue;
    }
    if (!known) continue;
    for (const piece of piecesOfLine(known)) {
      const row = findAllowance(facts, known, piece);
      const hasBegun = piece.start <= looking.now || piece.month === 0;
      const ended = isOver(known, looking.credits.get(line.id) ?? [], piece, looking.now);
      if (isMigrated(facts, invoice, piece) || (!row && (!hasBegun || ended))) continue;
      if (row && !isNew) continue;
      if (line.isTrial && !row) trials.push({ billed: known, piece });
      if (!isDebit(line)) continue;
      const already = row?.credits ?? 0n;
      // Read at last, and less than was assumed: nothing is taken.
      worth = add(worth, line.wasAssumed ? atLeast(piece.worth, already) : piece.worth);
      bound += already;
      const isLess = line.wasAssumed && row && floorOf(piece.worth) > already;
      if (!row || isLess) wanted.push({ billed: known, piece });
    }
    if (isNew)
      decided.push({ id: line.id, invoiceId: invoice.id, offer: known.offer, assumed: known.assumed });
  }
  return { worth, bound, wanted, trials, decided };
}

/** A month that had not begun when its time was credited; or when the subscription ended and money was given back for it. */
function isOver(
  { line, invoice, subscription }: Billed,
  credited: readonly Credited[],
  piece: Piece,
  now: Date,
): boolean {
  if (isCreditedAway(credited, line, piece)) return true;
  const endedAt = endOf(subscription, now);
  return invoice.creditNotesCents > 0n && endedAt !== null && endedAt <= piece.start;
}

/** Months of paid lines that have not begun, and will. */
export function monthsToCome(facts: Facts, now: Date): readonly Wanted[] {
  const credits = creditsByLine(facts);
  return paidInOrder(facts).flatMap((invoice) =>
    invoice.lines.flatMap((line) => {
      const known = isDebit(line) ? billed(facts, invoice, line) : null;
      const pieces = known ? piecesOfLine(known) : [];
      return pieces.flatMap((piece) => {
        const comes = known && piece.start > now && piece.month > 0;
        const isDone =
          known &&
          (isOver(known, credits.get(line.id) ?? [], piece, now) || findAllowance(facts, known, piece));
        return comes && !isDone && !isMigrated(facts, invoice, piece) ? [{ billed: known, piece }] : [];
      });
    }),
  );
}

const atLeast = (share: Share, credits: bigint): Share =>
  share.n < credits * share.d ? { n: credits, d: 1n } : share;

function creditOf(facts: Facts, invoice: Invoice, credit: Line, looking: Looking): Share {
  const { migratedAt } = facts.account;
  if (migratedAt && invoice.paidAt && invoice.paidAt < migratedAt) return NOTHING;
  const [id] =
    [...looking.credits].find(([, credited]) => credited.some(({ by }) => by.id === credit.id)) ?? [];
  const itsInvoice = facts.invoices.find((each) => each.lines.some((line) => line.id === id));
  const line = itsInvoice?.lines.find((each) => each.id === id);
  const known = itsInvoice && line ? billed(facts, itsInvoice, line) : null;
  // What it gives back is not known here: as much as a line of its own price would give.
  const instead = known ?? billed(facts, invoice, credit);
  return worthOfCredit(
    credit,
    instead,
    (piece) => known === null || isGiven(facts, known, piece, looking.open),
  );
}

const isGiven = (facts: Facts, known: Billed, piece: Piece, open: readonly NewAllowance[]): boolean =>
  findAllowance(facts, known, piece) !== null || open.some((each) => isOf(each, known, piece));

type Key = Pick<Allowance, "itemId" | "periodStart" | "month" | "lineId">;

const isOf = (each: Key, { line }: Billed, piece: Piece): boolean =>
  each.month === piece.month &&
  each.itemId === itemOf(line) &&
  each.periodStart.getTime() === line.period.start.getTime() &&
  each.lineId === line.id;

/** The allowance of a month of a line: its own, or the one that was given at the boundary before it was paid. */
export function findAllowance({ allowances }: Facts, known: Billed, piece: Piece): Allowance | null {
  const own = allowances.find((each) => isOf(each, known, piece));
  if (own || known.line.isProration) return own ?? null;
  return (
    allowances.find((each) => isOf({ ...each, lineId: known.line.id }, known, piece) && isUnbound(each)) ??
    null
  );
}

const isUnbound = ({ lineId, origin, payment }: Allowance): boolean =>
  lineId === null && (origin === "provisional" || (origin === "migrated" && payment !== "paid"));

type Allotting = {
  readonly running: BillingPeriod;
  readonly now: Date;
  readonly open: readonly NewAllowance[];
};

/** Shares out what an invoice gives: whole months first, so that what is subtracted is missing from what began earliest. */
function allot(
  facts: Facts,
  wanted: readonly Wanted[],
  given: Credits,
  context: Allotting,
): readonly NewAllowance[] {
  const latestFirst = wanted.toSorted((a, b) => b.piece.start.getTime() - a.piece.start.getTime());
  let left: bigint = given;
  const made: NewAllowance[] = [];
  for (const [index, each] of latestFirst.entries()) {
    const most = index === latestFirst.length - 1 ? left : floorOf(each.piece.worth);
    const credits = toCredits(most < left ? most : left);
    left -= credits;
    made.push(toAllowance(facts, each, credits, { ...context, open: [...context.open, ...made] }));
  }
  return made;
}

/** A line that cost nothing gives its share of the time for which nothing was given yet: once, but for whoever has paid since. */
function trials(facts: Facts, wanted: readonly Wanted[], context: Allotting): readonly NewAllowance[] {
  return wanted.map((each) => {
    const { subscription } = each.billed;
    const all = [...facts.allowances, ...context.open].filter((other) => other.subscriptionId !== null);
    const hadOne = all.some((other) => other.origin === "trial" && other.credits > 0n);
    const hasPaid = all.some(
      (other) => other.subscriptionId === subscription.id && other.origin === "line" && other.credits > 0n,
    );
    const free = lengthOf(each.piece) - covered(each.piece, all);
    const share = times(each.piece.worth, free, lengthOf(each.piece));
    const credits = hadOne && !hasPaid ? NO_CREDITS : toCredits(floorOf(share));
    return { ...toAllowance(facts, each, credits, context), origin: "trial" as const };
  });
}

/** How much of a time allowances were given for already. */
function covered(
  { start, end }: BillingPeriod,
  all: readonly Pick<Allowance, "startsAt" | "endsAt">[],
): bigint {
  const within = all
    .map(({ startsAt, endsAt }) => ({
      from: Math.max(startsAt.getTime(), start.getTime()),
      to: Math.min(endsAt.getTime(), end.getTime()),
    }))
    .filter(({ from, to }) => from < to)
    .toSorted((a, b) => a.from - b.from);
  let [sum, until] = [0, start.getTime()];
  for (const { from, to } of within) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return BigInt(sum);
}

function toAllowance(
  facts: Facts,
  { billed: known, piece }: Wanted,
  credits: Credits,
  { running, now, open }: Allotting,
): NewAllowance {
  const { line, invoice, offer } = known;
  const key = { itemId: itemOf(line), periodStart: line.period.start, month: piece.month };
  const same = [...facts.allowances, ...open].filter(
    (each) =>
      each.itemId === key.itemId &&
      each.month === key.month &&
      each.periodStart.getTime() === key.periodStart.getTime(),
  );
  const part = same.reduce((most, each) => Math.max(most, each.part + 1), 0);
  const wasUsable = line.decidedAt !== null && line.decidedAt < piece.end && !line.wasAssumed;
  const isLate = piece.end <= now && !wasUsable;
  return {
    ...key,
    part,
    plan: offer.plan,
    subscriptionId: line.subscriptionId,
    lineId: line.id,
    invoiceId: invoice.id,
    origin: "line",
    startsAt: piece.start,
    endsAt: piece.end,
    expiresAt: isLate ? running.end : piece.end,
    credits,
    isCycle: !line.isProration && part === 0,
    payment: "paid",
  };
}
