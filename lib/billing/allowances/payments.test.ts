import { describe, expect, it } from "vitest";
import {
  DAY_MS,
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
import { monthsAfter } from "../../calendar";
import { decide } from "./decide";
import type { Allowance, CloseReason, Facts, Invoice, Subscription } from "./facts";
import { isDebtReason } from "./payments";

// What becomes of a renewal that was given before it was paid.
const E2 = monthsAfter(S, 2);
const E3 = monthsAfter(S, 3);
const next = { start: E, end: E2 };
const third = { start: E2, end: E3 };
const atBoundary = settled(
  settled(freeFacts({ subscriptions: [subscription()], invoices: [invoice()] }), S).facts,
  E,
).facts;
const renewal = invoice({ lines: [line({ period: next })] });
const thirdInvoice = invoice({ lines: [line({ period: third })] });
const OPEN = {
  status: "open",
  paidCents: 0n,
  remainingCents: 29_900n,
  paidAt: null,
  paidSeenAt: null,
} as const;
const VOID = { status: "void", paidCents: 0n, paidAt: null, paidSeenAt: null } as const;
const open = (bill: Invoice): Invoice => ({ ...bill, ...OPEN });
const voided = (bill: Invoice): Invoice => ({ ...bill, ...VOID });
const paid = (bill: Invoice, paidAt: Date): Invoice => ({ ...bill, paidAt, paidSeenAt: paidAt });
const heard = (facts: Facts, sub: Partial<Subscription>, ...invoices: readonly Invoice[]): Facts => ({
  ...facts,
  subscriptions: [subscription({ items: [item({ period: next })], ...sub })],
  invoices: [...atBoundary.invoices, ...invoices],
});
const changesOf = (facts: Facts, now: Date) =>
  settled(facts, now).decision.changes.map(({ payment, frozen, closeOut, regrant }) => ({
    ...{ payment, frozen, closeOut },
    regrant: regrant?.what ?? null,
  }));
const change = (payment: Allowance["payment"], rest = {}) => [
  { payment, frozen: false, closeOut: null, regrant: null, ...rest },
];
const failed = settled(heard(atBoundary, { status: "past_due" }, open(renewal)), plus(E, DAY_MS)).facts;

describe("I24: what is paid", () => {
  it("I24: is not frozen, though a later payment failed", () => {
    const sub = { status: "past_due", items: [item({ period: third })] } as const;
    const at = plus(E2, DAY_MS);
    expect(changesOf(heard(failed, sub, paid(renewal, at), open(thirdInvoice)), at)).toMatchObject([
      { payment: "paid", frozen: false },
    ]);
    const early = plus(E, 2 * DAY_MS);
    expect(changesOf(heard(failed, { status: "past_due" }, paid(renewal, early)), early)).toEqual(
      change("paid"),
    );
  });

  it("I24: is not closed out, though its subscription ended before it was heard of", () => {
    const ended = { status: "canceled", endedAt: plus(E, DAY_MS) } as const;
    const facts = heard(atBoundary, ended, paid(renewal, E));
    expect(changesOf(facts, plus(E, 2 * DAY_MS))).toEqual(change("paid"));
  });

  it("I24: gives again what was frozen to its end, and not what could be spent to it", () => {
    const at = plus(E2, DAY_MS);
    const sub = { items: [item({ period: third })] };
    const late = [paid(renewal, at), paid(thirdInvoice, E2)];
    expect(changesOf(heard(failed, sub, ...late), at)).toEqual(change("paid", { regrant: "expired" }));
    const usable = settled(heard(atBoundary, {}, open(renewal)), plus(E, DAY_MS)).facts;
    expect(changesOf(heard(usable, sub, ...late), at)).toEqual(change("paid"));
  });
});

describe("I20: what is owed", () => {
  it("I20: is closed out by a later invoice that is paid, and by none that is not", () => {
    const at = plus(E2, DAY_MS);
    const sub = { status: "past_due", items: [item({ period: third })] } as const;
    expect(changesOf(heard(failed, sub, open(renewal), open(thirdInvoice)), at)).toEqual([]);
    const free = { ...paid(thirdInvoice, E2), totalCents: 0n, paidCents: 0n };
    expect(changesOf(heard(failed, sub, open(renewal), free), at)).toEqual([]);
    expect(
      changesOf(heard(failed, { items: sub.items }, open(renewal), paid(thirdInvoice, E2)), at),
    ).toMatchObject([{ closeOut: "superseded" }]);
  });

  it("I20: is what was asked for and not paid; nobody owes what was voided or never asked for", () => {
    const reasons: readonly (readonly [CloseReason, boolean])[] = [
      ["unpaid", true],
      ["superseded", true],
      ["never_renewed", true],
      ["voided", false],
      ["never_invoiced", false],
    ];
    expect(reasons.map(([reason]) => [reason, isDebtReason(reason)])).toEqual(reasons);
  });

  it("I20: comes back once, where it was voided after all, and is given once more where it is paid", () => {
    const ended = { status: "canceled", endedAt: plus(E, 5 * DAY_MS) } as const;
    const at = plus(E, 6 * DAY_MS);
    const owed = settled(heard(failed, ended, open(renewal)), at);
    expect(owed.decision.changes).toMatchObject([{ closeOut: "unpaid" }]);
    const returned = settled(heard(owed.facts, ended, voided(renewal)), at);
    expect(returned.decision.changes).toMatchObject([{ payment: "void", regrant: { what: "debt" } }]);
    // Invoiced once more and paid: what had become debt was given back already.
    const again = { ...renewal, id: "in_again", paidAt: at };
    expect(changesOf(heard(returned.facts, ended, voided(renewal), again), at)).toEqual(change("paid"));
    expect(changesOf(heard(owed.facts, ended, paid(renewal, at)), at)).toEqual(
      change("paid", { regrant: "revoked" }),
    );
  });

  it.each([
    ["a draft that outlived its period", { ...open(renewal), status: "draft" } as Invoice, plus(E2, 1)],
    ["a renewal that Stripe went on without", null, plus(E2, DAY_MS)],
  ])("I20: is nothing of %s", (_, bill, at) => {
    const sub = { isPaused: true, items: [item({ period: bill ? next : third })] };
    const facts = heard(atBoundary, sub, ...(bill ? [bill] : []));
    expect(changesOf(facts, at)).toMatchObject([{ closeOut: "never_invoiced" }]);
  });
});

describe("what is shown", () => {
  it("a voided renewal may buy: nobody is asked to pay for it any more", () => {
    const { decision } = settled(heard(atBoundary, {}, voided(renewal)), plus(E, DAY_MS));
    expect([decision.plan, decision.planStatus, decision.changes[0]?.closeOut]).toEqual([
      "starter",
      "active",
      "voided",
    ]);
    const paused = settled(heard(atBoundary, { isPaused: true }, voided(renewal)), plus(E, DAY_MS));
    expect(paused.decision.planStatus).toBe("paused");
  });

  it("I21: of two live subscriptions the older goes on as active when the younger begins its cycle", () => {
    const began = plus(E, 1_000);
    const ofIt = { itemId: "si_2", period: { start: began, end: monthsAfter(began, 1) } };
    const second = subscription({
      ...{ id: "sub_2", anchor: began, createdAt: began },
      items: [item({ ...ofIt, id: "si_2" })],
    });
    const bill = invoice({
      ...{ id: "in_2", subscriptionId: "sub_2" },
      lines: [line({ ...ofIt, subscriptionId: "sub_2" })],
    });
    const facts = heard(atBoundary, {}, { ...open(renewal), status: "draft" }, bill);
    const { decision } = settled(
      { ...facts, subscriptions: [...facts.subscriptions, second] },
      plus(began, 1),
    );
    expect([decision.subscriptionId, decision.planStatus]).toEqual(["sub_1", "active"]);
    expect(decision.cut).toHaveLength(1);
  });

  it("I23: a year that was assumed is told while its later months cannot be given", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const known = { offer: yearly(starter), quantity: 1, until: S };
    const odd = item({ offer: null, unreadable: "no_plan", known, period: year });
    const bill = invoice({ lines: [line({ offer: null, priceId: "price_odd", period: year })] });
    const facts = settled(
      freeFacts({ subscriptions: [subscription({ items: [odd] })], invoices: [bill] }),
      S,
    ).facts;
    const told = (each: Facts, now: Date) =>
      decide(each, now).attention.filter(({ object }) => object === "invoice_line");
    expect(told(facts, plus(E, 1))).toEqual([]);
    expect(decide(facts, plus(E, 1)).open.map(({ credits }) => credits)).toEqual([STARTER]);
    const moved = {
      ...facts,
      subscriptions: [subscription({ items: [item({ offer: premium, period: next })] })],
    };
    expect(decide(moved, plus(E, 1)).open).toEqual([]);
    expect(told(moved, plus(E, 1))).toMatchObject([{ reason: "price_unreadable" }]);
    expect(told(moved, year.end)).toEqual([]);
  });
});
