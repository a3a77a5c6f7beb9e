import type { BillingPeriod } from "../../calendar";
import { endOf, isTroubled } from "./cycle-ends";
import type {
  CycleDecision,
  CycleInvoice,
  CyclePeriod,
  CycleSubscription,
  Known,
  Opening,
  PeriodPayment,
} from "./cycle-facts";

type Paying = { readonly subscriptionId: string; readonly plan: string; readonly startsAt: Date };

/**
 * The invoice that pays for a period: a paid one before any other. A year's began months before, and pays until something
 * else was paid for. An upgrade's pays for nothing before it is paid, but for what it would begin itself.
 */
export function invoiceOf(known: Known, { subscriptionId, plan, startsAt }: Paying): CycleInvoice | null {
  const begun = known.invoices.filter(
    (each) => each.subscriptionId === subscriptionId && each.period.start <= startsAt,
  );
  const paidSince = Math.max(
    ...begun.filter((each) => each.status === "paid").map((each) => each.period.start.getTime()),
  );
  const its = begun.filter(({ period: { start, end }, ...each }) => {
    const counts = each.status === "paid" || each.reason !== "subscription_update";
    const begins = start.getTime() === startsAt.getTime();
    return each.plan === plan && startsAt < end && start.getTime() >= paidSince && (counts || begins);
  });
  return (
    its.find((each) => each.status === "paid") ?? its.find((each) => each.status !== "void") ?? its[0] ?? null
  );
}

export function paymentOf(
  invoice: CycleInvoice | null,
  subscription: CycleSubscription,
): Exclude<PeriodPayment, "none" | "unpaid"> {
  if (invoice?.status === "paid") return "paid";
  if (isTroubled(subscription)) return "failed";
  if (!invoice || invoice.status === "draft") return "awaited";
  return invoice.status === "open" && invoice.attempts === 0 ? "awaited" : "failed";
}

/** What became of the payments of periods given before they were paid, and of months of a year that an upgrade had ended. */
export function changedPayments(
  known: Known,
  { wanted, open }: { readonly wanted: readonly Opening[]; readonly open: readonly Opening[] },
  now: Date,
): CycleDecision["payments"] {
  return known.periods.flatMap((period) => {
    const { source, subscriptionId, payment, withdrawn } = period;
    const gone = withdrawn || (period.startsAt > now && !isAmong(wanted, period));
    if (gone || !subscriptionId || payment === "none") return [];
    const subscription = known.subscriptions.find((each) => each.id === subscriptionId);
    if (!subscription) return [];
    const invoice = invoiceOf(known, { ...period, subscriptionId });
    const became = becomes(period, { subscription, invoice, open }, now);
    return became === payment ? [] : [{ source, payment: became, invoiceId: invoice?.id ?? null }];
  });
}

type Told = {
  readonly subscription: CycleSubscription;
  readonly invoice: CycleInvoice | null;
  /** Among it what was paid for and is heard of only now. */
  readonly open: readonly Opening[];
};

function becomes(period: CyclePeriod, { subscription, invoice, open }: Told, now: Date): PeriodPayment {
  if (invoice?.status === "paid") return "paid";
  // Given on trust at the boundary, or as another month of a paid year, and Stripe had gone on with something else.
  const paid = open.filter((each) => each.payment === "paid" && each.subscriptionId === subscription.id);
  const contradicted =
    isOther(period, subscription.period, subscription.offer.plan) ||
    paid.some((each) => isOther(period, each.period, each.plan));
  if (!invoice && contradicted) return "unpaid";
  if (period.payment === "paid") return "paid";
  if (endOf(subscription, now) !== null) return "unpaid";
  // What was frozen to the end of its credits was never to be had, and what was awaited to it was: whatever is heard later.
  const keeps = period.payment === "unpaid" || period.creditsUntil <= now;
  return keeps ? period.payment : paymentOf(invoice, subscription);
}

const isOther = ({ startsAt, plan }: CyclePeriod, { start, end }: BillingPeriod, told: string): boolean =>
  start <= startsAt && startsAt < end && plan !== told;

/**
 * Where one period begins in the middle of another, the other ends there. What was given on trust and never paid for
 * ends nothing, and neither does a Free period that was running when a subscription began in its first seconds: Stripe
 * counts whole ones.
 */
export function cutPeriods(
  known: Known,
  { open, payments, withdraw }: Pick<CycleDecision, "open" | "payments" | "withdraw">,
  now: Date,
): CycleDecision["cut"] {
  const becoming = new Map(payments.map((each) => [each.source, each.payment]));
  const kept = known.periods.filter(
    ({ source, payment, withdrawn }) =>
      !withdrawn && (becoming.get(source) ?? payment) !== "unpaid" && !withdraw.includes(source),
  );
  const opened = open.map(({ source, subscriptionId, period }) => ({
    source,
    subscriptionId,
    startsAt: period.start,
    endsAt: period.end,
  }));
  const all = [...kept, ...opened].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  return all.flatMap(({ source, subscriptionId, startsAt, endsAt }) => {
    const over = overSince(known, subscriptionId, now);
    const cutting = all.find(
      (each) =>
        startsAt < each.startsAt &&
        each.startsAt < endsAt &&
        (subscriptionId === null || each.subscriptionId !== null || (over !== null && over <= each.startsAt)),
    );
    return cutting ? [{ source, at: cutting.startsAt, until: cutting.endsAt }] : [];
  });
}

function overSince(known: Known, subscriptionId: string | null, now: Date): Date | null {
  const subscription = known.subscriptions.find((each) => each.id === subscriptionId);
  return subscription ? endOf(subscription, now) : null;
}

export const isAmong = (openings: readonly Opening[], { source }: Pick<CyclePeriod, "source">): boolean =>
  openings.some((each) => each.source === source);
