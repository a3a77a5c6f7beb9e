import { describe, expect, it } from "vitest";
import { END, NOW, SUBSCRIPTION as ON_STARTER, START } from "@/dev/testing/account-view";
import type { AccountView } from "@/lib/billing/account-view";
import { getPlan, planIdOf } from "@/lib/catalog/plans";
import { cents, credits } from "@/lib/money/credits";
import { cycleEnd, cycleEndWords } from "./cycle-end";

const A_YEAR_ON = new Date("2027-11-04T08:14:00Z");
const PERIOD = { start: START, end: END };

type Subscription = NonNullable<AccountView["subscription"]>;

const SUBSCRIPTION: Subscription = {
  ...ON_STARTER,
  pieceCents: cents(49_900n),
  priceCents: cents(49_900n),
  creditsPerCycle: credits(40_000_000n),
};
const STARTER: Subscription["next"] = {
  plan: getPlan(planIdOf("starter")),
  interval: "month",
  quantity: 1,
  priceCents: cents(29_900n),
  creditsPerCycle: credits(24_000_000n),
};

function words(subscription: Partial<Subscription> | null, more: Partial<AccountView> = {}): string {
  const account = {
    period: PERIOD,
    now: NOW,
    plan: getPlan(planIdOf("premium")),
    planStatus: "active" as const,
    standing: null,
    isNextMonthReturned: false,
    subscription: subscription && { ...SUBSCRIPTION, ...subscription },
    ...more,
  };
  return cycleEndWords(cycleEnd(account), account);
}

describe("what the end of the cycle is called", () => {
  it("promises no credits of a year whose money went back", () => {
    expect(words({ renewsAt: A_YEAR_ON, interval: "year" })).toBe("Next credits");
    expect(words({ renewsAt: A_YEAR_ON, interval: "year" }, { isNextMonthReturned: true })).toBe("Ends");
  });

  it("renews without anything scheduled, subscribed or not", () => {
    expect(words({})).toBe("Renews");
    expect(words(null)).toBe("Renews");
  });

  it("says what is known of a plan that does not just run", () => {
    expect(words({}, { standing: { kind: "trialing", until: END } })).toBe("Trial ends");
    expect(words({}, { standing: { kind: "collection_paused", resumesAt: null } })).toBe("Ends");
    expect(words({}, { standing: { kind: "not_invoiced", since: PERIOD.start } })).toBe("Ends");
    expect(words(null, { standing: { kind: "unknown" } })).toBe("Ends");
    expect(words({}, { standing: { kind: "unreadable" } })).toBe("Renews");
    const billedAs = {
      plan: getPlan(planIdOf("starter")),
      quantity: 1,
      pieceCents: cents(29_900n),
      creditsPerCycle: credits(24_000_000n),
    };
    expect(words({ billedAs })).toBe("Premium from");
  });

  it("ends where the plan is canceled for that instant", () => {
    expect(words({ cancelAt: END })).toBe("Ends");
    expect(words({ cancelAt: END, next: STARTER })).toBe("Ends");
    expect(words({ pendingChange: { kind: "cancel" } })).toBe("Ends");
    expect(words({ cancelAt: END, pendingChange: { kind: "keep" } })).toBe("Renews");
    expect(words(null, { planStatus: "canceled" })).toBe("Ends");
  });

  it("names the plan that follows", () => {
    expect(words({ next: STARTER })).toBe("Starter from");
  });

  it("promises the next month's credits within a year that is paid for, whatever follows the year", () => {
    const yearly = { interval: "year", renewsAt: A_YEAR_ON } as const;
    expect(words(yearly)).toBe("Next credits");
    expect(words({ ...yearly, next: STARTER })).toBe("Next credits");
    expect(words({ ...yearly, cancelAt: A_YEAR_ON })).toBe("Next credits");
    expect(words({ ...yearly, pendingChange: { kind: "cancel" } })).toBe("Next credits");
    const lastMonth = { period: { start: NOW, end: A_YEAR_ON }, now: NOW };
    expect(words({ ...yearly, cancelAt: A_YEAR_ON }, lastMonth)).toBe("Ends");
    expect(words({ ...yearly, next: STARTER }, lastMonth)).toBe("Starter from");
  });

  it("is over from its very instant", () => {
    expect(words({}, { now: END })).toBe("Ended");
    expect(words({}, { now: new Date(END.getTime() - 1) })).toBe("Renews");
  });
});
