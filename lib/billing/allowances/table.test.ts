import { describe, expect, it } from "vitest";
import {
  at,
  atBoundary,
  bought,
  E2,
  next,
  reasons,
  renewal,
  STARTED,
  states,
  withNext,
} from "../../../dev/testing/decision-table";
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
} from "../../../dev/testing/facts";
import { monthsAfter } from "../../calendar";
import type { Facts } from "./facts";

// The rows of the decision table, and the cases people met, by the pure decision.
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

describe("a plan that was changed with no prorations", () => {
  it.each([
    ["lowered", premium, starter, PREMIUM, STARTER],
    ["raised", starter, premium, STARTER, PREMIUM],
  ] as const)(
    "I24: %s, gives nothing now, and its credits from the next period on",
    (_, was, is, had, has) => {
      const began = settled(bought({ items: [item({ offer: was })] }, { lines: [line({ offer: was })] }), S);
      const changed = { ...began.facts, subscriptions: [subscription({ items: [item({ offer: is })] })] };
      const now = settled(changed, at(10));
      expect([now.decision.open, now.decision.changes, now.decision.overgiven]).toEqual([[], [], 0n]);
      expect(given(now.facts)).toBe(had);
      const period = { items: [item({ offer: is, period: next })] };
      const bill = renewal({ lines: [line({ offer: is, period: next })] });
      for (const status of ["draft", "paid"] as const) {
        const later = settled(withNext(changed, { ...bill, status }, period), plus(E, 1));
        expect(later.decision.open.map(({ credits, startsAt }) => [credits, startsAt])).toEqual([[has, E]]);
        expect(given(later.facts)).toBe(had + has);
      }
      // Heard of only then, as one who looks first meets it: the next period's price counts, not the last one's.
      const unheard = settled(changed, plus(E, 1));
      expect(unheard.decision.open.map(({ credits, payment }) => [credits, payment])).toEqual([
        [has, "provisional"],
      ]);
    },
  );
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
        lines: each.lines.map((one) => (one.unreadable ? { ...one, offer: premium, unreadable: null } : one)),
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
