import type { BillingPeriod } from "../../calendar";
import type { Credits } from "../../money/credits";
import { isOfOnePeriod } from "./allowance-key";
import { endedByNotes } from "./balance-notes";
import type { Allowance, Decision, Facts, Invoice, Line, NewAllowance } from "./facts";
import { allowancesOf, laterMonthsOf, type Month } from "./later-months";
import {
  type Billed,
  billed,
  type Credited,
  creditsByLine,
  isCredit,
  isDebit,
  isMigrated,
  itemOf,
  leftOf,
  paidInOrder,
  piecesOfLine,
  worthOfCredit,
} from "./line-worth";
import { add, floorOf, minus, NOTHING, type Piece, type Share, toCredits, whole } from "./pieces";
import { trialShare } from "./trials";

type Due = Month & {
  /** What was given for it before: a renewal before it was paid, or what was assumed. */
  readonly rows: readonly Allowance[];
};

/** What counts at one instant: an invoice that is paid, or a later month of one that begins. */
type Turn = {
  readonly at: number;
  readonly invoice: Invoice;
  readonly months: readonly Due[];
  readonly credits: readonly Line[];
  readonly decided: Decision["lines"];
};

type Paying = {
  readonly facts: Facts;
  readonly running: BillingPeriod;
  readonly credits: ReadonlyMap<string, readonly Credited[]>;
  readonly now: Date;
  readonly open: NewAllowance[];
};

/**
 * What paid lines give, counted in the order in which it happened, however late it is heard of: an invoice when it was paid,
 * with the months of its lines that had begun; every later month when it begins. What the lines of a turn are worth, less what
 * was given for time that its credit lines give back, less what was given for them before, is given; never less than nothing.
 * What could not be subtracted is kept (`overgiven`) and subtracted from what is paid for later: so no loop of changes yields
 * more than its payments pay for.
 */
export function payFor(
  facts: Facts,
  running: BillingPeriod,
  now: Date,
): Pick<Decision, "open" | "lines" | "overgiven"> {
  const paying: Paying = { facts, running, credits: creditsByLine(facts), now, open: [] };
  const lines: Decision["lines"][number][] = [];
  let { overgiven } = facts.account;
  const turns = paidInOrder(facts).flatMap((invoice) => turnsOf(paying, invoice));
  for (const turn of turns.toSorted((a, b) => a.at - b.at)) {
    // What is over is given in the running cycle: it waits where nobody knows that one yet.
    if (running.end <= now && turn.months.some(({ piece }) => piece.end <= now)) continue;
    const paid = turn.months.filter(({ billed: { line } }) => isDebit(line));
    const [assumed, read] = [
      paid.filter((each) => each.billed.assumed),
      paid.filter((each) => !each.billed.assumed),
    ];
    const before = givenFor(read);
    const worth = floorOf(worthOf(paying, { ...turn, months: read })) - overgiven;
    overgiven = toCredits(before - worth);
    allot(paying, read, toCredits(worth - before));
    // It is given whole, and pays nothing back that was given too much: read at last, it is less what was given for it.
    const assumedWorth = floorOf(worthOf(paying, { ...turn, months: assumed, credits: [] }));
    allot(paying, assumed, toCredits(assumedWorth - givenFor(assumed)));
    for (const month of turn.months.filter(({ billed: { line } }) => line.isTrial)) {
      const share = trialShare(facts, [...facts.allowances, ...paying.open], month);
      paying.open.push({ ...toAllowance(paying, month, toCredits(floorOf(share))), origin: "trial" });
    }
    lines.push(...turn.decided);
  }
  return { open: paying.open, lines, overgiven };
}

const givenFor = (months: readonly Due[]): bigint =>
  months.reduce((sum, { rows }) => sum + givenBy(rows), 0n);

const givenBy = (rows: readonly Allowance[]): bigint => rows.reduce((sum, { credits }) => sum + credits, 0n);

/** What is to be judged of a paid invoice now: it, where a line is not decided, and its later months that have begun. */
function turnsOf(paying: Paying, invoice: Invoice): readonly Turn[] {
  const { facts } = paying;
  const paidAt = invoice.paidAt?.getTime() ?? 0;
  const turns = new Map<
    number,
    { at: number; invoice: Invoice; months: Due[]; credits: Line[]; decided: Decision["lines"][number][] }
  >();
  const turnAt = (at: number) => {
    const turn = turns.get(at) ?? { at, invoice, months: [], credits: [], decided: [] };
    turns.set(at, turn);
    return turn;
  };
  for (const line of invoice.lines.filter((each) => !waitsToBeRead(invoice, each))) {
    const isNew = line.decidedAt === null || (line.wasAssumed && line.offer !== null);
    const known = billed(facts, invoice, line);
    const canBeJudged = isCredit(line) ? canBeValued(paying, invoice, line) : known !== null;
    if (isNew && canBeJudged) {
      const { offer, assumed } = known ?? { offer: line.offer, assumed: false };
      turnAt(paidAt).decided.push({ id: line.id, invoiceId: invoice.id, offer, assumed });
      if (isCredit(line)) turnAt(paidAt).credits.push(line);
    }
    if (!known || isCredit(line)) continue;
    for (const due of monthsDue(paying, known, isNew))
      turnAt(
        due.piece.month === 0 || due.rows.length > 0 ? paidAt : Math.max(paidAt, due.piece.start.getTime()),
      ).months.push(due);
  }
  return [...turns.values()];
}

/**
 * A change to or from a price that cannot be read is judged as a whole once it can: what is given back and what takes its place
 * on one invoice, and a period that begins with what is given back. Judged apart, one of them would count twice, or not at all.
 */
function waitsToBeRead({ lines }: Invoice, line: Line): boolean {
  if (line.decidedAt !== null) return false;
  const odd = lines.filter((each) => each.unreadable !== null && (each.isProration || isCredit(each)));
  if (line.isProration || isCredit(line)) return odd.length > 0;
  const start = line.period.start.getTime();
  return (
    line.unreadable !== null && odd.some((each) => isCredit(each) && each.period.start.getTime() === start)
  );
}

function monthsDue({ facts, now }: Paying, known: Billed, isNew: boolean): readonly Due[] {
  const { line, invoice } = known;
  return piecesOfLine(known).flatMap((piece) => {
    const rows = allowancesOf(facts, known, piece);
    const left = whatComes(facts, known, piece);
    const comes = rows.length === 0 && left !== null && (piece.start <= now || piece.month === 0);
    const isJudgedAgain = rows.length > 0 && isNew && isDebit(line);
    return (comes || isJudgedAgain) && !isMigrated(facts, invoice, piece)
      ? [{ billed: known, piece: left ?? piece, rows }]
      : [];
  });
}

/** What is left of a month: a later one ends that had not begun when its time was credited, or with money that went to a balance. */
function whatComes(facts: Facts, { line, invoice }: Billed, piece: Piece): Piece | null {
  const left = leftOf(creditsByLine(facts).get(line.id) ?? [], line, piece);
  const ended = endedByNotes(facts, invoice).find(
    (each) => each.billed.line.id === line.id && each.piece.month === piece.month,
  );
  if (!left || !ended) return left;
  const worth = minus(left.worth, whole(ended.credits));
  return floorOf(worth) > 0n ? { ...left, worth } : null;
}

/** Months of paid lines that have not begun, and will. */
export const monthsToCome = (facts: Facts, now: Date): readonly Month[] =>
  paidInOrder(facts)
    .flatMap((invoice) => laterMonthsOf(facts, invoice))
    .flatMap(({ billed, piece, rows }) => {
      const left = piece.start > now && rows.length === 0 ? whatComes(facts, billed, piece) : null;
      return left ? [{ billed, piece: left }] : [];
    });

function worthOf(paying: Paying, { months, credits, invoice }: Turn): Share {
  const paid = months.reduce((sum, { billed: { line }, piece: { worth }, rows }) => {
    const given = givenBy(rows);
    // Read at last, and less than was assumed: nothing is taken.
    const isLess = line.wasAssumed && worth.n < given * worth.d;
    return add(sum, isLess ? { n: given, d: 1n } : worth);
  }, NOTHING);
  return credits.reduce((sum, line) => minus(sum, creditOf(paying, invoice, line)), paid);
}

function creditOf(paying: Paying, invoice: Invoice, credit: Line): Share {
  const { facts } = paying;
  const { migratedAt } = facts.account;
  if (migratedAt && invoice.paidAt && invoice.paidAt < migratedAt) return NOTHING;
  const known = creditedLine(paying, credit);
  const taken = known
    ? worthOfCredit(credit, known, (piece) => {
        const hadBegun = piece.start.getTime() < (invoice.paidAt?.getTime() ?? 0);
        // Given before the credit was known. What is given now is less what it takes (`leftOf`).
        return hadBegun || allowancesOf(facts, known, piece).length > 0;
      })
    : NOTHING;
  // More than was billed, as after a change without prorations: Stripe returned it at its own price.
  const quantity = credit.quantity - (known?.line.quantity ?? 0);
  const own = quantity > 0 ? billed(facts, invoice, { ...fromEnded(facts, credit), quantity }) : null;
  return own
    ? add(
        taken,
        worthOfCredit(own.line, own, () => true),
      )
    : taken;
}

/** What a subscription gave back that was canceled at once, and not billed, says no more of which: it ran to the end of its period. */
export function fromEnded({ subscriptions }: Facts, credit: Line): Line {
  const end = credit.period.end.getTime();
  const ended = subscriptions.find(
    ({ status, items }) => status === "canceled" && items.some(({ period }) => period.end.getTime() === end),
  );
  return credit.subscriptionId === null && isCredit(credit) && ended
    ? { ...credit, subscriptionId: ended.id }
    : credit;
}

/** An amount without a price is worth nothing; one whose price or subscription is not known waits until it is. */
const canBeValued = (paying: Paying, invoice: Invoice, credit: Line): boolean =>
  (credit.offer === null && credit.unreadable === null) ||
  billed(paying.facts, invoice, fromEnded(paying.facts, credit)) !== null ||
  creditedLine(paying, credit) !== null;

function creditedLine({ facts, credits }: Paying, credit: Line): Billed | null {
  const [id] = [...credits].find(([, all]) => all.some(({ by }) => by.id === credit.id)) ?? [];
  const invoice = facts.invoices.find((each) => each.lines.some((line) => line.id === id));
  const line = invoice?.lines.find((each) => each.id === id);
  return invoice && line ? billed(facts, invoice, line) : null;
}

/** Shares out what is given in a turn: latest months first, so that what is subtracted is missing from what began earliest. */
function allot(paying: Paying, months: readonly Due[], given: Credits): void {
  const latestFirst = months.toSorted((a, b) => b.piece.start.getTime() - a.piece.start.getTime());
  let left: bigint = given;
  for (const [index, each] of latestFirst.entries()) {
    const most = toCredits(floorOf(each.piece.worth) - givenBy(each.rows));
    const credits = toCredits(index < latestFirst.length - 1 && most < left ? most : left);
    left -= credits;
    if (credits > 0n || each.rows.length === 0) paying.open.push(toAllowance(paying, each, credits));
  }
}

function toAllowance(
  { facts, running, now, open }: Paying,
  { billed: { line, invoice, offer }, piece }: Month,
  credits: Credits,
): NewAllowance {
  const key = { itemId: itemOf(line), periodStart: line.period.start, month: piece.month };
  const same = [...facts.allowances, ...open].filter(
    (each) => isOfOnePeriod(each, key) && each.month === key.month,
  );
  const part = same.reduce((most, each) => Math.max(most, each.part + 1), 0);
  // A later month that nobody opened was to be had in its time.
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
