import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  E,
  FREE,
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
  starterAt,
  subscription,
  yearly,
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar";
import { decide } from "./decide";
import type { Facts } from "./facts";

const E2 = monthsAfter(S, 2);

const premiumItem = (change = {}) => item({ offer: premium, ...change });

describe("paid lines", () => {
  it("I13: gives a paid month once", () => {
    const facts = starterAt(S);
    expect(facts.account.plan).toBe("starter");
    expect(given(facts)).toBe(STARTER);
    const again = decide(facts, plus(S, DAY_MS));
    expect(again.open).toEqual([]);
    expect(again.lines).toEqual([]);
    expect(again.changes).toEqual([]);
  });

  it("I19: gives a quantity as often as it was paid for", () => {
    const { facts } = settled(
      freeFacts({
        subscriptions: [subscription({ items: [item({ quantity: 3 })] })],
        invoices: [invoice({ lines: [line({ quantity: 3 })] })],
      }),
      S,
    );
    expect(given(facts)).toBe(3n * STARTER);
  });

  it("I19: gives the difference's share when the raise's invoice is paid", () => {
    // From 10 November to 11 December, in the words of the plan page.
    const start = new Date("2026-11-11T00:00:00Z");
    const end = new Date("2026-12-11T00:00:00Z");
    const raisedAt = new Date("2026-11-21T00:00:00Z");
    const month = { start, end };
    const rest = { start: raisedAt, end };
    const next = { start: end, end: monthsAfter(end, 1) };
    const before = settled(
      freeFacts({
        subscriptions: [subscription({ anchor: start, items: [item({ period: month })], createdAt: start })],
        invoices: [invoice({ lines: [line({ period: month })] })],
      }),
      start,
    ).facts;
    const raised = {
      ...before,
      subscriptions: [
        subscription({ anchor: start, items: [premiumItem({ period: next })], createdAt: start }),
      ],
      invoices: [
        ...before.invoices,
        invoice({
          createdAt: end,
          lines: [
            line({ period: rest, amountCents: -20_000n, isProration: true }),
            line({ period: rest, amountCents: 33_000n, isProration: true, offer: premium }),
            line({ period: next, amountCents: 49_900n, offer: premium }),
          ],
        }),
      ],
    };
    const { facts, decision } = settled(raised, plus(end, DAY_MS));
    expect(decision.open.map((each) => each.credits).toSorted()).toEqual([
      (16_000_000n * 20n) / 30n,
      PREMIUM,
    ]);
    expect(decision.overgiven).toBe(0n);
    expect(decide(facts, plus(end, 2 * DAY_MS)).open).toEqual([]);
  });

  it("I19: gives 0.8 M for a reset of the cycle with prorations, a day after it began", () => {
    const at = plus(S, DAY_MS);
    const next = { start: at, end: monthsAfter(at, 1) };
    const facts = starterAt(S);
    const reset = settled(
      {
        ...facts,
        subscriptions: [subscription({ anchor: at, items: [item({ period: next })] })],
        invoices: [
          ...facts.invoices,
          invoice({
            createdAt: at,
            lines: [
              line({ period: { start: at, end: E }, amountCents: -28_900n, isProration: true }),
              line({ period: next }),
            ],
          }),
        ],
      },
      at,
    );
    expect(reset.decision.open.map((each) => each.credits)).toEqual([STARTER / 30n]);
  });

  it("I19: gives a reset without prorations its whole allowance", () => {
    const at = plus(S, DAY_MS);
    const next = { start: at, end: monthsAfter(at, 1) };
    const facts = starterAt(S);
    const reset = settled(
      {
        ...facts,
        subscriptions: [subscription({ anchor: at, items: [item({ period: next })] })],
        invoices: [...facts.invoices, invoice({ createdAt: at, lines: [line({ period: next })] })],
      },
      at,
    );
    expect(given(reset.facts)).toBe(2n * STARTER);
    expect(reset.decision.cut).toHaveLength(1);
  });

  it("I19: gives nothing twice for lowering and raising again", () => {
    let facts = settled(
      freeFacts({
        subscriptions: [subscription({ items: [premiumItem()] })],
        invoices: [invoice({ lines: [line({ offer: premium })] })],
      }),
      S,
    ).facts;
    for (let loop = 0; loop < 3; loop += 1) {
      const at = plus(S, (2 * loop + 1) * DAY_MS);
      const rest = { start: at, end: E };
      const later = { start: plus(at, DAY_MS), end: E };
      const lowered = invoice({
        createdAt: at,
        totalCents: 0n,
        paidCents: 0n,
        lines: [
          line({ offer: premium, period: rest, amountCents: -40_000n, isProration: true }),
          line({ period: rest, amountCents: 24_000n, isProration: true }),
        ],
      });
      facts = settled({ ...facts, invoices: [...facts.invoices, lowered] }, at).facts;
      const raised = invoice({
        createdAt: later.start,
        lines: [
          line({ period: later, amountCents: -24_000n, isProration: true }),
          line({ offer: premium, period: later, amountCents: 40_000n, isProration: true }),
        ],
      });
      facts = settled({ ...facts, invoices: [...facts.invoices, raised] }, later.start).facts;
    }
    expect(given(facts)).toBe(PREMIUM);
  });

  it("I13: pays twelve months by a year's line, and gives them as they begin", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    let facts = settled(
      freeFacts({
        subscriptions: [subscription({ items: [item({ offer: yearly(starter), period: year })] })],
        invoices: [
          invoice({ lines: [line({ offer: yearly(starter), period: year, amountCents: 274_000n })] }),
        ],
      }),
      S,
    ).facts;
    for (let month = 0; month < 12; month += 1) {
      const now = plus(monthsAfter(S, month), 1);
      const decided = settled(facts, now);
      facts = decided.facts;
      expect(given(facts)).toBe(BigInt(month + 1) * STARTER);
      expect(facts.account.period).toEqual({ start: monthsAfter(S, month), end: monthsAfter(S, month + 1) });
      expect(decided.decision.dueAt).toEqual(monthsAfter(S, month + 1));
    }
  });

  it("I24: keeps a year's later months after an end at once, unless they were credited", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const bought = freeFacts({
      subscriptions: [subscription({ items: [item({ offer: yearly(starter), period: year })] })],
      invoices: [invoice({ lines: [line({ offer: yearly(starter), period: year, amountCents: 274_000n })] })],
    });
    const at = plus(S, 10 * DAY_MS);
    const canceled = {
      ...settled(bought, S).facts,
      subscriptions: [
        subscription({
          status: "canceled",
          endedAt: at,
          items: [item({ offer: yearly(starter), period: year })],
        }),
      ],
    };
    const free = settled(canceled, at);
    expect(free.facts.account.plan).toBe("free");
    expect(free.decision.attention.map((each) => each.reason)).toEqual(["paid_and_not_returned"]);
    expect(free.decision.dueAt).toEqual(E);
    expect(given(settled(free.facts, E).facts)).toBe(2n * STARTER);
  });
});

describe("renewals", () => {
  const atBoundary = (facts: Facts) => settled(facts, E);

  it("I22: gives a renewal at its boundary before Stripe has told of it, once", () => {
    const { facts, decision } = atBoundary(starterAt(S));
    expect(decision.open.map(({ origin, credits, payment }) => ({ origin, credits, payment }))).toEqual([
      { origin: "provisional", credits: STARTER, payment: "provisional" },
    ]);
    expect(facts.account.period).toEqual({ start: E, end: E2 });
    expect(decide(facts, plus(E, DAY_MS)).open).toEqual([]);
    expect(decide(facts, E2).open).toEqual([]);
  });

  it("I13: binds it to the line that pays, and gives nothing more", () => {
    const { facts } = atBoundary(starterAt(S));
    const next = { start: E, end: E2 };
    const paid = settled(
      {
        ...facts,
        subscriptions: [subscription({ items: [item({ period: next })] })],
        invoices: [...facts.invoices, invoice({ lines: [line({ period: next })] })],
      },
      plus(E, DAY_MS),
    );
    expect(paid.decision.open).toEqual([]);
    expect(paid.decision.changes.map((each) => each.payment)).toEqual(["paid"]);
    expect(decide(paid.facts, plus(E, 2 * DAY_MS)).changes).toEqual([]);
  });

  it("I20: freezes what failed, unfreezes what is paid, and makes debt of what is never paid", () => {
    const { facts } = atBoundary(starterAt(S));
    const next = { start: E, end: E2 };
    const open = invoice({ status: "open", lines: [line({ period: next })] });
    const failing = {
      ...facts,
      subscriptions: [subscription({ status: "past_due", items: [item({ period: next })] })],
      invoices: [...facts.invoices, open],
    };
    const failed = settled(failing, plus(E, DAY_MS));
    expect(failed.decision.planStatus).toBe("past_due");
    expect(failed.decision.changes.map(({ payment, frozen }) => [payment, frozen])).toEqual([["owed", true]]);
    const paid = settled(
      {
        ...failed.facts,
        subscriptions: [subscription({ items: [item({ period: next })] })],
        invoices: [
          ...facts.invoices,
          { ...open, status: "paid", paidAt: E, paidCents: 29_900n, remainingCents: 0n },
        ],
      },
      plus(E, 2 * DAY_MS),
    );
    expect(paid.decision.changes.map(({ payment, frozen }) => [payment, frozen])).toEqual([["paid", false]]);
    const ended = settled(
      {
        ...failed.facts,
        subscriptions: [subscription({ status: "canceled", endedAt: plus(E, 2 * DAY_MS) })],
      },
      plus(E, 2 * DAY_MS),
    );
    expect(ended.decision.changes.map((each) => each.closeOut)).toEqual(["unpaid"]);
    expect(ended.facts.account.plan).toBe("free");
    expect(ended.decision.open.map((each) => each.credits)).toEqual([FREE]);
  });

  it("I22: is provisional at most once, and never after a line that cost nothing", () => {
    const { facts } = atBoundary(starterAt(S));
    const next = { start: E, end: E2 };
    const drafted = { ...facts, subscriptions: [subscription({ items: [item({ period: next })] })] };
    const drafts = {
      ...drafted,
      invoices: [...facts.invoices, invoice({ status: "draft", lines: [line({ period: next })] })],
    };
    expect(decide(drafts, E2).open).toEqual([]);
    const trial = freeFacts({
      subscriptions: [subscription({ status: "trialing" })],
      invoices: [
        invoice({ totalCents: 0n, paidCents: 0n, lines: [line({ amountCents: 0n, isTrial: true })] }),
      ],
    });
    const tried = settled(trial, S).facts;
    expect(given(tried)).toBe(STARTER);
    expect(decide({ ...tried, subscriptions: [subscription()] }, E).open).toEqual([]);
  });
});
