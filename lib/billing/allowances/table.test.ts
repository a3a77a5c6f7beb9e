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
  subscription,
  yearly,
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar";
import { decide } from "./decide";
import type { Facts, Invoice, Subscription } from "./facts";

// The rows of the decision table, and the cases people met, by the pure decision.
const E2 = monthsAfter(S, 2);
const next = { start: E, end: E2 };
const year = { start: S, end: monthsAfter(S, 12) };
const at = (days: number) => plus(S, days * DAY_MS);
const bought = (sub: Partial<Subscription> = {}, bill: Partial<Invoice> = {}): Facts =>
  freeFacts({ subscriptions: [subscription(sub)], invoices: [invoice(bill)] });
// One and the same, so that its line is.
const STARTED = settled(bought(), S).facts;
const atBoundary = () => settled(STARTED, E).facts;
const renewal = (change: Partial<Invoice> = {}) => invoice({ lines: [line({ period: next })], ...change });
const withNext = (facts: Facts, bill: Invoice, sub: Partial<Subscription> = {}): Facts => ({
  ...facts,
  subscriptions: [subscription({ items: [item({ period: next })], ...sub })],
  invoices: [...facts.invoices, bill],
});
const reasons = (facts: Facts, now: Date) => decide(facts, now).attention.map(({ reason }) => reason);
const states = ({ changes }: ReturnType<typeof decide>) =>
  changes.map(({ payment, frozen, closeOut, regrant }) => [payment, frozen, closeOut, regrant?.what ?? null]);

describe("renewals", () => {
  it.each(["draft", "open"] as const)(
    "I22: a renewal that is %s, under way or sent by mail, is given ahead",
    (status) => {
      const { decision } = settled(withNext(STARTED, renewal({ status })), plus(E, 1));
      expect(decision.open.map(({ credits }) => credits)).toEqual([STARTER]);
      expect(decision.open[0]?.payment).toBe(status === "open" ? "owed" : "provisional");
      expect(decision.planStatus).toBe("active");
    },
  );

  it("I19: gives the difference of a renewal that turns out to cost more, and keeps what it costs less", () => {
    const raised = renewal({ lines: [line({ period: next, offer: premium })] });
    const { decision, facts } = settled(
      withNext(atBoundary(), raised, { items: [item({ period: next, offer: premium })] }),
      plus(E, DAY_MS),
    );
    expect(decision.open.map(({ credits, part }) => [credits, part])).toEqual([[PREMIUM - STARTER, 1]]);
    expect(given(facts)).toBe(STARTER + PREMIUM);
    const doubled = settled(
      bought({ items: [item({ quantity: 2 })] }, { lines: [line({ quantity: 2 })] }),
      S,
    ).facts;
    const lowered = settled(withNext(settled(doubled, E).facts, renewal()), plus(E, DAY_MS));
    expect(lowered.decision.overgiven).toBe(STARTER);
  });

  it("I20: a voided renewal is closed out, its spent credits written off, and its debt comes back", () => {
    const voided = settled(withNext(atBoundary(), renewal({ status: "void" })), plus(E, DAY_MS));
    expect(states(voided.decision)).toEqual([["void", false, "voided", null]]);
    const ended = settled(
      withNext(atBoundary(), renewal({ status: "open" }), { status: "canceled", endedAt: at(40) }),
      at(40),
    );
    expect(states(ended.decision)).toEqual([["owed", false, "unpaid", null]]);
    const late = settled(
      { ...ended.facts, invoices: [...STARTED.invoices, renewal({ status: "void" })] },
      at(41),
    );
    expect(states(late.decision)).toEqual([["void", false, null, "debt"]]);
  });

  it("I20: an uncollectible renewal is frozen and payable, not closed", () => {
    const { decision } = settled(
      withNext(atBoundary(), renewal({ status: "uncollectible" })),
      plus(E, DAY_MS),
    );
    expect(states(decision)).toEqual([["owed", true, null, null]]);
    expect(decision.planStatus).toBe("past_due");
  });

  it("I20: a credit note for all of it is as void", () => {
    const noted = renewal({ paidCents: 0n, creditNotesCents: 29_900n });
    const { decision } = settled(withNext(atBoundary(), noted), plus(E, DAY_MS));
    expect(states(decision)).toEqual([["void", false, "voided", null]]);
  });

  it("I20: a later invoice paid closes the older out; paid after all it is granted again", () => {
    const failed = settled(
      withNext(atBoundary(), renewal({ status: "open" }), { status: "past_due" }),
      plus(E, DAY_MS),
    ).facts;
    const third = { start: E2, end: monthsAfter(S, 3) };
    const later: Facts = {
      ...failed,
      subscriptions: [subscription({ items: [item({ period: third })] })],
      invoices: [...failed.invoices, invoice({ lines: [line({ period: third })] })],
    };
    const closed = settled(later, plus(E2, DAY_MS));
    expect(closed.decision.changes.map(({ closeOut }) => closeOut)).toEqual(["superseded"]);
    expect(closed.decision.planStatus).toBe("active");
    const paid = {
      ...closed.facts,
      invoices: closed.facts.invoices.map((each) =>
        each.status === "open"
          ? {
              ...each,
              status: "paid" as const,
              paidCents: 29_900n,
              remainingCents: 0n,
              paidAt: plus(E2, 2 * DAY_MS),
            }
          : each,
      ),
    };
    const again = settled(paid, plus(E2, 2 * DAY_MS));
    expect(again.decision.changes[0]?.regrant).toEqual({ what: "revoked", until: third.end });
    expect(again.decision.open).toEqual([]);
  });

  it("I19: paid late: what was never given is given in the running cycle, of a new subscription too", () => {
    const lateLine = invoice({ paidAt: plus(E, 5 * DAY_MS) });
    const facts = { ...bought({ status: "canceled", endedAt: at(20) }, {}), invoices: [lateLine] };
    const { decision } = settled(facts, plus(E, 5 * DAY_MS));
    const [first] = decision.open.filter(({ subscriptionId }) => subscriptionId !== null);
    expect(first?.credits).toBe(STARTER);
    expect(first?.expiresAt).toEqual(decision.period.end);
  });

  it("I20: a renewal that Stripe never made, because the subscription had ended, is revoked and owed", () => {
    const ended = {
      ...atBoundary(),
      subscriptions: [subscription({ status: "canceled", cancelAt: E, endedAt: E })],
    };
    expect(settled(ended, plus(E, DAY_MS)).decision.changes.map(({ closeOut }) => closeOut)).toEqual([
      "never_renewed",
    ]);
  });
});

describe("prices that cannot be read", () => {
  const odd = (period = { start: S, end: E }, known: Date | null = at(5)) =>
    item({
      offer: null,
      unreadable: "no_plan",
      period,
      known: known && { offer: starter, quantity: 1, until: known },
    });
  const oddBill = (period: { start: Date; end: Date }) =>
    invoice({ lines: [line({ offer: null, priceId: "price_odd", period })] });

  it("I21: never known: nothing yet, no Free month, and never treated as Free", () => {
    const facts = freeFacts({
      subscriptions: [subscription({ items: [odd(undefined, null)] })],
      invoices: [oddBill({ start: S, end: E })],
    });
    const { decision } = settled(facts, at(1));
    expect(decision.subscriptionId).toBe("sub_1");
    expect(decision.planStatus).toBe("pending");
    expect(decision.open).toEqual([]);
    expect(reasons(facts, at(1))).toContain("price_unreadable");
  });

  it("I21: what was known runs on for one more period, and the difference comes when it reads", () => {
    const known = settled(
      {
        ...STARTED,
        subscriptions: [subscription({ items: [odd(next)] })],
        invoices: [...STARTED.invoices, oddBill(next)],
      },
      plus(E, DAY_MS),
    );
    expect(known.decision.plan).toBe("starter");
    expect(known.decision.open.map(({ credits }) => credits)).toEqual([STARTER]);
    expect(known.decision.planStatus).toBe("active");
    const third = { start: E2, end: monthsAfter(S, 3) };
    const more = {
      ...known.facts,
      subscriptions: [subscription({ items: [odd(third)] })],
      invoices: [...known.facts.invoices, oddBill(third)],
    };
    expect(settled(more, plus(E2, DAY_MS)).decision.open).toEqual([]);
    const readable = {
      ...more,
      subscriptions: [subscription({ items: [item({ offer: premium, period: third })] })],
      invoices: more.invoices.map((each) => ({
        ...each,
        lines: each.lines.map((one) =>
          one.isUnreadable ? { ...one, offer: premium, isUnreadable: false } : one,
        ),
      })),
    };
    const read = settled(readable, plus(E2, 2 * DAY_MS)).decision.open;
    expect(read.map(({ credits }) => credits).toSorted()).toEqual([PREMIUM - STARTER, PREMIUM]);
  });

  it.each(["quantity_zero", "several_plan_items"] as const)("I23: %s is told", (unreadable) => {
    expect(reasons(bought({ items: [item({ unreadable, known: null })] }), at(1))).toContain(unreadable);
  });

  it("I21: the item we knew is gone: as canceled at once", () => {
    const gone = { ...STARTED, subscriptions: [subscription({ items: [item({ goneAt: at(9) })] })] };
    const { decision } = settled(gone, at(10));
    expect([decision.plan, decision.subscriptionId, decision.anchor]).toEqual(["free", null, at(9)]);
  });
});

describe("subscriptions", () => {
  it("I19: a trial gives its share, once, and free time within a paid month gives nothing", () => {
    const week = { start: S, end: at(7) };
    const free = { totalCents: 0n, paidCents: 0n };
    const trial = bought(
      { status: "trialing", anchor: at(7), items: [item({ period: week })] },
      { ...free, lines: [line({ period: week, amountCents: 0n, isTrial: true })] },
    );
    const tried = settled(trial, S);
    expect(tried.decision.planStatus).toBe("trialing");
    expect(given(tried.facts)).toBe((STARTER * 7n) / 31n);
    const more = { start: at(13), end: at(20) };
    const given2 = settled(
      {
        ...STARTED,
        invoices: [
          ...STARTED.invoices,
          invoice({ ...free, lines: [line({ period: more, amountCents: 0n, isTrial: true })] }),
        ],
      },
      at(13),
    );
    expect(given2.decision.open.map(({ credits }) => credits)).toEqual([0n]);
  });

  it("I24: collection paused: what is paid goes on, and nothing new", () => {
    const paused = { ...STARTED, subscriptions: [subscription({ isPaused: true })] };
    expect(settled(paused, at(10)).decision.planStatus).toBe("active");
    const after = settled(
      withNext(paused, renewal({ status: "draft" }), { isPaused: true }),
      plus(E, DAY_MS),
    ).decision;
    expect([after.planStatus, after.open]).toEqual(["paused", []]);
  });

  it.each(["paused", "unpaid"] as const)("I22: %s: nothing new", (status) => {
    const { decision } = settled(
      withNext(STARTED, renewal({ status: "draft" }), { status }),
      plus(E, DAY_MS),
    );
    expect(decision.open).toEqual([]);
    expect(decision.planStatus).toBe(status === "paused" ? "paused" : "past_due");
  });

  it("I13: incomplete never was a plan", () => {
    const { decision } = settled(bought({ status: "incomplete" }, { status: "open" }), S);
    expect([decision.plan, decision.subscriptionId]).toEqual(["free", null]);
    expect(decision.open.map(({ credits }) => credits)).toEqual([FREE]);
  });

  it("I21: a paid subscription beside a past-due one counts, and both are told", () => {
    const second = subscription({
      id: "sub_2",
      items: [item({ id: "si_2", offer: premium })],
      createdAt: at(1),
    });
    const facts = { ...STARTED, subscriptions: [subscription({ status: "past_due" }), second] };
    const bill = invoice({
      id: "in_2",
      subscriptionId: "sub_2",
      createdAt: at(1),
      lines: [line({ subscriptionId: "sub_2", itemId: "si_2", offer: premium })],
    });
    const { decision } = settled({ ...facts, invoices: [...facts.invoices, bill] }, at(1));
    expect([decision.plan, decision.planStatus]).toEqual(["premium", "active"]);
    expect(decision.open.map(({ credits }) => credits)).toEqual([PREMIUM]);
    expect(decision.attention.filter(({ reason }) => reason === "two_live_subscriptions")).toHaveLength(2);
  });

  it("I23: a raise that waits for the next invoice gives nothing now, and is told", () => {
    const waits = {
      ...STARTED,
      pendingLines: [
        line({ offer: premium, period: { start: at(10), end: E }, amountCents: 33_000n, isProration: true }),
      ],
    };
    expect(settled(waits, at(10)).decision.open).toEqual([]);
    expect(reasons(waits, at(10))).toEqual(["raised_with_prorations"]);
  });

  it("I19: a cycle reset with a declined card gives nothing, and is past due", () => {
    const reset = { start: at(3), end: monthsAfter(at(3), 1) };
    const facts = {
      ...STARTED,
      subscriptions: [subscription({ status: "past_due", anchor: at(3), items: [item({ period: reset })] })],
      invoices: [...STARTED.invoices, invoice({ status: "open", lines: [line({ period: reset })] })],
    };
    const { decision } = settled(facts, at(3));
    expect([decision.open, decision.changes, decision.planStatus]).toEqual([[], [], "past_due"]);
  });

  it("I24: a year that becomes another year keeps what it had given, and ends its later months", () => {
    const first = settled(
      bought(
        { items: [item({ offer: yearly(starter), period: year })] },
        { lines: [line({ offer: yearly(starter), period: year, amountCents: 274_000n })] },
      ),
      S,
    ).facts;
    const newYear = { start: at(1), end: monthsAfter(at(1), 12) };
    const up = invoice({
      lines: [
        line({
          offer: yearly(starter),
          period: { start: at(1), end: year.end },
          amountCents: -273_000n,
          isProration: true,
        }),
        line({ offer: yearly(premium), period: newYear, amountCents: 456_000n }),
      ],
    });
    const { decision, facts } = settled(
      {
        ...first,
        subscriptions: [
          subscription({ anchor: at(1), items: [item({ offer: yearly(premium), period: newYear })] }),
        ],
        invoices: [...first.invoices, up],
      },
      at(1),
    );
    expect(decision.open.map(({ credits }) => credits)).toEqual([PREMIUM - (STARTER * 29n) / 30n]);
    expect(
      settled(facts, newYear.end > year.end ? monthsAfter(at(1), 1) : E).decision.open.map(
        ({ credits }) => credits,
      ),
    ).toEqual([PREMIUM]);
  });

  it("I13: a subscription that ended leads back to the plan by agreement", () => {
    const agreed = { ...freeFacts().account, internal: { plan: "custom" as never, credits: PREMIUM } };
    const facts = settled({ ...bought(), account: agreed }, S).facts;
    const { decision } = settled(
      { ...facts, subscriptions: [subscription({ status: "canceled", endedAt: at(10) })] },
      at(10),
    );
    expect([decision.plan, decision.open.map(({ credits }) => credits)]).toEqual(["custom", [PREMIUM]]);
  });

  it("I23: a period without a line is told after two hours, and a Free account that nobody uses is never due", () => {
    const noLine = withNext(atBoundary(), invoice({ id: "in_other", lines: [] }));
    expect(reasons(noLine, plus(E, DAY_MS / 24))).not.toContain("line_missing");
    expect(reasons(noLine, plus(E, DAY_MS / 8))).toContain("line_missing");
    const { facts, decision } = settled(freeFacts(), S);
    const { end } = decision.period;
    expect(decision.dueAt).toEqual(end);
    const unused = settled({ ...facts, isActive: false }, end).decision;
    expect([unused.open, unused.dueAt, unused.period]).toEqual([[], null, decision.period]);
    const active = settled(facts, end).decision;
    expect([active.open.map(({ startsAt }) => startsAt), active.period.start]).toEqual([[end], end]);
  });
});
