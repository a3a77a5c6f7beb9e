import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  E,
  freeFacts,
  given,
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
import { type BillingPeriod, monthsAfter } from "../../calendar";
import { decide } from "./decide";
import type { Facts, Invoice, Line } from "./facts";

// What paid lines give is counted in the order in which it happened, by the time and quantity that they are for.
const month = { start: S, end: E };
const year = { start: S, end: monthsAfter(S, 12) };
const at = (days: number) => plus(S, days * DAY_MS);
const from = (start: Date, end = E): BillingPeriod => ({ start, end });
const credit = (change: Partial<Line>) => line({ amountCents: -10_000n, isProration: true, ...change });
const started = (lines = [line()]): Facts =>
  settled(freeFacts({ subscriptions: [subscription()], invoices: [invoice({ lines })] }), S).facts;
const startedYear = (quantity = 1): Facts => {
  const sold = { offer: yearly(starter), quantity, period: year };
  return settled(
    freeFacts({
      subscriptions: [subscription({ items: [item(sold)] })],
      invoices: [invoice({ lines: [line(sold)] })],
    }),
    S,
  ).facts;
};
const and = (facts: Facts, ...invoices: readonly Invoice[]): Facts => ({
  ...facts,
  invoices: [...facts.invoices, ...invoices],
});
const creditsOf = (facts: Facts, now: Date) => {
  const { decision } = settled(facts, now);
  return { given: decision.open.map(({ credits }) => credits), overgiven: decision.overgiven };
};

describe("I19: an invoice of several lines", () => {
  it("I19: is rounded down once, on the sum of its lines", () => {
    const lines = [
      line({ offer: premium, period: from(at(20)), isProration: true }),
      line({ offer: premium, period: from(at(10)), isProration: true }),
    ];
    const { given: all } = creditsOf(and(started(), invoice({ createdAt: at(20), lines })), at(20));
    expect(all.reduce((sum, each) => sum + each, 0n)).toBe(PREMIUM);
  });

  it("I19: gives nothing that its credit lines take back, and keeps what they take beyond it", () => {
    const lines = [credit({ period: from(at(15)) })];
    const facts = and(started(), invoice({ createdAt: at(15), totalCents: 0n, paidCents: 0n, lines }));
    expect(creditsOf(facts, at(15))).toEqual({ given: [], overgiven: STARTER / 2n });
    const next = invoice({ createdAt: at(16), lines: [line({ period: from(at(15)), isProration: true })] });
    expect(creditsOf(and(settled(facts, at(15)).facts, next), at(16))).toEqual({
      given: [0n],
      overgiven: 0n,
    });
  });

  it("I19: whose credit returns more than was billed is worth what Stripe returned", () => {
    // Raised to three without prorations, for which nothing was asked, and then to another plan with them.
    const lines = [
      credit({ period: from(at(15)), quantity: 3 }),
      line({ offer: premium, period: from(at(15)), isProration: true }),
    ];
    const facts = and(started(), invoice({ createdAt: at(15), lines }));
    expect(creditsOf(facts, at(15))).toEqual({
      given: [0n],
      overgiven: (3n * STARTER - PREMIUM) / 2n,
    });
  });

  it("I19: whose credit is of a price that no line had is worth what Stripe returned", () => {
    const lines = [credit({ offer: premium, period: from(at(15)) }), line({ period: from(at(15)) })];
    const facts = and(started(), invoice({ createdAt: at(15), lines }));
    expect(creditsOf(facts, at(15))).toEqual({ given: [0n], overgiven: (PREMIUM - STARTER) / 2n });
  });

  it("I19: gives the whole of what was changed twice at one instant, in whatever order its lines come", () => {
    const rest = { period: from(at(15)), isProration: true };
    const lines = [
      credit({ ...rest }),
      line({ ...rest, offer: premium }),
      credit({ ...rest, offer: premium }),
      line({ ...rest, quantity: 2 }),
    ];
    for (const each of [lines, lines.toReversed()]) {
      const facts = and(started(), invoice({ createdAt: at(15), lines: each }));
      const { given: all, overgiven } = creditsOf(facts, at(15));
      expect([all.reduce((sum, one) => sum + one, 0n), overgiven]).toEqual([STARTER / 2n, 0n]);
    }
  });

  it("I19: credits nothing of the line that begins beside it, though it is alike", () => {
    // The year was made another plan's without prorations, and then its cycle was reset with them, in its first second.
    const sold = { offer: yearly(premium), period: year };
    const reset = invoice({ createdAt: plus(S, 1), lines: [credit(sold), line(sold)] });
    const { decision } = settled(and(startedYear(), reset), plus(S, 1));
    expect(decision.overgiven).toBe(11n * PREMIUM);
  });

  it("I19: credits nothing of a line beside it that is for more pieces", () => {
    // One of two was lowered without prorations and then raised to three with them, at the instant when the year began.
    const sold = { offer: yearly(starter), period: year, isProration: true };
    const raised = invoice({
      createdAt: plus(S, 1),
      lines: [line({ ...sold, quantity: 3 }), credit({ ...sold, quantity: 1 })],
    });
    const { facts } = settled(and(startedYear(2), raised), plus(S, 1));
    expect(given(facts)).toBe((2n + 3n - 1n) * STARTER);
    expect(given(settled(facts, E).facts)).toBe(2n * (2n + 3n - 1n) * STARTER);
  });
});

describe("I19: invoices and months", () => {
  it("I19: count in the order in which they were paid, not in which they were made", () => {
    const credited = invoice({
      ...{ id: "in_first", createdAt: at(5), paidAt: at(20), totalCents: 0n, paidCents: 0n },
      lines: [credit({ period: from(at(15)) })],
    });
    const bought = invoice({
      ...{ id: "in_second", createdAt: at(10), paidAt: at(10) },
      lines: [line({ offer: premium, period: from(at(15)), isProration: true })],
    });
    expect(creditsOf(and(started(), credited, bought), at(21))).toEqual({
      given: [PREMIUM / 2n],
      overgiven: STARTER / 2n,
    });
  });

  it("I19: count when they happened, a year's later month after what was credited before it began", () => {
    const lowered = invoice({
      ...{ createdAt: at(15), totalCents: 0n, paidCents: 0n },
      lines: [credit({ offer: yearly(starter), period: from(at(15), year.end) })],
    });
    const { decision } = settled(and(startedYear(2), lowered), plus(E, 1));
    // Months that had not begun are of one piece; what was credited of the first is missing in the second.
    expect(decision.open.map(({ month: of, credits }) => [of, credits])).toEqual([[1, STARTER / 2n]]);
    expect(decision.overgiven).toBe(0n);
  });

  it("I19: a later month that was lowered when it began is not subtracted once more", () => {
    const lowered = invoice({
      ...{ createdAt: E, totalCents: 0n, paidCents: 0n },
      lines: [credit({ offer: yearly(starter), period: from(E, year.end) })],
    });
    expect(creditsOf(and(startedYear(2), lowered), E)).toEqual({ given: [STARTER], overgiven: 0n });
  });

  it("I24: a year goes on in its own months after the cycle was reset", () => {
    const began = new Date("2026-02-28T10:00:00Z");
    const own = { start: began, end: monthsAfter(began, 12) };
    const reset = new Date("2026-03-29T10:00:00Z");
    const sold = { offer: yearly(starter), period: own };
    const facts = freeFacts({
      subscriptions: [subscription({ anchor: reset, items: [item({ period: month })], createdAt: began })],
      invoices: [invoice({ lines: [line(sold)] })],
    });
    const account = { ...facts.account, createdAt: began };
    const { decision } = settled({ ...facts, account }, new Date("2026-04-01T00:00:00Z"));
    const starts = decision.open.filter(({ lineId }) => lineId !== null).map(({ startsAt }) => startsAt);
    expect(starts).toContainEqual(new Date("2026-03-28T10:00:00Z"));
  });

  it("I24: a year's later months end with its subscription where its money was returned, and only there", () => {
    const ended = subscription({
      ...{ status: "canceled", endedAt: at(10) },
      items: [item({ offer: yearly(starter), period: year })],
    });
    const facts = { ...startedYear(), subscriptions: [ended] };
    const returned = facts.invoices.map((each) => ({ ...each, creditNotesCents: 274_000n }));
    const months = (each: Facts) =>
      settled(each, plus(E, 1)).decision.open.filter(({ lineId }) => lineId !== null);
    expect(months(facts)).toHaveLength(1);
    expect(months({ ...facts, invoices: returned })).toEqual([]);
  });

  it("I13: are given once, a year's months too, whichever subscription item they name later", () => {
    let facts = startedYear();
    for (let days = 0; days < 100; days += 7) facts = settled(facts, at(days)).facts;
    const months = facts.allowances.filter(({ lineId }) => lineId !== null);
    expect(months.map((each) => each.month)).toEqual([0, 1, 2, 3]);
    const renamed: Facts = {
      ...facts,
      subscriptions: [subscription({ items: [item({ id: "si_9", offer: yearly(starter), period: year })] })],
      invoices: facts.invoices.map((each) => ({
        ...each,
        lines: each.lines.map((one) => ({ ...one, itemId: "si_9" })),
      })),
    };
    expect(decide(renamed, at(98)).open).toEqual([]);
  });
});

describe("I19: time that cost nothing", () => {
  const trial = (start: Date, id: string) =>
    invoice({
      ...{ id, createdAt: start, totalCents: 0n, paidCents: 0n },
      lines: [line({ period: from(start, plus(start, 7 * DAY_MS)), amountCents: 0n, isTrial: true })],
    });
  const tried = settled(
    freeFacts({ subscriptions: [subscription({ status: "trialing" })], invoices: [trial(S, "in_1")] }),
    S,
  ).facts;

  it("I19: gives its share once an account, trial after trial", () => {
    expect(given(tried)).toBe((STARTER * 7n) / 31n);
    expect(creditsOf(and(tried, trial(at(10), "in_2")), at(10)).given).toEqual([0n]);
  });

  it("I19: gives nothing where the catalog gives nothing for trials", () => {
    const facts = freeFacts({
      ...{ subscriptions: [subscription({ status: "trialing" })], invoices: [trial(S, "in_1")] },
      trialAllowance: "none",
    });
    expect(given(settled(facts, S).facts)).toBe(0n);
  });

  it("I19: gives its share of what is not paid for, to whoever has paid since", () => {
    const free = from(at(40), at(47));
    const gift = invoice({
      ...{ id: "in_gift", createdAt: free.start, totalCents: 0n, paidCents: 0n },
      lines: [line({ period: free, amountCents: 0n, isTrial: true })],
    });
    expect(creditsOf(and(started(), gift), free.start).given).toContainEqual((STARTER * 7n) / 30n);
  });
});
