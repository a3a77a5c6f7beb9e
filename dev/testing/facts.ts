import assert from "node:assert/strict";
import { isSameKey } from "../../lib/billing/allowances/allowance-key";
import { decide } from "../../lib/billing/allowances/decide";
import type {
  Allowance,
  Decision,
  Facts,
  Invoice,
  Item,
  Line,
  Offer,
  Subscription,
} from "../../lib/billing/allowances/facts";
import { monthsAfter } from "../../lib/calendar";
import type { PlanId } from "../../lib/catalog/plans";
import { type Credits, credits } from "../../lib/money/credits";

/** Hand-made facts of one account, and what is known after a decision was carried out. */
export const S = new Date("2026-03-31T10:00:00Z");
export const E = monthsAfter(S, 1);
export const DAY_MS = 86_400_000;
const FREE_ID = "free" as PlanId;
export const FREE = credits(1_000_000n);
export const STARTER = credits(24_000_000n);
export const PREMIUM = credits(40_000_000n);
export const plus = (date: Date, ms: number) => new Date(date.getTime() + ms);

export const starter: Offer = { plan: "starter" as PlanId, interval: "month", creditsPerMonth: STARTER };
export const premium: Offer = { plan: "premium" as PlanId, interval: "month", creditsPerMonth: PREMIUM };
export const yearly = (offer: Offer): Offer => ({ ...offer, interval: "year" });

export const item = (change: Partial<Item> = {}): Item => ({
  id: "si_1",
  offer: starter,
  unreadable: null,
  known: null,
  quantity: 1,
  period: { start: S, end: E },
  goneAt: null,
  ...change,
});

export const subscription = (change: Partial<Subscription> = {}): Subscription => ({
  id: "sub_1",
  status: "active",
  items: [item()],
  anchor: S,
  cancelAt: null,
  isPaused: false,
  next: [],
  scheduleEndsAt: null,
  createdAt: S,
  endedAt: null,
  ...change,
});

let lines = 0;
export const line = (change: Partial<Line> = {}): Line => {
  lines += 1;
  const offer = change.offer === undefined ? starter : change.offer;
  return {
    id: `il_${lines}`,
    subscriptionId: "sub_1",
    itemId: "si_1",
    priceId: offer ? `price_${offer.plan}_${offer.interval}` : "price_odd",
    offer,
    unreadable: offer === null ? "no_plan" : null,
    quantity: 1,
    period: { start: S, end: E },
    amountCents: 29_900n,
    isProration: false,
    isTrial: false,
    decidedAt: null,
    wasAssumed: false,
    ...change,
  };
};

const nothing = credits(0n);

export const invoice = (change: Partial<Invoice> = {}): Invoice => {
  const createdAt = change.createdAt ?? change.lines?.[0]?.period.start ?? S;
  const status = change.status ?? "paid";
  return {
    id: `in_${createdAt.toISOString()}`,
    subscriptionId: "sub_1",
    status,
    currency: "usd",
    totalCents: 29_900n,
    paidCents: status === "paid" ? 29_900n : 0n,
    remainingCents: status === "open" || status === "uncollectible" ? 29_900n : 0n,
    creditNotesCents: 0n,
    prePaymentNotesCents: change.creditNotesCents ?? 0n,
    createdAt,
    paidAt: status === "paid" ? createdAt : null,
    paidSeenAt: status === "paid" ? createdAt : null,
    lines: [line()],
    returns: null,
    revoked: nothing,
    ...change,
  };
};

export const freeFacts = (change: Partial<Facts> = {}): Facts => ({
  account: {
    plan: FREE_ID,
    planStatus: "active",
    anchor: S,
    period: { start: S, end: E },
    subscriptionId: null,
    internal: { plan: FREE_ID, credits: FREE },
    createdAt: S,
    overgiven: credits(0n),
    migratedAt: null,
  },
  free: { plan: FREE_ID, credits: FREE },
  trialAllowance: "share",
  subscriptions: [],
  invoices: [],
  pendingLines: [],
  allowances: [],
  isActive: true,
  ...change,
});

/** What is known once a decision was carried out. */
export function applied(facts: Facts, decision: Decision, now: Date): Facts {
  const kept = facts.allowances.map((each): Allowance => {
    const change = decision.changes.find((other) => isSameKey(other, each));
    const cut = decision.cut.find((other) => isSameKey(other.key, each));
    return {
      ...each,
      ...(change && {
        payment: change.payment,
        frozen: change.frozen,
        lineId: change.lineId,
        invoiceId: change.invoiceId,
        closed: each.closed ?? change.closeOut,
        wasRegranted: each.wasRegranted || change.regrant !== null,
      }),
      endsAt: cut ? cut.at : each.endsAt,
    };
  });
  const opened = decision.open.map((each): Allowance => {
    const cut = decision.cut.find((other) => isSameKey(other.key, each));
    return {
      ...each,
      endsAt: cut?.at ?? each.endsAt,
      frozen: false,
      closed: null,
      wasRegranted: false,
      spent: nothing,
    };
  });
  const { plan, planStatus, anchor, period, subscriptionId, overgiven } = decision;
  const ended = facts.account.subscriptionId !== null && subscriptionId === null;
  return {
    ...facts,
    account: {
      ...facts.account,
      plan,
      planStatus,
      anchor,
      period,
      subscriptionId,
      overgiven,
      internal: ended && facts.account.internal.credits === null ? facts.free : facts.account.internal,
    },
    invoices: facts.invoices.map((each) => ({
      ...each,
      revoked: revokedAfter(each, decision),
      lines: each.lines.map((one): Line => {
        const judged = decision.lines.find(({ id }) => id === one.id);
        if (!judged) return one;
        return {
          ...one,
          decidedAt: now,
          wasAssumed: judged.assumed,
          offer: judged.assumed ? one.offer : judged.offer,
        };
      }),
    })),
    allowances: [...kept, ...opened],
  };
}

/** Revoked of an invoice's credits once a decision was carried out. */
function revokedAfter({ id, revoked }: Invoice, { returned }: Decision): Credits {
  const { revoke = nothing, restore = nothing } =
    returned.find(({ invoiceId }) => invoiceId === id)?.decision ?? {};
  return credits(revoked + revoke - restore);
}

/** Decides and carries out; a second decision has to find nothing to do. */
export function settled(facts: Facts, now: Date): { facts: Facts; decision: Decision } {
  const decision = decide(facts, now);
  const known = applied(facts, decision, now);
  const { open, changes, lines: decided, cut, returned, ...rest } = decide(known, now);
  const { plan, planStatus, anchor, period, subscriptionId, dueAt, overgiven } = decision;
  const said = { plan, planStatus, anchor, period, subscriptionId, dueAt, overgiven };
  assert.deepEqual([open, changes, decided, cut], [[], [], [], []]);
  assert.deepEqual(
    returned.filter((each) => each.decision.revoke + each.decision.restore > 0n),
    [],
  );
  assert.deepEqual({ ...rest, attention: [] }, { ...said, attention: [] });
  return { decision, facts: known };
}

/** A Starter whose first month is paid and given. */
export const starterAt = (now: Date): Facts =>
  settled(freeFacts({ subscriptions: [subscription()], invoices: [invoice()] }), now).facts;

/** Credits that were given and not revoked, by plan lines. */
export const given = ({ allowances }: Facts): Credits =>
  credits(
    allowances
      .filter((each) => each.subscriptionId !== null && (each.closed === null || each.wasRegranted))
      .reduce((sum, each) => sum + each.credits, 0n),
  );
