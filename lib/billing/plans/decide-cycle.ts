import { type BillingPeriod, billingPeriodAt, monthlyPeriodWithin, monthsAfter } from "../../calendar";
import { getPlan } from "../../catalog/plans";
import type {
  CycleDecision,
  CycleInvoice,
  CyclePeriod,
  CycleSubscription,
  Known,
  Opening,
  PeriodPayment,
  SubscribedPlan,
} from "./cycle-facts";

const HOUR_MS = 3_600_000;
/** So long before a cycle ends the next one's credits are written down, to be spendable from its first instant. */
export const LOOK_AHEAD_MS = HOUR_MS;
/** Stripe may say a little later than it was to be that a canceled subscription is over. */
const LATE_END_MS = HOUR_MS;
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
  const paid = paidOpenings(known);
  const own = running.opening && !paid.some((each) => each.source === running.opening?.source);
  const current = own && running.opening ? [running.opening] : [];
  const next = nextOpening(known, running, now);
  const wanted = [...paid, ...current, ...(next ? [next] : [])];
  const open = wanted.filter((each) => isNew(known, each)).sort(byStart);
  const payments = changedPayments(known, wanted, now);
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
    cut: cutPeriods(known, { open, payments, withdraw }),
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

/** When a subscription was over, or null while it is not. */
export function endOf(
  {
    status,
    cancelAt,
    endedAt,
    freedAt,
  }: Pick<CycleSubscription, "status" | "cancelAt" | "endedAt" | "freedAt">,
  now: Date,
): Date | null {
  const isOver = status === "canceled" || status === "incomplete_expired";
  if (isOver) {
    const at = endedAt ?? cancelAt ?? now;
    if (freedAt) return freedAt;
    const onTime = cancelAt && Math.abs(at.getTime() - cancelAt.getTime()) <= LATE_END_MS;
    return onTime ? cancelAt : at;
  }
  return cancelAt && cancelAt <= now ? cancelAt : null;
}

const isTroubled = ({ status }: CycleSubscription): boolean => status === "past_due" || status === "unpaid";
const renews = ({ status }: CycleSubscription): boolean => status === "active" || status === "trialing";

/** A plan that no subscription pays for: Free, or by agreement. Its months are counted from the account's anchor. */
function onTheHouse(known: Known, ended: CycleSubscription | null, now: Date): Running {
  const { account } = known;
  const endedAt = ended && !ended.freedAt ? endOf(ended, now) : null;
  const plan = endedAt ? "free" : account.plan;
  const anchor = endedAt ?? account.anchor;
  const stored = !endedAt && account.period.start <= now && now < account.period.end;
  const period = stored ? account.period : billingPeriodAt(anchor, now < anchor ? anchor : now);
  const credits = endedAt ? getPlan("free").creditsPerCycle : account.allowance;
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

/** What is paid for at one go: a month or a year of an offer. */
type Span = BillingPeriod & {
  readonly offer: SubscribedPlan;
  /** Stripe has not told of it yet: it is what comes after the last it told of. */
  readonly assumed: boolean;
};

function spanAt(known: Known, subscription: CycleSubscription, now: Date): Span | null {
  const { period, offer } = subscription;
  if (now < period.end) return { ...period, offer, assumed: false };
  // One period ahead of what Stripe told, and no further: nobody is given a second allowance on trust.
  const after = isOwed(known, subscription) ? null : spanAfter(subscription);
  return after && now < after.end ? after : null;
}

/** Whether an allowance of the last period that Stripe told of is not paid yet. */
const isOwed = (known: Known, { id, period }: CycleSubscription): boolean =>
  known.periods.some(
    (each) =>
      each.subscriptionId === id &&
      !each.withdrawn &&
      period.start <= each.startsAt &&
      each.startsAt < period.end &&
      each.payment !== "paid" &&
      invoiceOf(known, { ...each, subscriptionId: id })?.status !== "paid",
  );

function spanAfter(subscription: CycleSubscription): Span | null {
  const { period, cancelAt, next, offer } = subscription;
  if (!renews(subscription) || (cancelAt && cancelAt <= period.end)) return null;
  const following = next ?? offer;
  const months = following.interval === "year" ? 12 : 1;
  const end = monthsOn(subscription.anchor, period.end, months);
  return { start: period.end, end, offer: following, assumed: true };
}

/** So many months on, counted from the anchor where the instant is one of its boundaries. */
function monthsOn(anchor: Date, from: Date, months: number): Date {
  const passed =
    (from.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + from.getUTCMonth() - anchor.getUTCMonth();
  const isBoundary = passed >= 0 && monthsAfter(anchor, passed).getTime() === from.getTime();
  return isBoundary ? monthsAfter(anchor, passed + months) : monthsAfter(from, months);
}

/** The allowance comes monthly, also where the price is yearly. */
function allowancePeriod({ start, end, offer }: Span, anchor: Date, now: Date): BillingPeriod {
  if (offer.interval === "month") return { start, end };
  return monthlyPeriodWithin({ start, end }, anchor <= start ? anchor : start, now < start ? start : now);
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

type Paying = { readonly subscriptionId: string; readonly plan: string; readonly startsAt: Date };

/** The invoice that pays for a period: a paid one before any other. */
function invoiceOf(known: Known, { subscriptionId, plan, startsAt }: Paying): CycleInvoice | null {
  const its = known.invoices.filter(
    (each) =>
      each.subscriptionId === subscriptionId &&
      each.plan === plan &&
      each.period.start <= startsAt &&
      startsAt < each.period.end,
  );
  return (
    its.find((each) => each.status === "paid") ?? its.find((each) => each.status !== "void") ?? its[0] ?? null
  );
}

function paymentOf(
  invoice: CycleInvoice | null,
  subscription: CycleSubscription,
): Exclude<PeriodPayment, "none" | "unpaid"> {
  if (invoice?.status === "paid") return "paid";
  if (isTroubled(subscription)) return "failed";
  if (!invoice || invoice.status === "draft") return "awaited";
  return invoice.status === "open" && invoice.attempts === 0 ? "awaited" : "failed";
}

/** Whatever was paid for is given, however late it is heard of, and whatever came after. */
function paidOpenings(known: Known): Opening[] {
  const since = known.account.createdAt.getTime() - DAY_MS;
  return known.invoices
    .filter((each) => each.status === "paid" && each.createdAt.getTime() >= since)
    .flatMap((invoice) => {
      const { subscriptionId, plan, credits, period, id } = invoice;
      const subscription = known.subscriptions.find((each) => each.id === subscriptionId);
      if (!subscription || !subscriptionId) return [];
      // Of a year its first month; the others follow month by month.
      const month = { start: period.start, end: earliest(period.end, monthsAfter(period.start, 1)) };
      return [
        {
          source: sourceOf(subscriptionId, plan, period.start),
          plan,
          subscriptionId,
          period: isLongerThanMonth(period) ? month : period,
          credits,
          payment: "paid" as const,
          invoiceId: id,
          ahead: false,
        },
      ];
    });
}

const isLongerThanMonth = ({ start, end }: BillingPeriod): boolean =>
  end.getTime() - start.getTime() > 32 * DAY_MS;

/** What follows the running cycle, once its end is near. */
function nextOpening(known: Known, running: Running, now: Date): Opening | null {
  const { period, subscription, stale } = running;
  if (stale || now.getTime() < period.end.getTime() - LOOK_AHEAD_MS) return null;
  if (!subscription) return known.awake ? nextOnTheHouse(running) : null;
  if (subscription.cancelAt && subscription.cancelAt <= period.end) {
    const free = billingPeriodAt(subscription.cancelAt, subscription.cancelAt);
    const { creditsPerCycle } = getPlan("free");
    return creditsPerCycle ? houseOpening("free", free, creditsPerCycle, true) : null;
  }
  const span = spanAt(known, subscription, period.end);
  if (!span) return null;
  return subscribedOpening(
    known,
    subscription,
    span,
    allowancePeriod(span, subscription.anchor, period.end),
    true,
  );
}

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

const byStart = (a: Opening, b: Opening): number => a.period.start.getTime() - b.period.start.getTime();
const earliest = (a: Date, b: Date): Date => (a < b ? a : b);

/** What became of the payments of periods that were given before they were paid. */
function changedPayments(known: Known, wanted: readonly Opening[], now: Date): CycleDecision["payments"] {
  return known.periods.flatMap((period) => {
    const { source, subscriptionId, payment, withdrawn } = period;
    const gone = withdrawn || (period.startsAt > now && !isAmong(wanted, period));
    if (gone || !subscriptionId || payment === "none" || payment === "paid") return [];
    const subscription = known.subscriptions.find((each) => each.id === subscriptionId);
    if (!subscription) return [];
    const invoice = invoiceOf(known, { ...period, subscriptionId });
    const became = becomes(period, subscription, invoice, now);
    return became === payment ? [] : [{ source, payment: became, invoiceId: invoice?.id ?? null }];
  });
}

function becomes(
  period: CyclePeriod,
  subscription: CycleSubscription,
  invoice: CycleInvoice | null,
  now: Date,
): PeriodPayment {
  if (invoice?.status === "paid") return "paid";
  if (endOf(subscription, now) !== null) return "unpaid";
  // Given on trust at the boundary, and Stripe renewed with something else.
  const { start, end } = subscription.period;
  const contradicted =
    start <= period.startsAt && period.startsAt < end && subscription.offer.plan !== period.plan;
  if (!invoice && contradicted) return "unpaid";
  return period.payment === "unpaid" ? "unpaid" : paymentOf(invoice, subscription);
}

/**
 * Where one period begins in the middle of another, the other ends there. What was given on trust and never paid for
 * ends nothing.
 */
function cutPeriods(
  known: Known,
  { open, payments, withdraw }: Pick<CycleDecision, "open" | "payments" | "withdraw">,
): CycleDecision["cut"] {
  const unpaid = new Set(payments.filter((each) => each.payment === "unpaid").map((each) => each.source));
  const kept = known.periods.filter(
    ({ source, payment, withdrawn }) =>
      !withdrawn && payment !== "unpaid" && !unpaid.has(source) && !withdraw.includes(source),
  );
  const opened = open.map(({ source, period }) => ({ source, startsAt: period.start, endsAt: period.end }));
  const all = [...kept, ...opened].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  return all.flatMap(({ source, startsAt, endsAt }) => {
    const cutting = all.find((each) => startsAt < each.startsAt && each.startsAt < endsAt);
    return cutting ? [{ source, at: cutting.startsAt, until: cutting.endsAt }] : [];
  });
}

const isAmong = (openings: readonly Opening[], { source }: Pick<CyclePeriod, "source">): boolean =>
  openings.some((each) => each.source === source);
