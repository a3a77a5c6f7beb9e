import { type Cents, type Credits, cents, credits, NO_CREDITS, sumCredits } from "../../money/credits";
import {
  asRefund,
  type DisputeFact,
  decideReturns,
  isOpenDispute,
  type ReturnsDecision,
  shareOf,
} from "../returns/decide";
import { keyOf } from "./allowance-key";
import { endedByNotes } from "./balance-notes";
import { type Away, creditedAway } from "./credited-away";
import type { Allowance, Decision, Facts, Invoice } from "./facts";
import { chargedCents, returnedOf } from "./invoice-money";
import { allowancesOf, monthsNotGiven } from "./later-months";
import { paidInOrder } from "./line-worth";
import { onceFor } from "./once-for";
import { floorOf } from "./pieces";

/*
 * What refunds, disputes and credit notes of a paid invoice mean for the credits of its allowances, by the rule that orders have
 * too (`returns/decide`), with what an invoice has beside them:
 *
 * | of an invoice                              | is                                                                       |
 * |--------------------------------------------|--------------------------------------------------------------------------|
 * | charged                                    | its total, less credit notes from before it was paid; a balance pays too |
 * | paid back                                  | refunds of its payments, lost disputes, credit notes paid back elsewhere |
 * | a credit note to the customer's balance    | nothing paid back: nothing is taken. Once the subscription is over, of later months the newest |
 * |                                            | end by its share (`balance-notes`), and count as gone for nothing else   |
 * | its credits                                | what its lines gave, and months of a year that were not given            |
 * | a month that was not given                 | counts as gone first: the newest months are the first to go              |
 * | given months                               | what is left of any, expired of any, held of any, then spent: debt. In each of these the newest first |
 * | a month that begins later                  | is given, and taken in the same transaction as far as its share is due   |
 * | a month that begins while it is disputed   | is given frozen, and is no promise of the next period (`mayBeProvisional`) |
 * | months that another invoice credited       | are that one's with their share of the money: of what went back or is disputed so much is of that one's |
 * | the rest of a month that was credited      | is this one's: it was given here, and the other one gave so much less    |
 *
 * The plan goes on as its subscription does: no refund ends it.
 */
export function decideReturned(facts: Facts): DecidedReturns {
  const { found, unclear } = judgeMoney(facts);
  const returned = [...found].flatMap(([invoiceId, money]) => {
    const allowances = money.given.map(keyOf);
    return money.isTold ? [{ invoiceId, decision: money.decision, allowances }] : [];
  });
  return { returned, unclear };
}

export type DecidedReturns = {
  readonly returned: Decision["returned"];
  /**
   * Invoices to which others brought money that went back or is disputed, and that were paid with less than nothing beside it: nobody
   * can say which of their credits it paid for, and none are taken for it.
   */
  readonly unclear: ReadonlySet<string>;
};

/** An invoice's money with what others brought to it, and what becomes of that. */
type Money = {
  readonly given: readonly Allowance[];
  /** Credits of it that others have: where they are, and what is here. */
  readonly away: readonly Away[];
  readonly credits: Credits;
  /** What it was paid with: its own money, and what others brought. */
  readonly amountCents: Cents;
  readonly decision: ReturnsDecision;
  /** Anything was ever heard of its money, or of what others brought. */
  readonly isTold: boolean;
};

/** What other invoices brought to one: paid for months that it credited. */
type Brought = {
  readonly amountCents: bigint;
  readonly returnedCents: bigint;
  readonly open: readonly DisputeFact[];
  readonly isTold: boolean;
};
const NOTHING_BROUGHT: Brought = { amountCents: 0n, returnedCents: 0n, open: [], isTold: false };

type Judged = Pick<DecidedReturns, "unclear"> & { readonly found: ReadonlyMap<string, Money> };

/** Of every paid invoice, in the order in which they were paid: what one brings is known before another is decided. */
const judgeMoney = onceFor((facts: Facts): Judged => {
  const found = new Map<string, Money>();
  const unclear = new Set<string>();
  if (facts.invoices.every(({ returns }) => returns === null)) return { found, unclear };
  const brought = new Map<string, Brought>();
  for (const invoice of paidInOrder(facts)) {
    const others = brought.get(invoice.id) ?? NOTHING_BROUGHT;
    const money = decideMoney(facts, invoice, others);
    if (!money && (others.returnedCents > 0n || others.open.some(isOpenDispute))) unclear.add(invoice.id);
    if (!money) continue;
    found.set(invoice.id, money);
    const open = [...(invoice.returns?.disputes ?? []), ...others.open];
    bring({ facts, invoice, money, open: open.filter(isOpenDispute) }, brought, found);
  }
  return { found, unclear };
});

function decideMoney(
  facts: Facts,
  invoice: Invoice,
  { amountCents, returnedCents, open, isTold }: Brought,
): Money | null {
  const all = amountCents + (invoice.totalCents < 0n ? invoice.totalCents : chargedCents(invoice));
  if (all <= 0n) return null;
  const given = givenBy(facts, invoice);
  const { notGiven, ended } = notGivenBy(facts, invoice);
  const own = sumCredits([...given.map((each) => each.credits), notGiven, ended]);
  const paid = { amountCents: cents(all), currency: invoice.currency, credits: own, notGiven, ended };
  const { refunds, disputes } = invoice.returns ?? { refunds: [], disputes: [] };
  const told = {
    refunds: returnedCents > 0n ? [...refunds, asRefund("brought", cents(returnedCents))] : refunds,
    disputes: [...disputes, ...open],
  };
  return {
    ...{ given, credits: own, away: creditedAway(facts, invoice), amountCents: paid.amountCents },
    decision: decideReturns(paid, told, invoice.revoked),
    isTold: isTold || invoice.returns !== null,
  };
}

type Bringing = {
  readonly facts: Facts;
  readonly invoice: Invoice;
  readonly money: Money;
  readonly open: readonly DisputeFact[];
};

/** To those that were paid after it: the shares of its money, and of what went back of that, that paid for months they credited. */
function bring(
  { facts, invoice, money, open }: Bringing,
  brought: Map<string, Brought>,
  decided: ReadonlyMap<string, Money>,
): void {
  const { away, credits: here, decision, amountCents, isTold } = money;
  const whole = away.reduce((sum, each) => sum + each.credits, here as bigint);
  for (const { to, credits: there } of away) {
    const isSame = facts.invoices.some(({ id, currency }) => id === to && currency === invoice.currency);
    if (decided.has(to) || !isSame) continue;
    const before = brought.get(to) ?? NOTHING_BROUGHT;
    brought.set(to, {
      amountCents: before.amountCents + (amountCents * there) / whole,
      returnedCents: before.returnedCents + (decision.returnedCents * there) / whole,
      open: [...before.open, ...open.filter(({ id }) => !before.open.some((each) => each.id === id))],
      isTold: before.isTold || isTold,
    });
  }
}

/** How many of an invoice's credits the money paid for that went back of it, also of what others brought; and what a cent paid for. */
export function goneOf(
  facts: Facts,
  invoice: Invoice,
): { readonly credits: Credits; readonly perCent: bigint } {
  const money = judgeMoney(facts).found.get(invoice.id);
  if (!money) return { credits: NO_CREDITS, perCent: 0n };
  const { decision, amountCents, credits: all } = money;
  const paid = { amountCents, credits: all, currency: invoice.currency };
  return { credits: shareOf(paid, decision.returnedCents), perCent: all / amountCents };
}

/** Whether all of the money that paid for it went back, also what others brought; or some of it is disputed. */
export function isTakenBack(facts: Facts, invoice: Invoice): boolean {
  const status = [returnedOf(invoice).status, judgeMoney(facts).found.get(invoice.id)?.decision.status];
  return status.includes("refunded") || status.includes("disputed");
}

/** What was paid for by its lines, newest first. Free time is nobody's money. */
function givenBy({ allowances }: Facts, { id }: Invoice): readonly Allowance[] {
  return allowances
    .filter(
      (each) =>
        each.invoiceId === id && each.payment === "paid" && each.origin !== "trial" && each.credits > 0n,
    )
    .toSorted((a, b) => b.startsAt.getTime() - a.startsAt.getTime() || b.part - a.part);
}

/** Months that never came, or not yet; and what of months ended with money that went to the customer's balance. */
function notGivenBy(facts: Facts, invoice: Invoice): { readonly notGiven: Credits; readonly ended: Credits } {
  const all = monthsNotGiven(facts, invoice).reduce((sum, { piece }) => {
    const worth = floorOf(piece.worth);
    return worth > 0n ? sum + worth : sum;
  }, 0n);
  let [ended, endedOfGiven] = [0n, 0n];
  for (const { billed, piece, credits: gone } of endedByNotes(facts, invoice)) {
    const rows = allowancesOf(facts, billed, piece);
    const given = rows.reduce((sum, each) => sum + each.credits, 0n);
    // What had been given whole when the note was heard of did not end.
    const missing = floorOf(piece.worth) - given;
    const its = missing < gone ? missing : gone;
    if (its <= 0n) continue;
    ended += its;
    if (rows.length > 0) endedOfGiven += its;
  }
  return { notGiven: credits(all - (ended - endedOfGiven)), ended: credits(ended) };
}
