import { type BillingPeriod, billingPeriodAt, monthsAfter } from "../../calendar";
import type { Decision, Facts, Item, Offer, PlanStatus, Subscription } from "./facts";
import { isOwed, isPaid, isVoid } from "./line-worth";
import { MONTHS, piecesOf } from "./pieces";
import { endOf, mainItem, shownOf, soldBy } from "./subscription-state";

/** What Stripe bills at one go, as it told, or as it must go on from there. */
export type Billing = BillingPeriod & {
  readonly offer: Offer;
  readonly quantity: number;
  /** Stripe has not told of it yet: it is what follows the last that it told of. */
  readonly isAssumed: boolean;
};

export type Running = Pick<Decision, "plan" | "planStatus" | "subscriptionId" | "anchor" | "period"> & {
  readonly internal: Facts["account"]["internal"];
  /** Nobody knows how it goes on: the cycle is over, and Stripe has not told what follows. */
  readonly isStale: boolean;
};

/** The plan and the cycle that an account shows. */
export function runningCycle(facts: Facts, now: Date): Running {
  const shown = shownOf(facts, now);
  const item = shown && mainItem(shown);
  return shown && item && soldBy(item)
    ? subscribed(facts, shown, item, now)
    : withoutSubscription(facts, shown, now);
}

/** Free, or by agreement: its months are counted from the end of the plan before it, or from the account's beginning. */
function withoutSubscription(facts: Facts, unreadable: Subscription | null, now: Date): Running {
  const { account, free } = facts;
  const ended = facts.subscriptions.find((each) => each.id === account.subscriptionId);
  const endedAt = ended ? endOf(ended, now) : null;
  // Its item has never been read as anything we know, or its plan cannot be told from it: what there was goes on, and no
  // Free month begins.
  const pending = unreadable ?? (ended && !endedAt ? ended : null);
  if (pending) {
    const { plan, anchor, period } = account;
    return {
      plan,
      planStatus: "pending",
      subscriptionId: pending.id,
      anchor,
      period,
      internal: account.internal,
      isStale: period.end <= now,
    };
  }
  const internal =
    account.subscriptionId === null || account.internal.credits !== null ? account.internal : free;
  const anchor = endedAt ?? account.anchor;
  // One that sleeps keeps the cycle that is over until somebody opens the next.
  const isKept = now < account.period.end || !facts.isActive;
  const isStored = !endedAt && account.period.start <= now && isKept;
  const period = isStored ? account.period : billingPeriodAt(anchor, now < anchor ? anchor : now);
  const kept = account.planStatus === "canceled" ? "canceled" : "active";
  return {
    plan: internal.plan,
    planStatus: endedAt ? "active" : kept,
    subscriptionId: null,
    anchor,
    period,
    internal,
    isStale: false,
  };
}

function subscribed(facts: Facts, subscription: Subscription, item: Item, now: Date): Running {
  const { account } = facts;
  const billing = billingAt(facts, subscription, item, now);
  const sold = soldBy(item);
  const base = {
    plan: billing?.offer.plan ?? sold?.offer.plan ?? account.plan,
    subscriptionId: subscription.id,
    internal: account.internal,
  };
  if (!billing) {
    const period = account.period.end > item.period.end ? account.period : item.period;
    const anchor = earliest(subscription.anchor, period.start);
    const planStatus = statusOf(facts, subscription, item.period, now);
    return { ...base, planStatus, anchor, period, isStale: true };
  }
  const period = monthOf(billing, subscription, now);
  const anchor = earliest(subscription.anchor, period.start);
  return { ...base, planStatus: statusOf(facts, subscription, billing, now), anchor, period, isStale: false };
}

/** What an instant is billed by; null where nobody knows. One period ahead of what Stripe told, and no further. */
export function billingAt(facts: Facts, subscription: Subscription, item: Item, now: Date): Billing | null {
  const { period } = item;
  const sold = soldBy(item);
  if (!sold || now < period.end) return sold && { ...period, ...sold, isAssumed: false };
  const { status, cancelAt } = subscription;
  const renews = status === "active" || status === "trialing";
  if (!renews || (cancelAt && cancelAt <= period.end) || isBehind(facts, subscription, item)) return null;
  const next = subscription.next.find((each) => each.start.getTime() === period.end.getTime());
  const offer = next ? (next.offer ?? sold.offer) : sold.offer;
  const end = monthsOn(subscription.anchor, period.end, MONTHS[offer.interval]);
  const quantity = next?.quantity ?? sold.quantity;
  return now < end ? { start: period.end, end, offer, quantity, isAssumed: true } : null;
}

/** The last period that Stripe told of is not paid: the one after it is not taken for granted. */
const isBehind = ({ invoices }: Facts, { id }: Subscription, { period }: Item): boolean =>
  invoices.some(
    (each) =>
      each.subscriptionId === id &&
      !isPaid(each) &&
      (isOwed(each) || each.status === "draft") &&
      each.lines.some(({ period: of }) => of.start.getTime() === period.start.getTime()),
  );

/** So many months on, counted from the anchor where the instant is one of its boundaries. */
export function monthsOn(anchor: Date, from: Date, months: number): Date {
  const passed =
    (from.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + from.getUTCMonth() - anchor.getUTCMonth();
  const isBoundary = passed >= 0 && monthsAfter(anchor, passed).getTime() === from.getTime();
  return isBoundary ? monthsAfter(anchor, passed + months) : monthsAfter(from, months);
}

/** The cycle is a month, also where the price is a year's. */
function monthOf(billing: Billing, { anchor }: Subscription, now: Date): BillingPeriod {
  const { start, end, offer, quantity } = billing;
  const months = piecesOf({ period: { start, end }, quantity }, offer, anchor);
  const month = months.find((each) => now < each.end) ?? months.at(-1) ?? { start, end };
  return { start: month.start, end: month.end };
}

/** In Stripe's words; `pending` where nothing that is paid for, or given ahead of its payment, covers the instant. */
function statusOf(facts: Facts, subscription: Subscription, { start }: BillingPeriod, now: Date): PlanStatus {
  const { status, isPaused, id } = subscription;
  if (status === "past_due" || status === "unpaid") return "past_due";
  if (status === "trialing" || status === "paused") return status;
  const its = facts.invoices.filter((each) =>
    each.lines.some(
      ({ subscriptionId, period, amountCents }) =>
        subscriptionId === id && amountCents >= 0n && period.start <= later(now, start) && now < period.end,
    ),
  );
  const isGiven = facts.allowances.some(
    (each) =>
      each.subscriptionId === id &&
      each.startsAt <= now &&
      // Another subscription's cycle may have begun in this one: its credits are there all the same.
      now < (each.periodStart.getTime() === start.getTime() ? each.expiresAt : each.endsAt) &&
      each.closed === null &&
      !each.frozen &&
      each.credits > 0n,
  );
  if (its.some(isPaid) || isGiven) return "active";
  if (isPaused) return "paused";
  const failed = facts.invoices.some((each) => each.subscriptionId === id && isOwed(each));
  if (failed) return "past_due";
  // Nobody is asked to pay for it any more.
  return its.some(isVoid) ? "active" : "pending";
}

const earliest = (a: Date, b: Date): Date => (a < b ? a : b);
const later = (a: Date, b: Date): Date => (a < b ? b : a);
