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
  starterAt,
  subscription,
  yearly,
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar";
import { credits } from "../../money/credits";
import type { Facts, Invoice, Line } from "./facts";

/** What an operator changes in the dashboard, found by letting one loose on a year of accounts (test:year). */
const AT = plus(S, 10 * DAY_MS);
const REST = { start: AT, end: E };
const REST_OF_STARTER = (STARTER * 2n) / 3n;

const rest = (change: Partial<Line>): Line => line({ period: REST, isProration: true, ...change });
const bill = (facts: Facts, lines: readonly Line[], change: Partial<Invoice> = {}): Facts => ({
  ...facts,
  invoices: [
    ...facts.invoices,
    invoice({ id: `in_${facts.invoices.length}`, createdAt: AT, lines, ...change }),
  ],
});

describe("what is given back", () => {
  it("counts on the customer's next invoice, of whatever subscription, where it was canceled and not billed", () => {
    const first = starterAt(S);
    const [sub] = first.subscriptions;
    const next = { start: plus(AT, DAY_MS), end: monthsAfter(plus(AT, DAY_MS), 1) };
    const other = item({ id: "si_2", period: next });
    const facts = {
      ...first,
      subscriptions: [
        { ...sub, status: "canceled", endedAt: AT } as (typeof first.subscriptions)[number],
        subscription({ id: "sub_2", items: [other], anchor: next.start, createdAt: next.start }),
      ],
    };
    const again = bill(facts, [
      rest({ subscriptionId: null, itemId: null, amountCents: -19_933n }),
      line({ subscriptionId: "sub_2", itemId: "si_2", period: next }),
    ]);
    const { facts: known, decision } = settled(again, next.start);
    expect(given(known)).toBe(STARTER + STARTER - REST_OF_STARTER);
    expect(decision.attention).toEqual([]);
  });

  it("is all subtracted, also of a subscription that was canceled after its quantity was raised and not billed", () => {
    const first = starterAt(S);
    const [sub] = first.subscriptions;
    const next = { start: plus(AT, DAY_MS), end: monthsAfter(plus(AT, DAY_MS), 1) };
    const other = item({ id: "si_2", period: next });
    const facts = {
      ...first,
      subscriptions: [
        { ...sub, status: "canceled", endedAt: AT } as (typeof first.subscriptions)[number],
        subscription({ id: "sub_2", items: [other], anchor: next.start, createdAt: next.start }),
      ],
    };
    const again = bill(facts, [
      rest({ subscriptionId: null, itemId: null, quantity: 2, amountCents: -39_867n }),
      line({ subscriptionId: "sub_2", itemId: "si_2", period: next }),
    ]);
    const { facts: known, decision } = settled(again, next.start);
    expect(given(known) - decision.overgiven).toBe(2n * STARTER - 2n * REST_OF_STARTER);
  });

  it("is subtracted of a price that was never billed before it was canceled", () => {
    const first = starterAt(S);
    const [sub] = first.subscriptions;
    const next = { start: plus(AT, DAY_MS), end: monthsAfter(plus(AT, DAY_MS), 1) };
    const other = item({ id: "si_2", period: next });
    const facts = {
      ...first,
      subscriptions: [
        { ...sub, items: [item({ offer: premium })], status: "canceled", endedAt: AT } as never,
        subscription({ id: "sub_2", items: [other], anchor: next.start, createdAt: next.start }),
      ],
    };
    const again = bill(facts, [
      rest({ subscriptionId: null, itemId: null, offer: premium, amountCents: -33_267n }),
      line({ subscriptionId: "sub_2", itemId: "si_2", period: next }),
    ]);
    const { facts: known, decision } = settled(again, next.start);
    const back = given(known) - decision.overgiven - 2n * STARTER;
    expect(back + (PREMIUM * 2n) / 3n).toBeLessThan(2n);
    expect(decision.attention.map(({ reason }) => reason)).not.toContain("paid_invoice_unbound");
  });

  it("is all subtracted where the quantity had been raised without prorations", () => {
    const first = starterAt(S);
    const { decision } = settled(
      bill(first, [
        rest({ quantity: 3, amountCents: -59_800n }),
        rest({ quantity: 1, amountCents: 19_933n }),
      ]),
      AT,
    );
    expect(decision.open.map(({ credits }) => credits)).toEqual([0n]);
    expect(decision.overgiven).toBe(2n * REST_OF_STARTER);
  });

  it("is all subtracted where the plan and the quantity had been changed without prorations", () => {
    const whole = freeFacts({
      subscriptions: [subscription({ items: [item({ offer: premium })] })],
      invoices: [invoice({ lines: [line({ offer: premium, amountCents: 49_900n })] })],
    });
    const first = { ...settled(whole, S).facts, subscriptions: [subscription()] };
    const { facts, decision } = settled(
      bill(first, [
        rest({ quantity: 3, amountCents: -59_800n }),
        rest({ quantity: 1, amountCents: 19_933n }),
      ]),
      AT,
    );
    expect(given(facts)).toBe(PREMIUM);
    expect(decision.overgiven).toBe(2n * REST_OF_STARTER);
  });
});

it("keeps counting an invoice as paid that the balance paid, when a credit note returns all of it", () => {
  const year = { start: S, end: monthsAfter(S, 12) };
  const offer = yearly(starter);
  const yearlyItem = item({ offer, period: year });
  const first = settled(
    freeFacts({
      subscriptions: [subscription({ items: [yearlyItem] })],
      invoices: [invoice({ lines: [line({ offer, period: year, amountCents: 299_000n })] })],
    }),
    S,
  ).facts;
  const next = { start: AT, end: monthsAfter(AT, 1) };
  const lower = { ...first, subscriptions: [subscription({ items: [item({ period: next })], anchor: AT })] };
  const back = line({ offer, period: { start: AT, end: year.end }, amountCents: -1_000n, isProration: true });
  const paid = bill(lower, [back, line({ period: next })], { totalCents: 28_900n, paidCents: 0n });
  const { facts } = settled(paid, AT);
  const returned = facts.invoices.map((each) =>
    each.paidCents === 0n ? { ...each, creditNotesCents: 28_900n, prePaymentNotesCents: 0n } : each,
  );
  const later = plus(E, DAY_MS);
  // The months that were given back do not come again.
  const { decision } = settled({ ...facts, invoices: returned }, later);
  expect(decision.open).toEqual([]);
  expect(decision.attention.map(({ reason }) => reason)).toContain("plan_refund_or_credit_note");
});

describe("a change to a price that cannot be read", () => {
  const known = { offer: starter, quantity: 1, until: AT };
  const odd = (change: Partial<Line>) => rest({ offer: null, priceId: "price_premium_month", ...change });
  const isRead = (facts: Facts): Facts => ({
    ...facts,
    subscriptions: [subscription({ items: [item({ offer: premium })] })],
    invoices: facts.invoices.map((each) => ({
      ...each,
      lines: each.lines.map((one) => (one.unreadable ? { ...one, offer: premium, unreadable: null } : one)),
    })),
  });
  const unreadable = [subscription({ items: [item({ offer: null, unreadable: "no_plan", known })] })];

  it("gives the difference once, however often it was changed there and back meanwhile", () => {
    const moved = bill({ ...starterAt(S), subscriptions: unreadable }, [
      rest({ amountCents: -19_933n }),
      odd({ amountCents: 33_267n }),
    ]);
    const first = settled(moved, AT);
    expect(given(first.facts)).toBe(STARTER);
    expect(first.decision.attention.map(({ reason }) => reason)).toContain("price_unreadable");
    const later = plus(AT, DAY_MS);
    const change = { period: { start: later, end: E } };
    const there = bill(first.facts, [
      odd({ ...change, amountCents: -31_603n }),
      rest({ ...change, amountCents: 18_937n }),
      rest({ ...change, amountCents: -18_937n }),
      odd({ ...change, amountCents: 31_603n }),
    ]);
    const second = settled(there, later);
    expect(given(second.facts)).toBe(STARTER);
    const { facts, decision } = settled(isRead(second.facts), plus(later, DAY_MS));
    const difference = ((PREMIUM - STARTER) * 2n) / 3n;
    expect(given(facts) - decision.overgiven - STARTER - difference).toBeLessThan(3n);
    expect(STARTER + difference - given(facts) + decision.overgiven).toBeLessThan(3n);
  });

  it("gives nothing for a reset that gives back the same price, until it is read", () => {
    const before = { ...starterAt(S), subscriptions: unreadable };
    const next = { start: AT, end: monthsAfter(AT, 1) };
    const reset = bill(before, [
      rest({ offer: null, amountCents: -19_933n }),
      line({ offer: null, period: next }),
    ]);
    expect(given(settled(reset, AT).facts)).toBe(STARTER);
  });

  it("I19: pays back once what was given too much, though it is judged by what was assumed and then by what it says", () => {
    const over = credits(100_000_000n);
    const next = { start: AT, end: monthsAfter(AT, 1) };
    const account = { ...starterAt(S).account, overgiven: over };
    const moved = bill({ ...starterAt(S), account, subscriptions: unreadable }, [
      line({ offer: null, period: next }),
    ]);
    const first = settled(moved, AT);
    expect(given(first.facts) - first.decision.overgiven).toBe(2n * STARTER - over);
    const { facts, decision } = settled(isRead(first.facts), plus(AT, DAY_MS));
    expect(given(facts) - decision.overgiven).toBe(STARTER + PREMIUM - over);
  });

  it("assumes a month of what its item sold by the year for a month", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const offer = yearly(starter);
    const first = settled(
      freeFacts({
        subscriptions: [subscription({ items: [item({ offer, period: year })] })],
        invoices: [invoice({ lines: [line({ offer, period: year, amountCents: 299_000n })] })],
      }),
      S,
    ).facts;
    const next = { start: AT, end: monthsAfter(AT, 1) };
    const odd = {
      offer: null,
      unreadable: "no_plan",
      known: { offer, quantity: 1, until: AT },
      period: next,
    } as const;
    const moved = bill({ ...first, subscriptions: [subscription({ items: [item(odd)], anchor: AT })] }, [
      line({ offer: null, period: next }),
    ]);
    expect(given(settled(moved, AT).facts)).toBe(2n * STARTER);
  });
});

describe("a year that was never billed, left and taken up again at one instant, each change invoiced at once", () => {
  const YEAR = { start: S, end: monthsAfter(S, 12) };
  const left = { start: AT, end: YEAR.end };
  const year = (change: Partial<Line>): Line =>
    rest({ priceId: "price_premium_year", offer: yearly(premium), period: left, ...change });
  const offered = item({ offer: yearly(premium), period: YEAR });
  const before: Facts = { ...starterAt(S), subscriptions: [subscription({ items: [offered] })] };
  const first = (facts: Facts) =>
    bill(facts, [year({ id: "il_a1", amountCents: -450_000n }), rest({ id: "il_a2", amountCents: 19_933n })]);
  const second = (facts: Facts) =>
    bill(facts, [rest({ id: "il_b1", amountCents: -19_933n }), year({ id: "il_b2", amountCents: 450_000n })]);
  const had = ({ facts, decision }: ReturnType<typeof settled>) => given(facts) - decision.overgiven;
  const later = monthsAfter(S, 13);

  it("comes to the same a year later, whether its invoices are heard of together or one after the other", () => {
    const together = settled(second(first(before)), AT);
    const alone = settled(first(before), AT);
    const apart = settled(second(alone.facts), plus(AT, 2 * 3_600_000));
    const [one, other] = [had(settled(together.facts, later)), had(settled(apart.facts, later))];
    // Each month is rounded down by itself.
    expect([-1n, 0n, 1n]).toContain(one - other);
    expect(one).toBe(STARTER);
  });

  /** Left once more, and taken up and left again on one invoice, which nobody has paid yet. */
  const unpaid = (facts: Facts, change: Partial<Invoice> = {}) =>
    bill(
      facts,
      [
        year({ id: "il_c1", amountCents: 450_000n }),
        year({ id: "il_c2", amountCents: -450_000n }),
        line({ id: "il_c3", period: { start: AT, end: monthsAfter(AT, 1) } }),
      ],
      { status: "open", paidAt: null, paidCents: 0n, remainingCents: 29_900n, ...change },
    );

  it("I19: subtracts all that was returned, though an unpaid invoice bills and returns the same at that instant", () => {
    const alone = settled(first(before), AT);
    for (const beside of [unpaid(before), unpaid(before, { status: "void", remainingCents: 0n })])
      expect(had(settled(first(beside), AT))).toBe(had(alone));
  });

  it("I19: subtracts once what was returned, where taking it up again is billed later, beside another credit of it", () => {
    const LATER = plus(AT, 14 * DAY_MS);
    const alone = settled(first(before), AT);
    const bills = (facts: Facts) =>
      bill(
        facts,
        [
          rest({ id: "il_c1", amountCents: -19_933n }),
          year({ id: "il_c2", amountCents: 450_000n }),
          year({ id: "il_c3", amountCents: -430_000n, period: { start: LATER, end: YEAR.end } }),
        ],
        { createdAt: LATER, paidAt: LATER },
      );
    const month = monthsAfter(AT, 1).getTime() - AT.getTime();
    const used = (PREMIUM * BigInt(14 * DAY_MS)) / BigInt(month);
    const apart = had(settled(bills(alone.facts), LATER));
    const together = had(settled(bills(first(before)), LATER));
    expect([-1n, 0n, 1n]).toContain(apart - (had(alone) - REST_OF_STARTER + used));
    expect([-1n, 0n, 1n]).toContain(together - apart);
  });
});

describe("a year paid for once and made three times as much without prorations, left and taken up again at one instant", () => {
  const YEAR = { start: S, end: monthsAfter(S, 12) };
  const left = { start: AT, end: YEAR.end };
  const offer = yearly(premium);
  const paid: Facts = {
    ...starterAt(S),
    subscriptions: [subscription({ items: [item({ offer, period: YEAR, quantity: 3 })] })],
    invoices: [
      invoice({
        lines: [line({ priceId: "price_premium_year", offer, period: YEAR, amountCents: 499_000n })],
      }),
    ],
  };
  const threefold = (change: Partial<Line>): Line => rest({ quantity: 3, ...change });
  const year = (change: Partial<Line>): Line =>
    threefold({ priceId: "price_premium_year", offer, period: left, ...change });
  const first = (facts: Facts) =>
    bill(facts, [
      year({ id: "il_a1", amountCents: -1_455_000n }),
      threefold({ id: "il_a2", amountCents: 59_800n }),
    ]);
  const second = (facts: Facts) =>
    bill(facts, [
      threefold({ id: "il_b1", amountCents: -59_800n }),
      year({ id: "il_b2", amountCents: 1_455_000n }),
    ]);
  const had = ({ facts, decision }: ReturnType<typeof settled>) => given(facts) - decision.overgiven;
  const later = monthsAfter(S, 13);

  it("I19: goes on as what was paid for, whether its two invoices are heard of together or one after the other", () => {
    const begun = settled(paid, S);
    const together = settled(second(first(begun.facts)), AT);
    const alone = settled(first(begun.facts), AT);
    const apart = settled(second(alone.facts), plus(AT, 2 * 3_600_000));
    const ends = [together, apart].map((each) => had(settled(each.facts, later)));
    const [one = 0n, other = 0n] = ends;
    expect(one).toBe(STARTER + 12n * PREMIUM);
    // What was returned apart is shared by the time of the whole rest, and what was billed again by its months.
    const difference = one < other ? other - one : one - other;
    expect(difference).toBeLessThan(one / 1_000n);
  });
});
