import { describe, expect, it } from "vitest";
import { ACCOUNT, END, FREE, INVOICE, NOW, planOf, plus, START, VISA } from "@/dev/testing/account-view";
import type { AccountView } from "@/lib/billing/account-view";
import type { PlanPaymentView } from "@/lib/billing/subscriptions/queries";
import { cents, credits } from "@/lib/money/credits";
import { messageOf } from "./stage";

const DAY_MS = 86_400_000;
const STARTER = planOf("starter");
const RENEWAL: PlanPaymentView = {
  id: "pay_1",
  kind: "renewal",
  status: "paid",
  fromPlan: STARTER,
  toPlan: STARTER,
  interval: "month",
  amountCents: cents(29_900n),
  credits: credits(24_000_000n),
  card: { id: "pm_1", ...VISA },
  declineCode: null,
  createdAt: plus(START, DAY_MS),
  endedAt: plus(START, DAY_MS),
  invoice: {
    ...{ id: "in_1", number: "A-1", status: "paid", reason: "subscription_cycle", plan: STARTER },
    ...{
      totalCents: INVOICE.dueCents,
      currency: "usd",
      hasDocuments: true,
      createdAt: START,
      paidAt: plus(START, DAY_MS),
    },
    returned: null,
    period: { start: START, end: END },
  },
};
const PAID = "$299.00 was paid with Visa •••• 4242.";
const LATER: Partial<AccountView> = {
  period: { start: END, end: plus(END, 31 * DAY_MS) },
  now: plus(END, DAY_MS),
};

/** The text of a paid renewal for an account as it is now. */
const textOf = (now: Partial<AccountView>, payment: Partial<PlanPaymentView> = {}): string => {
  const view = { ...ACCOUNT, ...now };
  const where = { view, isSeen: true, now: view.now, locale: "en-US", timeZone: "UTC" };
  return messageOf({ ...RENEWAL, ...payment }, where).text;
};

describe("a renewal that was paid", () => {
  const usable = `${PAID} The credits it pays for can be used now, less what was used of them before.`;

  it("brings credits in its own cycle, and in every month of its year", () => {
    expect(textOf({})).toBe(usable);
    const { invoice } = RENEWAL;
    const year = invoice && { ...invoice, period: { start: START, end: plus(START, 365 * DAY_MS) } };
    expect(textOf(LATER, { invoice: year })).toBe(usable);
  });

  it("brings no more once its period is over, whether the plan goes on or has ended since", () => {
    expect(textOf(LATER)).toBe(PAID);
    expect(textOf({ ...FREE, ...LATER })).toBe(PAID);
  });

  it("has not brought back a plan that had ended, and what it brought ends with the cycle it was paid in", () => {
    const ended = { ...FREE, period: { start: NOW, end: plus(NOW, 30 * DAY_MS) }, now: plus(NOW, DAY_MS) };
    const late = { endedAt: plus(NOW, DAY_MS / 2) };
    expect(textOf(ended, late)).toBe(
      `${PAID} Your plan has ended all the same. What is left of the credits it pays for can be used until Dec 21, 2026, 10:00 UTC.`,
    );
    // It ended after it was paid: the credits run to their own end.
    expect(textOf(ended)).toBe(PAID);
    const period = { start: plus(NOW, 30 * DAY_MS), end: plus(NOW, 60 * DAY_MS) };
    expect(textOf({ ...ended, period, now: plus(NOW, 31 * DAY_MS) }, late)).toBe(PAID);
  });
});

describe("an upgrade that was paid", () => {
  const PREMIUM = planOf("premium");
  const UPGRADE: Partial<PlanPaymentView> = {
    kind: "upgrade",
    toPlan: PREMIUM,
    amountCents: cents(49_900n),
    credits: credits(40_000_000n),
    endedAt: plus(START, 1_000),
  };
  const now = { plan: PREMIUM };

  it("is news in the cycle that it began, and history in every other and once the plan is another", () => {
    const paid = "$499.00 was paid with Visa •••• 4242.";
    expect(textOf(now, UPGRADE)).toBe(
      `${paid} A new cycle has begun with 40,000,000 new credits; they can be used now.`,
    );
    const history = `${paid} A new cycle began then, with 40,000,000 new credits.`;
    expect(textOf({ ...now, ...LATER }, UPGRADE)).toBe(history);
    expect(textOf(FREE, UPGRADE)).toBe(history);
  });
});

describe("an invoice that was not paid then", () => {
  const { invoice } = RENEWAL;
  const as = (status: "open" | "paid" | "void") =>
    textOf({}, { status: "canceled", invoice: invoice && { ...invoice, status } });

  it("is said to be due only as long as it is", () => {
    expect(as("open")).toBe("Nothing was charged. The invoice is still due.");
    expect(as("paid")).toBe("Nothing was charged. The invoice has been paid since.");
    expect(as("void")).toBe("Nothing was charged. The invoice has been canceled since.");
  });

  it("brings no credits that nobody knows of", () => expect(textOf({}, { credits: credits(0n) })).toBe(PAID));
});
