import { type BillingPeriod, billingPeriodAt } from "../../calendar";
import { freePlan } from "../../catalog/plans";
import { endOf, isTroubled } from "./cycle-ends";
import type { CycleDecision, CycleSubscription, Known, Opening } from "./cycle-facts";
import { changedPayments, cutPeriods, invoiceOf, isAmong, paymentOf } from "./cycle-payments";
import { allowancePeriod, periodsPaidBy, type Span, spanAt } from "./cycle-spans";

const HOUR_MS = 3_600_000;
/** So long before a cycle ends the next one's credits are written down, to be spendable from its first instant. */
export const LOOK_AHEAD_MS = HOUR_MS;
const DAY_MS = 86_400_000;
/** What Stripe says is applied at once; this is only how often a look may cost something until then. */
const LOOK_AGAIN_MS = 5 * 60_000;

/**
 * What an account's plan, cycle and allowances are at an instant, by what is known of it. Pure, and the same for
 * every caller: a lazy look, the schedule, an event of Stripe's, a customer who just paid. Asked again with what it
 * decided, it decides nothing new.
 */
export function decideCycle(known: Known, now: Date): CycleDecision {
  const running = runningCycle(known, now);
  const paid = paidOpenings(known, now);
  const own = running.opening && !paid.some((each) => each.source === running.opening?.source);
  const current = own && running.opening ? [running.opening] : [];
  const next = nextOpening(known, running, now);
  const wanted = [...paid, ...current, ...(next ? [next] : [])];
  const open = wanted
    .filter((each) => isNew(known, each) && !isStoodFor(known, each, now))
    // What is over is carried into the running cycle: it waits where nobody knows that one yet.
    .filter((each) => each.period.end > now || running.period.end > now)
    .sort(byStart);
  const payments = changedPayments(known, { wanted, open }, now);
  const withdraw = known.periods
    .filter((each) => !each.withdrawn && each.startsAt > now && !isAmong(wanted, each))
    .map((each) => each.source);
  return {
    plan: running.plan,
    planStatus: running.planStatus,
    anchor: running.anchor,
    period: running.period,
    dueAt: dueAt(known, running, next, now),
    freed: running.freed,
    open,
    payments,
    withdraw,
    cut: cutPeriods(known, { open, payments, withdraw }, now),
  };
}

type Running = Pick<CycleDecision, "plan" | "planStatus" | "anchor" | "period" | "freed"> & {
  readonly subscription: CycleSubscription | null;
  /** The running cycle's allowance; null where it is not there yet, or never will be. */
  readonly opening: Opening | null;
  /** Nobody knows how it goes on: the cycle is over, and Stripe has not told what follows. */
  readonly stale: boolean;
};

function runningCycle(known: Known, now: Date): Running {
  const primary = known.subscriptions.find((each) => each.isPrimary) ?? null;
  return primary && endOf(primary, now) === null
    ? subscribed(known, primary, now)
    : onTheHouse(known, primary, now);
}

/** A plan that no subscription pays for: Free, or by agreement. Its months are counted from the account's anchor. */
function onTheHouse(known: Known, ended: CycleSubscription | null, now: Date): Running {
  const { account } = known;
  const endedAt = ended && !ended.freedAt ? endOf(ended, now) : null;
  const plan = endedAt ? freePlan().id : account.plan;
  const anchor = endedAt ?? account.anchor;
  const stored = !endedAt && account.period.start <= now && now < account.period.end;
  const period = stored ? account.period : billingPeriodAt(anchor, now < anchor ? anchor : now);
  const credits = endedAt ? freePlan().creditsPerCycle : account.allowance;
  return {
    plan,
    planStatus: endedAt ? "active" : account.planStatus,
    anchor,
    period,
    freed: ended && endedAt ? { subscriptionId: ended.id, at: endedAt } : null,
    subscription: null,
    opening: credits ? houseOpening(plan, period, credits, false) : null,
    stale: false,
  };
}

const houseOpening = (
  plan: Opening["plan"],
  period: BillingPeriod,
  credits: Opening["credits"],
  ahead: boolean,
): Opening => ({
  source: `plan:${period.start.toISOString()}`,
  plan,
  subscriptionId: null,
  period,
  credits,
  payment: "none",
  invoiceId: null,
  ahead,
});

function subscribed(known: Known, subscription: CycleSubscription, now: Date): Running {
  const spanned = spanAt(known, subscription, now);
  const base = {
    plan: spanned?.offer.plan ?? subscription.offer.plan,
    planStatus: isTroubled(subscription) ? "past_due" : "active",
    freed: null,
    subscription,
  } as const;
  if (!spanned) {
    const { account } = known;
    const period = account.period.end > subscription.period.end ? account.period : subscription.period;
    return {
      ...base,
      anchor: earliest(subscription.anchor, period.start),
      period,
      opening: null,
      stale: true,
    };
  }
  const period = allowancePeriod(spanned, subscription.anchor, now);
  return {
    ...base,
    anchor: earliest(subscription.anchor, period.start),
    period,
    opening: subscribedOpening(known, subscription, spanned, period),
    stale: false,
  };
}

function subscribedOpening(
  known: Known,
  subscription: CycleSubscription,
  span: Span,
  period: BillingPeriod,
  ahead = false,
): Opening | null {
  const { plan, credits } = span.offer;
  const invoice = invoiceOf(known, { subscriptionId: subscription.id, plan, startsAt: span.start });
  const payment = paymentOf(invoice, subscription);
  const isRenewal =
    span.assumed ||
    invoice?.reason === "subscription_cycle" ||
    (!invoice && followsAnother(known, subscription, span));
  // What begins with a payment is given for the payment; a renewal is given at its boundary.
  if (payment !== "paid" && !isRenewal) return null;
  return {
    source: sourceOf(subscription.id, plan, period.start),
    plan,
    subscriptionId: subscription.id,
    period,
    credits,
    payment,
    invoiceId: invoice?.id ?? null,
    ahead,
  };
}

const followsAnother = (known: Known, { id }: CycleSubscription, { start }: Span): boolean =>
  known.periods.some((each) => each.subscriptionId === id && !each.withdrawn && each.startsAt < start);

const sourceOf = (subscriptionId: string, plan: string, start: Date): string =>
  `plan:${subscriptionId}:${plan}:${start.toISOString()}`;

/** Whatever was paid for is given, however late it is heard of, and whatever came after. */
function paidOpenings(known: Known, now: Date): Opening[] {
  const since = known.account.createdAt.getTime() - DAY_MS;
  return known.invoices
    .filter((each) => each.status === "paid" && each.createdAt.getTime() >= since)
    .filter((each) => each.period.start >= known.since)
    .flatMap((invoice) => {
      const { subscriptionId, plan, credits, id } = invoice;
      const subscription = known.subscriptions.find((each) => each.id === subscriptionId);
      if (!subscription || !subscriptionId) return [];
      return periodsPaidBy(known, invoice, subscription, now).map((period) => ({
        source: sourceOf(subscriptionId, plan, period.start),
        plan,
        subscriptionId,
        period,
        credits,
        payment: "paid" as const,
        invoiceId: id,
        ahead: false,
      }));
    });
}

/** What follows the running cycle, once its end is near. */
function nextOpening(known: Known, running: Running, now: Date): Opening | null {
  const { period, subscription, stale } = running;
  if (stale || now.getTime() < period.end.getTime() - LOOK_AHEAD_MS) return null;
  if (!subscription) return known.awake ? nextOnTheHouse(running) : null;
  if (subscription.cancelAt && subscription.cancelAt <= period.end) {
    const free = billingPeriodAt(subscription.cancelAt, subscription.cancelAt);
    const { id, creditsPerCycle } = freePlan();
    return houseOpening(id, free, creditsPerCycle, true);
  }
  const span = spanAt(known, subscription, period.end);
  if (!span || (span.assumed && isOnTrust(known, running.opening))) return null;
  return subscribedOpening(
    known,
    subscription,
    span,
    allowancePeriod(span, subscription.anchor, period.end),
    true,
  );
}

/** Whether an allowance that is given just now is not paid yet: the one after it is not given on trust as well. */
const isOnTrust = (known: Known, opening: Opening | null): boolean =>
  opening !== null && opening.payment !== "paid" && isNew(known, opening);

function nextOnTheHouse({ plan, anchor, period, opening }: Running): Opening | null {
  const { end } = period;
  const start = end < anchor ? anchor : end;
  return opening
    ? houseOpening(plan, { start, end: billingPeriodAt(anchor, start).end }, opening.credits, true)
    : null;
}

function dueAt(known: Known, running: Running, next: Opening | null, now: Date): Date | null {
  if (running.stale) return new Date(now.getTime() + LOOK_AGAIN_MS);
  const { end } = running.period;
  const lookAt = new Date(end.getTime() - LOOK_AHEAD_MS);
  if (now < lookAt) return lookAt;
  if (next || running.subscription) return end;
  return known.awake ? end : null;
}

const isNew = (known: Known, opening: Opening): boolean =>
  !known.periods.some((each) => each.source === opening.source && !each.withdrawn);

/** Whether a period that began in its time, on trust or counted from another day, is paid for by the same invoice. */
const isStoodFor = (
  known: Known,
  { source, subscriptionId, period, invoiceId }: Opening,
  now: Date,
): boolean =>
  subscriptionId !== null &&
  invoiceId !== null &&
  known.periods.some(
    (each) =>
      each.subscriptionId === subscriptionId &&
      each.source !== source &&
      !each.withdrawn &&
      each.startsAt <= now &&
      period.start <= each.startsAt &&
      each.startsAt < period.end &&
      invoiceOf(known, { ...each, subscriptionId })?.id === invoiceId,
  );

const byStart = (a: Opening, b: Opening): number => a.period.start.getTime() - b.period.start.getTime();
const earliest = (a: Date, b: Date): Date => (a < b ? a : b);
