import { describe, expect, it } from "vitest";
import {
  freeFacts,
  given,
  invoice,
  item,
  line,
  plus,
  S,
  STARTER,
  settled,
  starter,
  subscription,
  yearly,
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar/index";
import { cents } from "../../money/credits";
import { asRefund } from "../returns/decide";
import type { Facts, Invoice } from "./facts";

const HOUR = 3_600_000;
const TOTAL = 274_000n;
const offer = yearly(starter);
const YEAR = { start: S, end: monthsAfter(S, 12) };
const itsItem = item({ offer, period: YEAR });

/** A year of Starter for $2,740, in its first hour. */
const year = (change: Partial<Invoice> = {}): Facts =>
  settled(
    freeFacts({
      subscriptions: [subscription({ items: [itsItem] })],
      invoices: [
        invoice({
          lines: [line({ offer, period: YEAR, amountCents: TOTAL })],
          ...{ totalCents: TOTAL, paidCents: TOTAL, ...change },
        }),
      ],
    }),
    plus(S, HOUR),
  ).facts;

/** The subscription is canceled at once. */
const canceled = (facts: Facts, at = plus(S, 2 * HOUR)): Facts => ({
  ...facts,
  subscriptions: [subscription({ items: [itsItem], status: "canceled", endedAt: at })],
});
const told = (facts: Facts, change: Partial<Invoice>): Facts => ({
  ...facts,
  invoices: facts.invoices.map((each) => ({ ...each, ...change })),
});
/** Credit notes from after the payment, to the customer's balance as nothing of them is a refund. */
const noted = (facts: Facts, creditNotesCents: bigint): Facts =>
  told(facts, { creditNotesCents, prePaymentNotesCents: 0n, returns: { refunds: [], disputes: [] } });
const refunded = (facts: Facts, amount: bigint, status: "succeeded" | "failed" = "succeeded"): Facts =>
  told(facts, { returns: { refunds: [{ ...asRefund("re_1", cents(amount)), status }], disputes: [] } });

/** From a month on, to the year's end: what every one of them gives, and what is left of all after what went back. */
function rest(facts: Facts, from = 1) {
  let known = facts;
  const begun: bigint[] = [];
  for (let month = from; month < 12; month += 1) {
    const before = given(known);
    known = settled(known, plus(monthsAfter(S, month), HOUR)).facts;
    begun.push(given(known) - before);
  }
  return { begun, kept: given(known) - (known.invoices[0]?.revoked ?? 0n) };
}
const reasons = (facts: Facts, at = plus(S, 3 * HOUR)) =>
  settled(facts, at).decision.attention.map(({ reason }) => reason);

describe("credit notes of a year whose subscription was canceled at once", () => {
  it("I24: end of its months what they credited, the newest first", () => {
    const ofTen = (1_000n * 12n * STARTER) / TOTAL;
    const all = Array.from({ length: 11 }, () => STARTER as bigint);
    expect(rest(noted(canceled(year()), 1_000n)).begun).toEqual([...all.slice(0, 10), STARTER - ofTen]);
    const half = rest(noted(canceled(year()), TOTAL / 2n));
    expect(half.begun).toEqual(all.map((credits, index) => (index < 5 ? credits : 0n)));
    expect(rest(noted(canceled(year()), TOTAL)).begun).toEqual(all.map(() => 0n));
  });

  it("I24: end nothing where they came before the payment: so much less was asked for", () => {
    const less = { creditNotesCents: 1_000n, prePaymentNotesCents: 1_000n, paidCents: TOTAL - 1_000n };
    expect(rest(canceled(year(less))).kept).toBe(12n * STARTER);
    expect(reasons(canceled(year(less)))).toEqual(["paid_and_not_returned"]);
  });

  it("I24: end nothing while it runs, and nothing of what had been given when they are heard of", () => {
    expect(rest(noted(year(), TOTAL)).kept).toBe(12n * STARTER);
    let facts = canceled(year());
    for (let month = 1; month < 8; month += 1)
      facts = settled(facts, plus(monthsAfter(S, month), HOUR)).facts;
    expect(rest(noted(facts, TOTAL / 2n), 8)).toEqual({ begun: [0n, 0n, 0n, 0n], kept: 8n * STARTER });
  });

  it("I24: count alike where the item is gone and others remain", () => {
    const facts = {
      ...year(),
      subscriptions: [subscription({ items: [{ ...itsItem, goneAt: plus(S, HOUR) }] })],
    };
    expect(rest(noted(facts, 1_000n)).kept).toBeGreaterThan(11n * STARTER);
  });

  it("I23: leave an item for what of its money was credited by none of them", () => {
    expect(reasons(noted(canceled(year()), 1_000n))).toEqual(["paid_and_not_returned"]);
    expect(reasons(noted(canceled(year()), (TOTAL * 11n) / 12n))).toEqual([]);
    expect(reasons(noted(canceled(year()), TOTAL))).toEqual([]);
  });

  it("I24: that are paid back by a refund take with it, and not once more", () => {
    const back = noted(refunded(canceled(year()), TOTAL / 2n), 0n);
    const both = told(refunded(back, TOTAL / 2n), { creditNotesCents: TOTAL / 2n });
    expect(rest(both).kept).toBe(6n * STARTER);
    // The refund failed: what it took is there again, and the note that it was of ends nothing.
    const failed = told(refunded(back, TOTAL / 2n, "failed"), { creditNotesCents: TOTAL / 2n });
    expect(rest(failed).kept).toBe(12n * STARTER);
  });

  it("I14: beside a refund take another part of it than that one does", () => {
    const half = refunded(canceled(year()), TOTAL / 2n);
    const quarter = told(half, { creditNotesCents: (TOTAL * 3n) / 4n, prePaymentNotesCents: 0n });
    expect(rest(quarter).kept).toBe(3n * STARTER);
    const all = told(half, { creditNotesCents: TOTAL, prePaymentNotesCents: 0n });
    expect(rest(all).kept).toBe(0n);
  });

  it("I23: a refund in part leaves an item for the rest, which is still given", () => {
    const half = refunded(canceled(year()), TOTAL / 2n);
    expect(reasons(half)).toEqual(["paid_and_not_returned"]);
    expect(rest(half).kept).toBe(6n * STARTER);
    expect(reasons(refunded(canceled(year()), (TOTAL * 11n) / 12n))).toEqual([]);
  });
});

it("I24: credit notes of a change of plan end no more than they are of what it was paid with", () => {
  const change = monthsAfter(S, 0);
  const facts = year();
  const later = invoice({
    ...{ id: "in_b", createdAt: plus(change, 2 * HOUR), totalCents: TOTAL, paidCents: TOTAL },
    lines: [
      line({
        offer,
        period: { start: plus(change, 2 * HOUR), end: YEAR.end },
        amountCents: -TOTAL,
        isProration: true,
      }),
      line({
        offer,
        quantity: 2,
        period: { start: plus(change, 2 * HOUR), end: YEAR.end },
        amountCents: 2n * TOTAL,
        isProration: true,
      }),
    ],
  });
  const doubled = { ...facts, invoices: [...facts.invoices, later] };
  const ended = canceled(settled(doubled, plus(S, 3 * HOUR)).facts, plus(S, 4 * HOUR));
  const half: Facts = {
    ...ended,
    invoices: ended.invoices.map((each) =>
      each.id === "in_b" ? { ...each, creditNotesCents: TOTAL, prePaymentNotesCents: 0n } : each,
    ),
  };
  const { kept } = rest(half);
  expect(kept > 11n * STARTER && kept < 13n * STARTER).toBe(true);
});
