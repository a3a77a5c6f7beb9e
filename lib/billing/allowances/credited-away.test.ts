import { describe, expect, it } from "vitest";
import {
  freeFacts,
  invoice,
  item,
  line,
  PREMIUM,
  plus,
  premium,
  S,
  STARTER,
  settled,
  starter,
  subscription,
  yearly,
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar/index";
import type { PlanId } from "../../catalog/plans";
import { cents, credits } from "../../money/credits";
import { asRefund } from "../returns/decide";
import { creditedAway } from "./credited-away";
import type { Facts, Invoice, Line, Offer } from "./facts";

const HOUR = 3_600_000;
const CHARGED = 29_900n;
const END = monthsAfter(S, 12);
const YEAR = { start: S, end: END };
const A = yearly(starter);
const B = yearly(premium);
const C: Offer = { ...yearly(premium), plan: "gold" as PlanId, creditsPerMonth: credits(60_000_000n) };

/** The middle of a month, counted from the first. */
const middleOf = (month: number) => {
  const [from, to] = [monthsAfter(S, month), monthsAfter(S, month + 1)];
  return plus(from, (to.getTime() - from.getTime()) / 2);
};

/** A year of `quantity` pieces, in its first hour. */
const yearOf = (quantity = 1): Facts =>
  settled(
    freeFacts({
      subscriptions: [subscription({ items: [item({ offer: A, quantity, period: YEAR })] })],
      invoices: [invoice({ id: "in_a", lines: [line({ offer: A, quantity, period: YEAR })] })],
    }),
    plus(S, HOUR),
  ).facts;

/** At an instant, from which on it credits the time of one thing and sells that of another. */
type Change = {
  readonly id: string;
  readonly at: Date;
  readonly credits: Partial<Line>;
  readonly sells: Partial<Line>;
} & Partial<Pick<Invoice, "currency" | "totalCents">>;

function changed(facts: Facts, { id, at, credits: gone, sells, ...of }: Change): Facts {
  const totalCents = of.totalCents ?? 100_000n;
  const rest = { period: { start: at, end: END }, isProration: true };
  const { offer = A, quantity = 1 } = sells;
  const known = settled(facts, plus(at, -HOUR)).facts;
  return settled(
    {
      ...known,
      subscriptions: [subscription({ items: [item({ offer, quantity, period: YEAR })] })],
      invoices: [
        ...known.invoices,
        invoice({
          ...{ id, createdAt: at, totalCents, paidCents: totalCents, ...of },
          lines: [
            line({ ...rest, amountCents: -28_600n, ...gone }),
            line({ ...rest, amountCents: 128_600n, ...sells }),
          ],
        }),
      ],
    },
    plus(at, HOUR),
  ).facts;
}

const invoiceOf = ({ invoices }: Facts, id: string) => invoices.find((each) => each.id === id) as Invoice;
const awayOf = (facts: Facts, id: string) => creditedAway(facts, invoiceOf(facts, id));
const paidBack = (facts: Facts, ...ids: readonly string[]): Facts => ({
  ...facts,
  invoices: facts.invoices.map((each) =>
    ids.includes(each.id)
      ? { ...each, returns: { refunds: [asRefund(`re_${each.id}`, cents(each.totalCents))], disputes: [] } }
      : each,
  ),
});

/** At the year's end, when every month of it was given: what an invoice gave, and what was revoked of that. */
function atLast(facts: Facts, from: number) {
  let known = facts;
  for (let month = from; month <= 12; month += 1)
    known = settled(known, plus(monthsAfter(S, month), -HOUR)).facts;
  return (id: string) => ({
    revoked: invoiceOf(known, id).revoked,
    gave: known.allowances.reduce((sum, each) => (each.invoiceId === id ? sum + each.credits : sum), 0n),
  });
}

describe("a part of a quantity that was credited", () => {
  const less = (facts: Facts, id: string, { at, quantity }: { at: Date; quantity: number }) =>
    changed(facts, {
      ...{ id, at, credits: { offer: A, quantity } },
      ...{ sells: { offer: B, quantity, amountCents: 128_600n * BigInt(quantity) } },
    });

  it("I14: takes along the share of it of every month to come: 3 -> 2", () => {
    const facts = less(yearOf(3), "in_b", { at: middleOf(0), quantity: 1 });
    expect(awayOf(facts, "in_a")).toEqual([{ to: "in_b", credits: 11n * STARTER }]);
    const { revoked, gave } = atLast(paidBack(facts, "in_a"), 2)("in_a");
    // Of the months to come two pieces are its own, and those went back too.
    expect(gave).toBe(3n * STARTER + 22n * STARTER);
    expect(revoked).toBe(gave);
    const other = atLast(paidBack(facts, "in_a"), 2)("in_b");
    const moved = (CHARGED * 11n) / 36n;
    expect(other.revoked).toBe((other.gave * moved) / (100_000n + moved));
  });

  it("I14: is of the first that credited it, and never more than there was", () => {
    const first = less(yearOf(3), "in_b", { at: middleOf(0), quantity: 2 });
    const both = less(first, "in_c", { at: plus(middleOf(0), 2 * HOUR), quantity: 2 });
    expect(awayOf(both, "in_a")).toEqual([
      { to: "in_b", credits: 22n * STARTER },
      { to: "in_c", credits: 11n * STARTER },
    ]);
  });
});

describe("a year that was credited, and what credited it too", () => {
  const first = () =>
    changed(yearOf(), { id: "in_b", at: middleOf(0), credits: { offer: A }, sells: { offer: B } });
  /** Sold for 350 of the year's 365 days, less two months that had begun. */
  const TO_C = (12n * PREMIUM * 350n) / 365n - 2n * PREMIUM;
  const chain = () =>
    changed(settled(first(), plus(monthsAfter(S, 1), HOUR)).facts, {
      ...{ id: "in_c", at: middleOf(1), credits: { offer: B }, sells: { offer: C } },
    });

  it("I14: has only its own months away: A -> B -> C", () => {
    const facts = chain();
    expect(awayOf(facts, "in_a")).toEqual([{ to: "in_b", credits: 11n * STARTER }]);
    expect(awayOf(facts, "in_b")).toEqual([{ to: "in_c", credits: TO_C }]);
    expect(awayOf(facts, "in_c")).toEqual([]);
  });

  it("I14: takes of the last what the first one's money paid for there", () => {
    const facts = chain();
    const last = atLast(paidBack(facts, "in_a"), 3);
    const gaveB = last("in_b").gave;
    const ofB = (CHARGED * 11n) / 12n;
    const share = (amount: bigint) => (amount * TO_C) / (gaveB + TO_C);
    const { gave, revoked } = last("in_c");
    expect(last("in_a")).toEqual({ gave: STARTER, revoked: STARTER });
    expect(last("in_b").revoked).toBe((gaveB * ofB) / (100_000n + ofB));
    expect(revoked).toBe((gave * share(ofB)) / (100_000n + share(100_000n + ofB)));
    const all = atLast(paidBack(facts, "in_a", "in_b", "in_c"), 3);
    for (const id of ["in_a", "in_b", "in_c"]) expect(all(id).revoked).toBe(all(id).gave);
  });

  it("I14: brings nothing to an invoice in another currency: nobody can say how much of its money that is", () => {
    const facts = changed(yearOf(), {
      ...{ id: "in_b", at: middleOf(0), currency: "eur" },
      ...{ credits: { offer: A }, sells: { offer: B } },
    });
    expect(awayOf(facts, "in_a")).toEqual([{ to: "in_b", credits: 11n * STARTER }]);
    const last = atLast(paidBack(facts, "in_a"), 2);
    expect([last("in_a").revoked, last("in_b").revoked]).toEqual([STARTER, 0n]);
    const rest = atLast(paidBack(facts, "in_b"), 2)("in_b");
    expect(rest.revoked).toBe(rest.gave);
  });

  it("I14: has no month away that was given before its credit was known", () => {
    // Paid in the first month, and heard of when the second had been given.
    const facts = settled(yearOf(), plus(monthsAfter(S, 1), 2 * HOUR)).facts;
    const late = changed(facts, {
      ...{ id: "in_b", at: middleOf(0), credits: { offer: A }, sells: { offer: B } },
    });
    expect(late.allowances.filter(({ invoiceId }) => invoiceId === "in_a")).toHaveLength(2);
    expect(awayOf(late, "in_a")).toEqual([{ to: "in_b", credits: 10n * STARTER }]);
  });
});
