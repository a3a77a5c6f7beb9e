import { describe, expect, it } from "vitest";
import {
  applied,
  E,
  freeFacts,
  invoice,
  item,
  line,
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
import { cents, credits } from "../../money/credits";
import type { DisputeFact, RefundFact } from "../returns/decide";
import { decide } from "./decide";
import type { Facts, Invoice, InvoiceReturns } from "./facts";

const HOUR = 3_600_000;
const CHARGED = 29_900n;

const refund = (amount: bigint, status: RefundFact["status"] = "succeeded"): RefundFact => ({
  ...{ id: `re_${amount}`, refundId: null, amountCents: cents(amount), status },
  ...{ unreadable: null, failureCode: null },
});
const dispute = (status: DisputeFact["status"], amount = CHARGED): DisputeFact => ({
  ...{ id: "du_1", amountCents: cents(amount), currency: "usd", status },
  ...{ unreadable: null, reason: "general", evidenceDueAt: null },
});
const returns = (refunds: readonly RefundFact[], disputes: readonly DisputeFact[] = []): InvoiceReturns => ({
  refunds,
  disputes,
});

/** The same facts with what became of the money of its newest invoice; what is revoked by now stays. */
const heard = (facts: Facts, told: InvoiceReturns): Facts => {
  const newest = facts.invoices.at(-1);
  return {
    ...facts,
    invoices: facts.invoices.map((each) => (each === newest ? { ...each, returns: told } : each)),
  };
};

const month = (now = plus(S, HOUR), change: Partial<Invoice> = {}) =>
  settled(freeFacts({ subscriptions: [subscription()], invoices: [invoice(change)] }), now).facts;

const ofYear = yearly(starter);
const YEAR = { start: S, end: monthsAfter(S, 12) };
const yearAt = (now: Date) =>
  settled(
    freeFacts({
      subscriptions: [subscription({ items: [item({ offer: ofYear, period: YEAR })] })],
      invoices: [invoice({ lines: [line({ offer: ofYear, period: YEAR })] })],
    }),
    now,
  ).facts;

const revokedAt = (facts: Facts, now: Date) => settled(facts, now).facts.invoices.at(-1)?.revoked;

describe("what went back of a paid invoice", () => {
  const now = plus(S, 2 * HOUR);

  it.each([
    ["a cent", returns([refund(1n)]), STARTER / CHARGED],
    ["half of it", returns([refund(CHARGED / 2n)]), STARTER / 2n],
    ["all of it", returns([refund(CHARGED)]), STARTER],
    ["a lost dispute", returns([], [dispute("lost")]), STARTER],
    ["a refund that failed", returns([refund(CHARGED, "failed")]), 0n],
    ["one that nobody can read", returns([refund(CHARGED, null)]), 0n],
    ["an inquiry", returns([], [dispute("warning_needs_response")]), 0n],
  ])("I14: %s takes the share of what its lines gave", (_what, told, taken) => {
    expect(revokedAt(heard(month(), told), now)).toBe(taken);
  });

  it("I14: is of the whole that was asked for, also where the customer's balance paid some of it", () => {
    const facts = month(undefined, { paidCents: CHARGED / 2n });
    expect(revokedAt(heard(facts, returns([refund(CHARGED / 2n)])), now)).toBe(STARTER / 2n);
  });

  it("I14: is of what remained after a credit note from before the payment, and of nothing that one after it credits", () => {
    const notes = { creditNotesCents: CHARGED / 2n + 100n, prePaymentNotesCents: CHARGED / 2n };
    const facts = month(undefined, { ...notes, paidCents: CHARGED / 2n });
    expect(revokedAt(heard(facts, returns([refund(CHARGED / 2n)])), now)).toBe(STARTER);
    expect(revokedAt(heard(facts, returns([])), now)).toBe(0n);
  });

  it("I14: of an upgrade in the middle takes what that invoice gave, after what it credited", () => {
    const half = plus(S, (E.getTime() - S.getTime()) / 2);
    const rest = { start: half, end: E };
    const before = month(plus(S, HOUR));
    const upgraded = {
      ...before,
      subscriptions: [subscription({ items: [item({ offer: premium })] })],
      invoices: [
        ...before.invoices,
        invoice({
          ...{ id: "in_upgrade", createdAt: half, totalCents: 25_000n, paidCents: 25_000n },
          lines: [
            line({ period: rest, amountCents: -14_950n, isProration: true }),
            line({ offer: premium, period: rest, amountCents: 39_950n, isProration: true }),
          ],
        }),
      ],
    };
    const at = plus(half, HOUR);
    const known = settled(upgraded, at).facts;
    const gave = known.allowances
      .filter(({ invoiceId }) => invoiceId === "in_upgrade")
      .reduce((sum, each) => sum + each.credits, 0n);
    expect(gave).toBe(8_000_000n);
    expect(revokedAt(heard(known, returns([refund(25_000n)])), at)).toBe(gave);
  });

  it("I14: heard before it is known as paid, or when it is, ends the same", () => {
    const early = freeFacts({
      subscriptions: [subscription()],
      invoices: [invoice({ returns: returns([refund(10_000n)]) })],
    });
    const both = [revokedAt(early, now), revokedAt(heard(month(), returns([refund(10_000n)])), now)];
    expect(both[0]).toBe((STARTER * 10_000n) / CHARGED);
    expect(both[1]).toBe(both[0]);
  });

  it("I23: is an operator's where there is nothing here that it paid for, or a credit note was not read", () => {
    const reasons = (facts: Facts) => decide(facts, now).attention.map(({ reason }) => reason);
    const facts = month();
    expect(reasons(heard(facts, returns([refund(100n)])))).toEqual([]);
    const gone = { ...heard(facts, returns([refund(100n)])), allowances: [] };
    const unbound = { ...gone, invoices: gone.invoices.map((each) => ({ ...each, lines: each.lines })) };
    const judged = {
      ...unbound,
      account: { ...unbound.account, migratedAt: plus(E, HOUR) },
      allowances: facts.allowances.map((each) => ({ ...each, origin: "migrated" as const, invoiceId: null })),
    };
    expect(reasons(judged)).toContain("plan_refund_or_credit_note");
    const noted = month(undefined, { creditNotesCents: 500n, prePaymentNotesCents: 0n });
    expect(reasons(noted)).toContain("plan_refund_or_credit_note");
    expect(reasons(heard(noted, returns([])))).toEqual([]);
  });
});

describe("what went back of a year", () => {
  it("I14: takes its last months before any that was given, whenever it is heard", () => {
    const third = plus(monthsAfter(S, 2), HOUR);
    const half = returns([refund(CHARGED / 2n)]);
    const facts = [S, monthsAfter(S, 1), monthsAfter(S, 2)].reduce(
      (known, at) => settled(known, plus(at, HOUR)).facts,
      yearAt(plus(S, HOUR)),
    );
    let known = heard(facts, half);
    const taken: (bigint | undefined)[] = [];
    for (let count = 2; count < 12; count += 1) {
      known = settled(known, plus(monthsAfter(S, count), HOUR)).facts;
      taken.push(known.invoices.at(-1)?.revoked);
    }
    expect(revokedAt(heard(facts, half), third)).toBe(0n);
    expect(taken).toEqual([0n, 0n, 0n, 0n, 1n, 2n, 3n, 4n, 5n, 6n].map((months) => months * STARTER));
  });

  it("I14: whole takes every month that was given, and what begins later, while the plan runs", () => {
    const known = settled(heard(yearAt(plus(S, HOUR)), returns([refund(CHARGED)])), plus(S, 2 * HOUR)).facts;
    expect(known.invoices.at(-1)?.revoked).toBe(STARTER);
    const later = settled(known, plus(monthsAfter(S, 1), HOUR));
    expect(later.facts.invoices.at(-1)?.revoked).toBe(2n * STARTER);
    expect(later.decision).toMatchObject({ plan: "starter", planStatus: "active" });
  });

  it("I23: asks nobody to return what was, of a subscription that was canceled at once", () => {
    const at = plus(S, 2 * HOUR);
    const ended = (facts: Facts) => ({
      ...facts,
      subscriptions: facts.subscriptions.map((each) => ({
        ...each,
        status: "canceled" as const,
        endedAt: at,
      })),
    });
    const reasons = (facts: Facts) =>
      decide(ended(facts), plus(at, HOUR)).attention.map(({ reason }) => reason);
    const year = yearAt(plus(S, HOUR));
    expect(reasons(year)).toEqual(["paid_and_not_returned"]);
    expect(reasons(heard(year, returns([refund(CHARGED / 2n)])))).toEqual(["paid_and_not_returned"]);
    expect(reasons(heard(year, returns([refund((CHARGED * 11n) / 12n)])))).toEqual([]);
  });
});

describe("what went back of a year that a later invoice credited", () => {
  const at = plus(S, HOUR);
  const change = plus(S, (monthsAfter(S, 1).getTime() - S.getTime()) / 2);
  const now = plus(change, HOUR);
  const REST = { start: change, end: YEAR.end };
  const OWN = 100_000n;
  const later = yearly(premium);

  /** A year whose half first month and eleven others were credited: Premium takes their place. */
  const changed = (total = OWN): Facts => {
    const year = yearAt(at);
    return settled(
      {
        ...year,
        subscriptions: [subscription({ items: [item({ offer: later, period: YEAR })] })],
        invoices: [
          ...year.invoices,
          invoice({
            ...{ id: "in_change", createdAt: change, totalCents: total, paidCents: total > 0n ? total : 0n },
            lines: [
              line({ offer: ofYear, period: REST, amountCents: -28_600n, isProration: true }),
              line({ offer: later, period: REST, amountCents: 128_600n, isProration: true }),
            ],
          }),
        ],
      },
      now,
    ).facts;
  };
  const heardOf = (facts: Facts, told: Readonly<Record<string, InvoiceReturns>>): Facts => ({
    ...facts,
    invoices: facts.invoices.map((each) => ({
      ...each,
      returns: told[each.id === "in_change" ? "change" : "year"] ?? each.returns,
    })),
  });
  const MOVED = (CHARGED * 11n) / 12n;
  const ends = (facts: Facts, when = now) =>
    settled(facts, when).facts.invoices.map(({ revoked }) => revoked);
  const goneAtLast = (facts: Facts) => {
    let known = facts;
    for (let count = 2; count <= 12; count += 1)
      known = settled(known, plus(monthsAfter(S, count), -HOUR)).facts;
    const gave = known.allowances
      .filter(({ invoiceId }) => invoiceId === "in_change")
      .reduce((sum, each) => sum + each.credits, 0n);
    return { revoked: known.invoices.map((each) => each.revoked), gave };
  };

  it("I23: is an operator's where what credited it cost less than all that the year brought", () => {
    const facts = changed(-30_000n);
    const about = (told: InvoiceReturns) =>
      decide(heardOf(facts, { year: told }), now).attention.filter(
        ({ objectId }) => objectId === "in_change",
      );
    const item = { reason: "plan_refund_or_credit_note", object: "invoice", objectId: "in_change" };
    expect(about(returns([refund(CHARGED)]))).toContainEqual(item);
    expect(about(returns([], [dispute("needs_response")]))).toContainEqual(item);
    expect(about(returns([], [dispute("won")]))).not.toContainEqual(item);
  });

  it("I14: takes the first month from the year, and the months to come from what its money paid for then", () => {
    const told = { year: returns([refund(CHARGED)]) };
    expect(ends(heardOf(changed(), told))).toEqual([STARTER, 0n]);
    const { revoked, gave } = goneAtLast(heardOf(changed(), told));
    expect(revoked).toEqual([STARTER, (gave * MOVED) / (OWN + MOVED)]);
  });

  it("I14: takes all of it once both went back, in whatever order that is heard", () => {
    const year = { year: returns([refund(CHARGED)]) };
    const rest = { change: returns([], [dispute("lost", OWN)]) };
    const first = goneAtLast(heardOf(heardOf(changed(), year), rest));
    expect(first.revoked).toEqual([STARTER, first.gave]);
    expect(goneAtLast(heardOf(heardOf(changed(), rest), year))).toEqual(first);
  });

  it("I14: is frozen with it where the year is disputed, and no more once that is won", () => {
    const isFrozen = (facts: Facts) => decide(facts, now).returned.map(({ decision }) => decision.frozen);
    const open = heardOf(changed(), { year: returns([], [dispute("under_review")]) });
    expect(isFrozen(open)).toEqual([true, true]);
    expect(isFrozen(heardOf(open, { year: returns([], [dispute("won")]) }))).toEqual([false, false]);
  });

  it("I14: restores what was taken of both when the refund fails", () => {
    const end = heardOf(changed(0n), { year: returns([refund(CHARGED)]) });
    const taken = settled(end, now).facts;
    expect(taken.invoices.map((each) => each.revoked)[1]).toBeGreaterThan(0n);
    expect(ends(heardOf(taken, { year: returns([refund(CHARGED, "failed")]) }))).toEqual([0n, 0n]);
  });

  it("I22: promises no next year while what paid for most of this one is disputed", () => {
    const facts = heardOf(changed(), { year: returns([], [dispute("needs_response")]) });
    const { open } = decide(settled(facts, now).facts, plus(YEAR.end, 1_000));
    expect(open.filter(({ origin }) => origin === "provisional")).toEqual([]);
  });
});

describe("a dispute", () => {
  it.each([
    ["needs_response", true],
    ["under_review", true],
    ["won", false],
    ["warning_under_review", false],
  ] as const)("I14: %s freezes: %s", (status, frozen) => {
    const { returned } = decide(heard(month(), returns([], [dispute(status)])), plus(S, 2 * HOUR));
    expect(returned.map(({ decision }) => [decision.frozen, decision.revoke])).toEqual([[frozen, 0n]]);
    expect(returned[0]?.allowances).toHaveLength(1);
  });

  it("I14: freezes a month of a year that begins meanwhile", () => {
    const told = heard(yearAt(plus(S, HOUR)), returns([], [dispute("needs_response")]));
    const { returned, open } = decide(told, plus(monthsAfter(S, 1), HOUR));
    expect(open).toHaveLength(1);
    expect(returned[0]?.allowances.map((each) => each.month)).toEqual([1, 0]);
  });

  it.each([
    ["is disputed", returns([], [dispute("needs_response")]), 0],
    ["went back", returns([refund(CHARGED)]), 0],
    ["went back in part", returns([refund(100n)]), 1],
    ["was disputed, and stands", returns([], [dispute("won")]), 1],
  ])("I22: promises the next period where the last one's money %s: %s", (_what, told, begun) => {
    const facts = settled(heard(month(), told), plus(S, 2 * HOUR)).facts;
    const { open } = decide(facts, plus(E, 1_000));
    expect(open.filter(({ origin }) => origin === "provisional")).toHaveLength(begun);
  });
});

it("I14: takes nothing twice, and restores no more than it took", () => {
  const now = plus(S, 2 * HOUR);
  const taken = settled(heard(month(), returns([refund(CHARGED)])), now).facts;
  const failed = heard(taken, returns([refund(CHARGED, "failed")]));
  const decision = decide(failed, now);
  expect(decision.returned[0]?.decision).toMatchObject({ revoke: 0n, restore: STARTER });
  const again = decide(applied(failed, decision, now), now);
  expect(again.returned[0]?.decision).toMatchObject({ revoke: 0n, restore: credits(0n) });
});
