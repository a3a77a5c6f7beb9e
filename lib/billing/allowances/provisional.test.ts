import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  E,
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
import { monthsAfter } from "../../calendar";
import { credits } from "../../money/credits";
import { decide } from "./decide";
import type { Facts, Invoice, Subscription } from "./facts";

// Before it is paid, a period is given for only where nothing speaks against it: each of these alone does.
const E2 = monthsAfter(S, 2);
const next = { start: E, end: E2 };
const started = (change: { sub?: Partial<Subscription>; bill?: Partial<Invoice> } = {}): Facts =>
  settled(
    freeFacts({ subscriptions: [subscription(change.sub)], invoices: [invoice(change.bill)] }),
    plus(S, 10 * DAY_MS),
  ).facts;
const given = (facts: Facts, now = E) =>
  decide(facts, now).open.filter(({ origin }) => origin === "provisional");
const change = (facts: Facts, sub: Partial<Subscription>): Facts => ({
  ...facts,
  subscriptions: facts.subscriptions.map((each) => (each.id === "sub_1" ? { ...each, ...sub } : each)),
});

/** A second subscription of the account, ten days younger, paid for until then. */
const second = (facts: Facts): Facts => {
  const period = { start: plus(S, 10 * DAY_MS), end: plus(E, 10 * DAY_MS) };
  const ofIt = { subscriptionId: "sub_2", itemId: "si_2", offer: premium, period };
  return settled(
    {
      ...facts,
      subscriptions: [
        ...facts.subscriptions,
        subscription({
          id: "sub_2",
          anchor: period.start,
          createdAt: period.start,
          items: [item({ id: "si_2", offer: premium, period })],
        }),
      ],
      invoices: [...facts.invoices, invoice({ id: "in_2", subscriptionId: "sub_2", lines: [line(ofIt)] })],
    },
    period.start,
  ).facts;
};

describe("I22: a renewal is given before it is paid", () => {
  it("I22: where the period before it was paid, with money or with the customer's balance", () => {
    expect(given(started()).map((each) => each.credits)).toEqual([STARTER]);
    expect(given(started({ bill: { paidCents: 0n } })).map((each) => each.credits)).toEqual([STARTER]);
  });

  it("I22: not after an invoice that cost nothing, though its line has an amount", () => {
    expect(given(started({ bill: { totalCents: 0n, paidCents: 0n } }))).toEqual([]);
  });

  it("I22: not after a line that cost nothing, though its invoice has an amount", () => {
    const lines = [line({ amountCents: 0n, isTrial: true }), line({ itemId: "si_other", offer: null })];
    expect(given(started({ bill: { lines } }))).toEqual([]);
  });

  it("I22: not after a period that a credit note brought to nothing", () => {
    expect(given(started({ bill: { paidCents: 0n, creditNotesCents: 29_900n } }))).toEqual([]);
  });

  it.each([
    ["past due", { status: "past_due" }],
    ["unpaid", { status: "unpaid" }],
    ["paused", { status: "paused" }],
    ["on trial", { status: "trialing" }],
    ["not begun", { status: "incomplete" }],
    ["canceled at its end", { cancelAt: E }],
    ["ended by its schedule", { scheduleEndsAt: E }],
    ["one whose collection is paused", { isPaused: true }],
  ] as const)("I22: not of a subscription that is %s", (_, sub) => {
    expect(given(change(started(), sub))).toEqual([]);
  });

  it("I22: not where its price cannot be read, nor that of the phase that begins", () => {
    const known = { offer: starter, quantity: 1, until: E };
    const odd = item({ offer: null, unreadable: "no_plan", known });
    expect(given(change(started(), { items: [odd] }))).toEqual([]);
    expect(given(change(started(), { next: [{ start: E, offer: null, quantity: 1 }] }))).toEqual([]);
  });

  it("I22: once, until it is paid", () => {
    const facts = settled(second(started()), E).facts;
    const theirEnd = plus(E, 10 * DAY_MS);
    expect(given(facts, theirEnd)).toEqual([]);
    const paid = {
      ...change(facts, { items: [item({ period: next })] }),
      invoices: [...facts.invoices, invoice({ lines: [line({ period: next })] })],
    };
    const known = settled(paid, plus(E, DAY_MS)).facts;
    expect(given(known, theirEnd).map((each) => each.credits)).toEqual([PREMIUM]);
  });

  it("I22: not while anything is owed for a plan", () => {
    const owed = invoice({ id: "in_owed", status: "open", lines: [line({ isProration: true })] });
    const facts = started();
    expect(given({ ...facts, invoices: [...facts.invoices, owed] })).toEqual([]);
  });

  it("I22: not again after something was voided of which somebody had spent", () => {
    const facts = settled(second(started()), E).facts;
    const voided = (spent: bigint): Facts => ({
      ...change(facts, { items: [item({ period: next })] }),
      allowances: facts.allowances.map((each) =>
        each.origin === "provisional" ? { ...each, spent: credits(spent) } : each,
      ),
      invoices: [...facts.invoices, invoice({ status: "void", lines: [line({ period: next })] })],
    });
    const at = plus(E, 10 * DAY_MS);
    const known = (spent: bigint) => settled(voided(spent), plus(E, DAY_MS)).facts;
    expect(given(known(0n), at)).toHaveLength(1);
    expect(given(known(1n), at)).toEqual([]);
  });

  it("I22: not once its own invoice is uncollectible or void", () => {
    const facts = started();
    for (const status of ["uncollectible", "void"] as const) {
      const bill = invoice({ status, lines: [line({ period: next })] });
      expect(given({ ...facts, invoices: [...facts.invoices, bill] }, plus(E, 1))).toEqual([]);
    }
  });

  it("I22: the first month of a year only, whose others wait until it is paid", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const facts = started({
      sub: { items: [item({ offer: yearly(starter), period: year })] },
      bill: { lines: [line({ offer: yearly(starter), period: year })] },
    });
    const atEnd = settled(facts, year.end);
    expect(atEnd.decision.open.filter(({ origin }) => origin === "provisional")).toMatchObject([
      { credits: STARTER, month: 0, startsAt: year.end },
    ]);
    expect(given(atEnd.facts, monthsAfter(year.end, 1))).toEqual([]);
  });
});
