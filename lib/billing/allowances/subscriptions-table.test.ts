import { describe, expect, it } from "vitest";
import {
  at,
  atBoundary,
  bought,
  reasons,
  renewal,
  STARTED,
  withNext,
  year,
} from "../../../dev/testing/decision-table";
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

// The rows of the decision table about subscriptions as a whole; the others are in `table.test.ts`.
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
    // Canceled, it has no next invoice: nothing comes any more, and nothing is told.
    const ended = subscription({ status: "canceled", endedAt: at(12) });
    expect(reasons({ ...waits, subscriptions: [ended] }, at(12))).toEqual([]);
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
