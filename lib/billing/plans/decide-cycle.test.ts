import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type BillingPeriod, monthsAfter } from "../../calendar";
import { planIdOf } from "../../catalog/plans";
import { credits } from "../../money/credits";
import type { CycleDecision, CycleInvoice, CyclePeriod, CycleSubscription, Known } from "./cycle-facts";
import { invoiceOf } from "./cycle-payments";
import { decideCycle, LOOK_AHEAD_MS } from "./decide-cycle";

const at = (text: string) => new Date(text);
const plus = (date: Date, ms: number) => new Date(date.getTime() + ms);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FREE = credits(1_000_000n);
const STARTER = credits(24_000_000n);
const PREMIUM = credits(40_000_000n);
const S = at("2026-03-31T10:00:00Z");
const E = at("2026-04-30T10:00:00Z");
const MARCH: BillingPeriod = { start: S, end: E };
const SOURCE = `plan:sub_1:starter:${S.toISOString()}`;

const freeKnown = (change: Partial<Known> = {}): Known => ({
  account: {
    plan: planIdOf("free"),
    planStatus: "active",
    anchor: S,
    period: MARCH,
    allowance: FREE,
    createdAt: S,
  },
  subscriptions: [],
  periods: [],
  invoices: [],
  awake: true,
  since: plus(S, -400 * DAY),
  ...change,
});

const subscription = (change: Partial<CycleSubscription> = {}): CycleSubscription => ({
  id: "sub_1",
  status: "active",
  isPrimary: true,
  offer: { plan: planIdOf("starter"), interval: "month", credits: STARTER },
  anchor: S,
  period: MARCH,
  cancelAt: null,
  next: null,
  createdAt: S,
  endedAt: null,
  freedAt: null,
  ...change,
});

const invoice = (change: Partial<CycleInvoice> = {}): CycleInvoice => ({
  id: "in_1",
  subscriptionId: "sub_1",
  status: "paid",
  reason: "subscription_create",
  plan: planIdOf("starter"),
  credits: STARTER,
  period: MARCH,
  attempts: 1,
  createdAt: S,
  ...change,
});

const period = (change: Partial<CyclePeriod> = {}): CyclePeriod => ({
  source: SOURCE,
  plan: planIdOf("starter"),
  subscriptionId: "sub_1",
  startsAt: S,
  endsAt: E,
  creditsUntil: E,
  payment: "paid",
  withdrawn: false,
  ...change,
});

/** A Starter whose first month is paid and open. */
const starter = (change: Partial<Known> = {}): Known =>
  freeKnown({
    account: { ...freeKnown().account, plan: planIdOf("starter"), allowance: STARTER },
    subscriptions: [subscription()],
    invoices: [invoice()],
    periods: [period()],
    ...change,
  });

/** What is known after a decision was written down. */
function written(known: Known, decision: CycleDecision): Known {
  const { plan, planStatus, anchor, period: running } = decision;
  const kept = known.periods.map((each) => ({
    ...each,
    payment: decision.payments.find((other) => other.source === each.source)?.payment ?? each.payment,
    withdrawn: each.withdrawn || decision.withdraw.includes(each.source),
    endsAt: decision.cut.find((other) => other.source === each.source)?.at ?? each.endsAt,
  }));
  const opened = decision.open.map(
    ({ source, plan: of, subscriptionId, period: { start, end }, payment }): CyclePeriod => ({
      source,
      plan: of,
      subscriptionId,
      startsAt: start,
      endsAt: decision.cut.find((other) => other.source === source)?.at ?? end,
      creditsUntil: end,
      payment,
      withdrawn: false,
    }),
  );
  return {
    ...known,
    account: { ...known.account, plan, planStatus, anchor, period: running },
    subscriptions: known.subscriptions.map((each) =>
      each.id === decision.freed?.subscriptionId ? { ...each, freedAt: decision.freed.at } : each,
    ),
    periods: [...kept.filter((each) => !opened.some((other) => other.source === each.source)), ...opened],
  };
}

const sources = (decision: CycleDecision) => decision.open.map((each) => each.source);

describe("a Free account", () => {
  it("asleep for a year wakes up with one allowance, not twelve", () => {
    const now = at("2027-04-15T00:00:00Z");
    const decision = decideCycle(freeKnown({ awake: false }), now);
    expect(decision.open).toHaveLength(1);
    expect(decision.open[0]).toMatchObject({
      plan: planIdOf("free"),
      credits: FREE,
      period: { start: at("2027-03-31T10:00:00Z"), end: at("2027-04-30T10:00:00Z") },
    });
    expect(decision.period).toEqual(decision.open[0]?.period);
  });

  it("in use gets its next allowance written down before the boundary; one that sleeps does not", () => {
    const now = plus(E, -LOOK_AHEAD_MS);
    const opened = period({
      source: `plan:${S.toISOString()}`,
      subscriptionId: null,
      payment: "none",
      plan: planIdOf("free"),
    });
    const known = freeKnown({ periods: [opened] });
    expect(sources(decideCycle(known, now))).toEqual([`plan:${E.toISOString()}`]);
    expect(decideCycle(known, now).dueAt).toEqual(E);
    const asleep = decideCycle({ ...known, awake: false }, now);
    expect(asleep.open).toEqual([]);
    expect(asleep.dueAt).toBeNull();
  });
});

describe("a subscription", () => {
  it("gives nothing before its first invoice is paid, and the allowance for it when it is", () => {
    const unpaid = freeKnown({
      subscriptions: [subscription()],
      invoices: [invoice({ status: "open", attempts: 0 })],
    });
    expect(decideCycle(unpaid, plus(S, HOUR)).open).toEqual([]);
    const paid = decideCycle({ ...unpaid, invoices: [invoice()] }, plus(S, HOUR));
    expect(paid.open).toMatchObject([
      { source: SOURCE, payment: "paid", invoiceId: "in_1", credits: STARTER },
    ]);
    expect(paid).toMatchObject({ plan: planIdOf("starter"), planStatus: "active", period: MARCH });
  });

  it("gives the next allowance ahead of the boundary, once, waiting for its payment", () => {
    const now = plus(E, -LOOK_AHEAD_MS);
    const decision = decideCycle(starter(), now);
    expect(decision.open).toMatchObject([
      {
        source: `plan:sub_1:starter:${E.toISOString()}`,
        payment: "awaited",
        ahead: true,
        period: { start: E, end: at("2026-05-31T10:00:00Z") },
      },
    ]);
    const again = decideCycle(written(starter(), decision), now);
    expect(again.open).toEqual([]);
    expect(again.withdraw).toEqual([]);
  });

  it("of more than a year is given nothing again for invoices whose periods are remembered no more", () => {
    const before = { start: plus(S, -31 * DAY), end: S };
    const old = invoice({ id: "in_0", period: before, createdAt: before.start });
    const account = { ...starter().account, createdAt: before.start };
    const known = starter({ account, invoices: [invoice(), old] });
    expect(decideCycle(known, plus(S, DAY)).open).toHaveLength(1);
    expect(decideCycle({ ...known, since: S }, plus(S, DAY)).open).toEqual([]);
  });

  it("is never trusted for more than one period that Stripe has not told of", () => {
    const rolled = written(starter(), decideCycle(starter(), plus(E, 1)));
    expect(rolled.account.period).toEqual({ start: E, end: at("2026-05-31T10:00:00Z") });
    const late = decideCycle(rolled, at("2026-06-01T00:00:00Z"));
    expect(late.open).toEqual([]);
    expect(late.period).toEqual(rolled.account.period);
  });

  it("freezes a renewal that failed, thaws it when paid, takes it back when the subscription ends unpaid", () => {
    const renewal = { start: E, end: at("2026-05-31T10:00:00Z") };
    const source = `plan:sub_1:starter:${E.toISOString()}`;
    const second = invoice({ id: "in_2", reason: "subscription_cycle", period: renewal, createdAt: E });
    const base = starter({
      subscriptions: [subscription({ period: renewal })],
      periods: [
        period(),
        period({ source, startsAt: E, endsAt: renewal.end, creditsUntil: renewal.end, payment: "awaited" }),
      ],
    });
    const now = plus(E, 2 * HOUR);
    const draft = { ...base, invoices: [invoice(), { ...second, status: "draft" as const, attempts: 0 }] };
    expect(decideCycle(draft, now).payments).toEqual([]);
    const failed: Known = {
      ...base,
      subscriptions: [subscription({ period: renewal, status: "past_due" })],
      invoices: [invoice(), { ...second, status: "open", attempts: 1 }],
    };
    expect(decideCycle(failed, now)).toMatchObject({
      planStatus: "past_due",
      payments: [{ source, payment: "failed", invoiceId: "in_2" }],
    });
    const frozen = written(failed, decideCycle(failed, now));
    const paid = { ...frozen, subscriptions: base.subscriptions, invoices: [invoice(), second] };
    expect(decideCycle(paid, now).payments).toEqual([{ source, payment: "paid", invoiceId: "in_2" }]);
    const endedAt = plus(E, 15 * DAY);
    const ended = {
      ...frozen,
      subscriptions: [subscription({ period: renewal, status: "canceled", endedAt })],
    };
    expect(decideCycle(ended, plus(endedAt, 1))).toMatchObject({
      plan: planIdOf("free"),
      planStatus: "active",
      anchor: endedAt,
      payments: [{ source, payment: "unpaid", invoiceId: "in_2" }],
      open: [{ plan: planIdOf("free"), source: `plan:${endedAt.toISOString()}` }],
    });
  });

  it("whose period failed to its end is not thawed by a word that nobody tried, but by its payment", () => {
    const second = { start: E, end: at("2026-05-31T10:00:00Z") };
    const third = { start: second.end, end: at("2026-06-30T10:00:00Z") };
    const source = `plan:sub_1:starter:${E.toISOString()}`;
    const renewal = { source, startsAt: E, endsAt: second.end, creditsUntil: second.end };
    const knownWith = (status: CycleInvoice["status"], attempts: number) =>
      starter({
        subscriptions: [subscription({ period: third })],
        invoices: [
          invoice({ id: "in_3", reason: "subscription_cycle", period: third }),
          invoice({ id: "in_2", reason: "subscription_cycle", period: second, status, attempts }),
          invoice(),
        ],
        periods: [period(), period({ ...renewal, payment: "failed" })],
      });
    expect(decideCycle(knownWith("draft", 0), plus(second.end, HOUR)).payments).toEqual([]);
    expect(decideCycle(knownWith("paid", 1), plus(second.end, HOUR)).payments).toEqual([
      { source, payment: "paid", invoiceId: "in_2" },
    ]);
    // Before it is over there is still something to be had of it.
    expect(decideCycle(knownWith("draft", 0), plus(second.end, -HOUR)).payments).toEqual([
      { source, payment: "awaited", invoiceId: "in_2" },
    ]);
  });

  it("whose period was there on trust to its end is not frozen by a decline that came when it was over", () => {
    const second = { start: E, end: at("2026-05-31T10:00:00Z") };
    const third = { start: second.end, end: at("2026-06-30T10:00:00Z") };
    const source = `plan:sub_1:starter:${E.toISOString()}`;
    const renewal = { source, startsAt: E, endsAt: second.end, creditsUntil: second.end };
    const knownWith = (change: Partial<CycleInvoice>, told: Partial<CycleSubscription> = {}) =>
      starter({
        subscriptions: [subscription({ period: third, ...told })],
        invoices: [
          invoice({ id: "in_3", reason: "subscription_cycle", period: third }),
          invoice({ id: "in_2", reason: "subscription_cycle", period: second, ...change }),
          invoice(),
        ],
        periods: [period(), period({ ...renewal, payment: "awaited" })],
      });
    const over = plus(second.end, HOUR);
    const declined = { status: "open", attempts: 1 } as const;
    expect(decideCycle(knownWith(declined), over).payments).toEqual([]);
    expect(decideCycle(knownWith(declined, { status: "past_due" }), over).payments).toEqual([]);
    expect(decideCycle(knownWith({ status: "paid" }), over).payments).toEqual([
      { source, payment: "paid", invoiceId: "in_2" },
    ]);
    expect(decideCycle(knownWith(declined, { status: "canceled", endedAt: over }), over).payments).toEqual([
      { source, payment: "unpaid", invoiceId: "in_2" },
    ]);
    expect(decideCycle(knownWith(declined), plus(second.end, -1)).payments).toEqual([
      { source, payment: "failed", invoiceId: "in_2" },
    ]);
  });

  it("whose period an upgrade cut short is frozen and thawed for as long as its credits live", () => {
    const cutAt = plus(E, DAY);
    const until = at("2026-05-31T10:00:00Z");
    const source = `plan:sub_1:starter:${E.toISOString()}`;
    const premium = { plan: planIdOf("premium"), credits: PREMIUM } as const;
    const running = { start: cutAt, end: plus(until, DAY) };
    const knownWith = (payment: CyclePeriod["payment"], change: Partial<CycleInvoice>) =>
      starter({
        subscriptions: [subscription({ offer: { ...premium, interval: "month" }, period: running })],
        invoices: [
          invoice({ ...premium, id: "in_3", reason: "subscription_update", period: running }),
          invoice({ id: "in_2", reason: "subscription_cycle", period: { start: E, end: until }, ...change }),
          invoice(),
        ],
        periods: [
          period(),
          period({ source, startsAt: E, endsAt: cutAt, creditsUntil: until, payment }),
          period({ ...premium, source: "plan:premium", startsAt: cutAt, endsAt: running.end }),
        ],
      });
    const declined = { status: "open", attempts: 1 } as const;
    const drafted = { status: "draft", attempts: 0 } as const;
    const alive = plus(cutAt, DAY);
    expect(decideCycle(knownWith("awaited", declined), alive).payments).toMatchObject([
      { source, payment: "failed" },
    ]);
    expect(decideCycle(knownWith("failed", drafted), alive).payments).toMatchObject([
      { source, payment: "awaited" },
    ]);
    expect(decideCycle(knownWith("awaited", declined), until).payments).toEqual([]);
    expect(decideCycle(knownWith("failed", drafted), until).payments).toEqual([]);
  });

  it("upgraded in the middle begins a new cycle, ends the old one there, and takes none of its credits", () => {
    const now = at("2026-04-10T12:00:00Z");
    const renewed = { start: now, end: at("2026-05-10T12:00:00Z") };
    const upgraded = starter({
      subscriptions: [
        subscription({
          offer: { plan: planIdOf("premium"), interval: "month", credits: PREMIUM },
          anchor: now,
          period: renewed,
        }),
      ],
      invoices: [
        invoice(),
        invoice({
          id: "in_2",
          reason: "subscription_update",
          plan: planIdOf("premium"),
          credits: PREMIUM,
          period: renewed,
          createdAt: now,
        }),
      ],
    });
    const decision = decideCycle(upgraded, plus(now, 1_000));
    expect(decision).toMatchObject({
      plan: planIdOf("premium"),
      period: renewed,
      payments: [],
      withdraw: [],
      open: [{ plan: planIdOf("premium"), credits: PREMIUM, period: renewed, payment: "paid" }],
      cut: [{ source: SOURCE, at: now, until: renewed.end }],
    });
  });

  it.each([
    ["declined and void", { status: "void", attempts: 1 }],
    ["still asked about by the bank", { status: "open", attempts: 1 }],
  ] as const)(
    "renews on trust as ever beside an upgrade to a year of the same plan that is %s",
    (_, state) => {
      const year = { start: plus(E, -5 * DAY), end: plus(E, 360 * DAY) };
      const tried = invoice({ id: "in_2", reason: "subscription_update", period: year, ...state });
      const { open } = decideCycle(starter({ invoices: [tried, invoice()] }), plus(E, -HOUR / 2));
      expect(open).toMatchObject([{ period: { start: E }, payment: "awaited", invoiceId: null }]);
    },
  );

  it("is not paid for by a year of the same plan that an upgrade ended", () => {
    const premium = { plan: planIdOf("premium"), interval: "month", credits: PREMIUM } as const;
    const running = { start: plus(S, 5 * DAY), end: plus(S, 35 * DAY) };
    const known = starter({
      subscriptions: [
        subscription({
          offer: premium,
          period: running,
          next: { ...premium, plan: planIdOf("starter"), credits: STARTER },
        }),
      ],
      invoices: [
        invoice({
          id: "in_2",
          plan: planIdOf("premium"),
          credits: PREMIUM,
          reason: "subscription_update",
          period: running,
        }),
        invoice({ period: { start: S, end: plus(S, 365 * DAY) } }),
      ],
    });
    const { open } = decideCycle(known, plus(running.end, -HOUR / 2));
    expect(open.find((each) => each.ahead)).toMatchObject({
      plan: planIdOf("starter"),
      period: { start: running.end },
      payment: "awaited",
      invoiceId: null,
    });
  });

  it("begun in the first seconds of a Free month is not cut short by it", () => {
    const begun = plus(S, 340);
    const free = period({
      source: `plan:${begun.toISOString()}`,
      plan: planIdOf("free"),
      subscriptionId: null,
      startsAt: begun,
      payment: "none",
    });
    const known = freeKnown({ periods: [free], subscriptions: [subscription()], invoices: [invoice()] });
    const decision = decideCycle(known, plus(S, 2_000));
    expect(decision.open).toMatchObject([{ source: SOURCE, period: MARCH }]);
    expect(decision.cut).toEqual([]);
  });

  it("withdraws what was written ahead for a boundary at which something else was chosen since", () => {
    const now = plus(E, -HOUR / 2);
    const ahead = written(starter(), decideCycle(starter(), now));
    const premium: Known = {
      ...ahead,
      subscriptions: [
        subscription({ next: { plan: planIdOf("premium"), interval: "month", credits: PREMIUM } }),
      ],
    };
    expect(decideCycle(premium, now)).toMatchObject({
      withdraw: [`plan:sub_1:starter:${E.toISOString()}`],
      open: [{ plan: planIdOf("premium"), period: { start: E } }],
    });
    const canceled = { ...ahead, subscriptions: [subscription({ cancelAt: E })] };
    expect(decideCycle(canceled, now)).toMatchObject({
      withdraw: [`plan:sub_1:starter:${E.toISOString()}`],
      open: [{ plan: planIdOf("free"), source: `plan:${E.toISOString()}`, ahead: true }],
    });
  });

  it("upgraded to a year of the same plan when its renewal was written ahead has the year instead of that", () => {
    const now = plus(E, -HOUR / 2);
    const year = { start: now, end: monthsAfter(now, 12) };
    const known: Known = {
      ...written(starter(), decideCycle(starter(), now)),
      subscriptions: [
        subscription({
          offer: { plan: planIdOf("starter"), interval: "year", credits: STARTER },
          anchor: now,
          period: year,
        }),
      ],
      invoices: [invoice({ id: "in_2", reason: "subscription_update", period: year }), invoice()],
    };
    expect(decideCycle(known, plus(now, 1_000))).toMatchObject({
      withdraw: [`plan:sub_1:starter:${E.toISOString()}`],
      open: [{ period: { start: now }, payment: "paid", invoiceId: "in_2" }],
      payments: [],
    });
  });

  it("canceled for its end is Free from that instant, whether or not Stripe has told, and once", () => {
    const canceled = starter({ subscriptions: [subscription({ cancelAt: E })] });
    const untold = decideCycle(canceled, E);
    expect(untold).toMatchObject({
      plan: planIdOf("free"),
      anchor: E,
      open: [{ plan: planIdOf("free"), period: { start: E } }],
    });
    const told: Known = {
      ...written(canceled, untold),
      subscriptions: [
        subscription({ cancelAt: E, status: "canceled", endedAt: plus(E, 40_000), freedAt: E }),
      ],
    };
    const later = decideCycle(told, plus(E, HOUR));
    expect(later.open).toEqual([]);
    expect(later.anchor).toEqual(E);
  });

  it("paid for a year gives its allowance month by month", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const yearly = freeKnown({
      subscriptions: [
        subscription({
          offer: { plan: planIdOf("starter"), interval: "year", credits: STARTER },
          period: year,
        }),
      ],
      invoices: [invoice({ period: year })],
    });
    let known = yearly;
    const starts: Date[] = [];
    for (let month = 0; month < 12; month += 1) {
      const decision = decideCycle(known, plus(monthsAfter(S, month), HOUR));
      starts.push(...decision.open.map((each) => each.period.start));
      expect(decision.open.every((each) => each.payment === "paid")).toBe(true);
      known = written(known, decision);
    }
    expect(starts).toEqual(Array.from({ length: 12 }, (_, month) => monthsAfter(S, month)));
  });

  describe("paid for a year that nobody had heard of", () => {
    const year = { start: S, end: monthsAfter(S, 12) };
    const yearly = (change: Partial<CycleSubscription> = {}, invoices = [invoice({ period: year })]) =>
      freeKnown({
        subscriptions: [
          subscription({
            offer: { plan: planIdOf("starter"), interval: "year", credits: STARTER },
            period: year,
            ...change,
          }),
        ],
        invoices,
      });
    const premium = { plan: planIdOf("premium"), interval: "month", credits: PREMIUM } as const;
    const upgradedAt = plus(monthsAfter(S, 2), 5 * DAY);
    const upgraded = { start: upgradedAt, end: monthsAfter(upgradedAt, 1) };
    const upgrade = invoice({ ...premium, id: "in_2", reason: "subscription_update", period: upgraded });

    it("gives every month that has begun, once, however late it is heard of", () => {
      const now = plus(monthsAfter(S, 3), HOUR);
      const decision = decideCycle(yearly(), now);
      expect(decision.open.map((each) => each.period)).toEqual(
        [0, 1, 2, 3].map((month) => ({ start: monthsAfter(S, month), end: monthsAfter(S, month + 1) })),
      );
      expect(decision.open.every((each) => each.payment === "paid" && each.invoiceId === "in_1")).toBe(true);
      expect(decideCycle(written(yearly(), decision), now).open).toEqual([]);
    });

    it("gives its months as far as an upgrade, and what that paid for from there", () => {
      const known = yearly({ offer: premium, anchor: upgradedAt, period: upgraded }, [
        upgrade,
        invoice({ period: year }),
      ]);
      const { open } = decideCycle(known, plus(upgradedAt, 28 * DAY));
      expect(open.map(({ plan, period: { start } }) => [plan, start])).toEqual([
        ["starter", S],
        ["starter", monthsAfter(S, 1)],
        ["starter", monthsAfter(S, 2)],
        ["premium", upgradedAt],
      ]);
    });

    it("takes back a month of it that began after an upgrade which is heard of later, and gives that once", () => {
      const given = yearly();
      const known = written(given, decideCycle(given, plus(monthsAfter(S, 3), HOUR)));
      const told = {
        ...known,
        subscriptions: [subscription({ offer: premium, anchor: upgradedAt, period: upgraded })],
        invoices: [upgrade, invoice({ period: year })],
      };
      const now = plus(monthsAfter(S, 3), 2 * HOUR);
      const decision = decideCycle(told, now);
      expect(decision).toMatchObject({
        open: [{ plan: planIdOf("premium"), period: upgraded, payment: "paid" }],
        payments: [
          {
            source: `plan:sub_1:starter:${monthsAfter(S, 3).toISOString()}`,
            payment: "unpaid",
            invoiceId: null,
          },
        ],
      });
      const again = decideCycle(written(told, decision), now);
      expect([again.open, again.payments]).toEqual([[], []]);
    });

    it("gives its months as far as the subscription's end", () => {
      const known = yearly({ status: "canceled", endedAt: upgradedAt, freedAt: upgradedAt });
      const { open } = decideCycle(known, plus(monthsAfter(S, 6), HOUR));
      expect(open.filter((each) => each.subscriptionId).map((each) => each.source)).toEqual(
        [0, 1, 2].map((month) => `plan:sub_1:starter:${monthsAfter(S, month).toISOString()}`),
      );
    });

    it("gives no month again that was counted from another day before an upgrade", () => {
      const began = at("2026-02-28T10:00:00Z");
      const whole = { start: began, end: monthsAfter(began, 12) };
      const boundaries = [began, S, E, at("2026-05-31T10:00:00Z")];
      const periods = boundaries.slice(0, 3).map((startsAt, index) => {
        const endsAt = boundaries[index + 1] ?? startsAt;
        const source = `plan:sub_1:starter:${startsAt.toISOString()}`;
        return period({ source, startsAt, endsAt, creditsUntil: endsAt });
      });
      const at10th = at("2026-05-10T10:00:00Z");
      const since = { start: at10th, end: monthsAfter(at10th, 1) };
      const known: Known = {
        ...yearly({ offer: premium, anchor: at10th, period: since }, [
          { ...upgrade, period: since },
          invoice({ period: whole }),
        ]),
        periods,
      };
      const account = { ...known.account, createdAt: plus(began, -DAY) };
      for (const now of [plus(at10th, DAY), plus(at10th, 25 * DAY)])
        expect(sources(decideCycle({ ...known, account }, now))).toEqual([
          `plan:sub_1:premium:${at10th.toISOString()}`,
        ]);
    });
  });

  describe("heard of when what it had been upgraded to was over", () => {
    const upgradedAt = plus(E, -5 * DAY);
    const over = { start: upgradedAt, end: plus(upgradedAt, 30 * DAY) };
    const running = { start: over.end, end: plus(over.end, 31 * DAY) };
    const now = plus(running.start, HOUR);
    const trusted = `plan:sub_1:starter:${E.toISOString()}`;
    /** Nobody heard of the upgrade, and at the old boundary Starter went on, on trust. */
    const upgradedTo = (plan: string, period = over): Known => {
      const offer = { plan: planIdOf(plan), credits: plan === "premium" ? PREMIUM : STARTER };
      const rolled = written(starter(), decideCycle(starter(), plus(E, 1)));
      const interval = period === over ? "month" : "year";
      const renewed = invoice({ ...offer, id: "in_3", reason: "subscription_cycle", period: running });
      return {
        ...rolled,
        subscriptions: [
          subscription({
            offer: { ...offer, interval },
            anchor: upgradedAt,
            period: period === over ? running : period,
          }),
        ],
        invoices: [
          ...(period === over ? [renewed] : []),
          invoice({ ...offer, id: "in_2", reason: "subscription_update", period }),
          invoice(),
        ],
      };
    };

    it("gives that, and what was given on trust in its time is not paid for", () => {
      const known = upgradedTo("premium");
      const told = decideCycle(known, now);
      expect(told.open).toMatchObject([
        { plan: planIdOf("premium"), period: over, payment: "paid", invoiceId: "in_2" },
        { plan: planIdOf("premium"), period: running, payment: "paid", invoiceId: "in_3" },
      ]);
      expect(told.payments).toEqual([{ source: trusted, payment: "unpaid", invoiceId: null }]);
      const again = decideCycle(written(known, told), now);
      expect([again.open, again.payments]).toEqual([[], []]);
    });

    it.each([
      ["a month", over],
      ["a year", { start: upgradedAt, end: monthsAfter(upgradedAt, 12) }],
    ])("to %s of the same plan gives nothing beside what was given on trust in its time", (_, period) => {
      const known = upgradedTo("starter", period);
      const told = decideCycle(known, plus(monthsAfter(upgradedAt, 1), 2 * DAY));
      expect(told.payments).toEqual([{ source: trusted, payment: "paid", invoiceId: "in_2" }]);
      expect(told.open).toHaveLength(1);
      expect(told.open[0]?.period.start).toEqual(
        period === over ? running.start : monthsAfter(upgradedAt, 1),
      );
    });
  });

  it("paid for a period that is over is given it when the running one is known, and once", () => {
    const second = { start: E, end: at("2026-05-31T10:00:00Z") };
    const third = { start: second.end, end: at("2026-06-30T10:00:00Z") };
    const source = `plan:sub_1:starter:${E.toISOString()}`;
    const paid = invoice({ id: "in_2", reason: "subscription_cycle", period: second });
    const now = plus(second.end, HOUR);
    const untold = starter({
      subscriptions: [subscription({ status: "past_due", period: second })],
      invoices: [paid, invoice()],
    });
    expect(decideCycle(untold, now).open).toEqual([]);
    const told = {
      ...untold,
      subscriptions: [subscription({ status: "past_due", period: third })],
      invoices: [
        invoice({ id: "in_3", reason: "subscription_cycle", period: third, status: "open" }),
        ...untold.invoices,
      ],
    };
    const decision = decideCycle(told, now);
    expect(decision.open).toMatchObject([
      { source, period: second, payment: "paid" },
      { period: third, payment: "failed" },
    ]);
    expect(decideCycle(written(told, decision), now).open).toEqual([]);
  });

  /** Rolled on trust as Starter, and then Stripe told that it had renewed as Premium. */
  function renewedOtherwise(): Known {
    const renewal = { start: E, end: at("2026-05-31T10:00:00Z") };
    const premium = { plan: planIdOf("premium"), credits: PREMIUM } as const;
    return {
      ...written(starter(), decideCycle(starter(), plus(E, 1))),
      subscriptions: [subscription({ offer: { ...premium, interval: "month" }, period: renewal })],
      invoices: [
        invoice(),
        invoice({ ...premium, id: "in_2", reason: "subscription_cycle", period: renewal }),
      ],
    };
  }

  it("that renewed with something else than was given on trust gives that, and what was given is not paid for", () => {
    expect(decideCycle(renewedOtherwise(), plus(E, 2 * HOUR))).toMatchObject({
      open: [{ plan: planIdOf("premium"), payment: "paid" }],
      payments: [{ source: `plan:sub_1:starter:${E.toISOString()}`, payment: "unpaid" }],
    });
  });

  it("heard of in the last hour of a cycle that is not paid for has nothing written ahead, then or when asked again", () => {
    const renewal = { start: E, end: at("2026-05-31T10:00:00Z") };
    const known = starter({
      subscriptions: [subscription({ period: renewal })],
      invoices: [
        invoice({ id: "in_2", reason: "subscription_cycle", status: "draft", period: renewal }),
        invoice(),
      ],
    });
    const now = plus(renewal.end, -HOUR / 2);
    const decision = decideCycle(known, now);
    expect(decision.open).toMatchObject([{ period: renewal, payment: "awaited" }]);
    const again = decideCycle(written(known, decision), now);
    expect([again.open, again.withdraw]).toEqual([[], []]);
  });

  it.each([
    ["is contradicted in the cycle's last hour", false],
    ["was contradicted", true],
  ])("whose allowance on trust %s has the next one written ahead all the same", (_, before) => {
    const told = renewedOtherwise();
    const known = before ? written(told, decideCycle(told, plus(E, 2 * HOUR))) : told;
    const end = at("2026-05-31T10:00:00Z");
    const ahead = decideCycle(known, plus(end, -HOUR / 2)).open.find((each) => each.ahead);
    expect(ahead).toMatchObject({ plan: planIdOf("premium"), period: { start: end }, payment: "awaited" });
  });
});

describe("whatever is known", () => {
  const statuses = fc.constantFrom(
    "active",
    "past_due",
    "unpaid",
    "canceled",
    "trialing",
    "incomplete" as const,
  );
  const offsets = fc.integer({ min: 0, max: 70 * 24 * 60 }).map((minutes) => plus(S, minutes * 60_000));
  const worlds = fc.record({
    status: statuses,
    canceling: fc.boolean(),
    firstInvoice: fc.constantFrom("paid", "open", "void" as const),
    renewed: fc.boolean(),
    second: fc.constantFrom("draft", "open", "paid", "uncollectible" as const),
    attempts: fc.integer({ min: 0, max: 3 }),
    instants: fc.array(offsets, { minLength: 1, maxLength: 6 }),
    awake: fc.boolean(),
  });

  test.prop([worlds], { numRuns: 2000 })(
    "a decision that was written down is not made again, and periods never overlap (I13)",
    (world) => {
      const renewal = { start: E, end: at("2026-05-31T10:00:00Z") };
      let known = freeKnown({ awake: world.awake });
      for (const now of world.instants.toSorted((a, b) => a.getTime() - b.getTime())) {
        const isRenewed = world.renewed && now >= E;
        known = {
          ...known,
          subscriptions: [
            subscription({
              status: world.status,
              isPrimary: world.status !== "incomplete",
              period: isRenewed ? renewal : MARCH,
              cancelAt: world.canceling ? E : null,
              endedAt: world.status === "canceled" ? now : null,
              freedAt: known.subscriptions[0]?.freedAt ?? null,
            }),
          ],
          invoices: [
            invoice({ status: world.firstInvoice }),
            ...(isRenewed
              ? [
                  invoice({
                    id: "in_2",
                    reason: "subscription_cycle",
                    period: renewal,
                    status: world.second,
                    attempts: world.attempts,
                  }),
                ]
              : []),
          ],
        };
        known = written(known, decideCycle(known, now));
        const again = decideCycle(known, now);
        expect([again.open, again.payments, again.withdraw, again.cut]).toEqual([[], [], [], []]);
        expect(overlaps(known.periods)).toEqual([]);
        expect(again.period.start < again.period.end).toBe(true);
      }
    },
  );

  function overlaps(periods: readonly CyclePeriod[]): string[] {
    const counted = periods
      .filter((each) => !each.withdrawn && each.payment !== "unpaid")
      .toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
    return counted.flatMap((each, index) => {
      const next = counted[index + 1];
      return next && next.startsAt < each.endsAt && next.startsAt > each.startsAt ? [each.source] : [];
    });
  }

  type Bought = {
    readonly at: Date;
    readonly plan: string;
    readonly interval: "month" | "year";
  };

  /** What Stripe says at an instant of a subscription that renews, is upgraded and may be ended in between. */
  function toldAt(bought: readonly Bought[], endedAt: Date | null, now: Date) {
    const isOver = endedAt !== null && endedAt <= now;
    const invoices = bought.flatMap(({ at: begun, plan, interval }, index) => {
      const until = earliest([bought[index + 1]?.at, endedAt, plus(now, 1)]);
      const boundary = (count: number) => monthsAfter(begun, interval === "year" ? 12 * count : count);
      const count = Array.from({ length: 13 }, (_, each) => each).filter((each) => boundary(each) < until);
      return count.map((each) =>
        invoice({
          id: `in_${index}_${each}`,
          reason: each > 0 ? "subscription_cycle" : index > 0 ? "subscription_update" : "subscription_create",
          plan: planIdOf(plan),
          credits: plan === "starter" ? STARTER : PREMIUM,
          period: { start: boundary(each), end: boundary(each + 1) },
          createdAt: boundary(each),
        }),
      );
    });
    const {
      at: anchor,
      plan,
      interval,
    } = bought.filter((each) => each.at <= now).at(-1) ?? bought[0] ?? never();
    const told = subscription({
      offer: { plan: planIdOf(plan), interval, credits: plan === "starter" ? STARTER : PREMIUM },
      anchor,
      period: invoices.at(-1)?.period ?? MARCH,
      status: isOver ? "canceled" : "active",
      endedAt: isOver ? endedAt : null,
    });
    return { told, invoices: invoices.toReversed() };
  }

  const never = (): never => {
    throw new Error("somebody bought something");
  };
  const earliest = (dates: readonly (Date | null | undefined)[]): Date =>
    new Date(Math.min(...dates.flatMap((each) => (each ? [each.getTime()] : []))));

  const minutes = (days: number) => fc.integer({ min: 1, max: days * 24 * 60 }).map((each) => each * 60_000);
  /** From the cheapest on: an upgrade is what costs more. */
  const OFFERS = [
    { plan: planIdOf("starter"), interval: "month" },
    { plan: planIdOf("premium"), interval: "month" },
    { plan: planIdOf("starter"), interval: "year" },
    { plan: planIdOf("premium"), interval: "year" },
  ] as const;
  const lives = fc.record({
    offers: fc.subarray([...OFFERS], { minLength: 1, maxLength: 3 }),
    afters: fc.tuple(minutes(60), minutes(60)),
    endsAfter: fc.option(minutes(200), { nil: null }),
    looks: fc.array(fc.record({ after: minutes(25), hears: fc.boolean() }), { minLength: 1, maxLength: 14 }),
  });

  test.prop([lives], { numRuns: 1000 })(
    "what is paid for is given once, however late it is heard of",
    (life) => {
      const begun = [S, plus(S, life.afters[0]), plus(S, life.afters[0] + life.afters[1])];
      const bought = life.offers.map((offer, index): Bought => ({ ...offer, at: begun[index] ?? S }));
      const endedAt = life.endsAfter === null ? null : plus(S, life.endsAfter);
      const sold = bought.filter((each) => endedAt === null || each.at < endedAt);
      let known = freeKnown();
      let now = S;
      const look = (hears: boolean) => {
        if (hears) {
          const { told, invoices } = toldAt(sold, endedAt, now);
          const before = known.subscriptions[0];
          const freedAt = before?.freedAt ?? (before ? null : told.endedAt);
          known = { ...known, invoices, subscriptions: [{ ...told, freedAt }] };
        }
        known = written(known, decideCycle(known, now));
        const again = decideCycle(known, now);
        expect([again.open, again.payments, again.withdraw, again.cut]).toEqual([[], [], [], []]);
      };
      for (const { after, hears } of life.looks) {
        const until = plus(now, after);
        for (now = plus(now, 2 * DAY); now < until; now = plus(now, 2 * DAY)) look(false);
        now = until;
        look(hears);
      }
      look(true);
      for (const { id, period: paid } of known.invoices) {
        const next = known.invoices.map((each) => each.period.start).filter((each) => each > paid.start);
        const until = earliest([paid.end, ...next, plus(now, 1)]);
        const isYear = paid.end > plus(paid.start, 32 * DAY);
        const months = Array.from({ length: isYear ? 12 : 1 }, (_, month) => monthsAfter(paid.start, month));
        const given = known.periods.filter(
          (each) =>
            each.startsAt <= now &&
            each.payment === "paid" &&
            invoiceOf(known, { ...each, subscriptionId: "sub_1" })?.id === id,
        );
        // A year that was ended goes on until that is heard, and what was given of it meanwhile stays.
        const lasts = (each: Date) => each < until && (!isYear || endedAt === null || each < endedAt);
        // What was given on trust in the course of a month stands for it.
        const monthOf = (each: Date) => months.findLast((month) => month <= each) ?? each;
        const counted = given.filter((each) => lasts(monthOf(each.startsAt)));
        expect(counted, id).toHaveLength(months.filter(lasts).length);
      }
      const kept = known.periods.filter(
        (each) => each.startsAt <= now && each.subscriptionId && !each.withdrawn,
      );
      expect(kept.filter((each) => each.payment === "awaited")).toEqual([]);
      const paidByNothing = kept.filter(
        (each) => each.payment === "paid" && !invoiceOf(known, { ...each, subscriptionId: "sub_1" }),
      );
      expect(paidByNothing).toEqual([]);
    },
  );
});
