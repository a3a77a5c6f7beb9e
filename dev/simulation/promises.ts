import type Stripe from "stripe";
import { type BillingPeriod, monthsAfter } from "../../lib/calendar";
import { type AtStripe, endOf, isLive, itemPeriodOf, type PlanInvoice, type SoldPlan } from "./at-stripe";

// A naive account of what each person was promised, from the product's rules and Stripe's invoices alone.

export type SoldName = SoldPlan;

export const CREDITS_A_MONTH: Readonly<Record<"free" | SoldPlan, bigint>> = {
  free: 1_000_000n,
  starter: 24_000_000n,
  premium: 40_000_000n,
};

export type Allowance = {
  readonly subscription: string;
  readonly plan: SoldPlan;
  readonly start: Date;
  readonly payment: "paid" | "provisional" | "owed" | "unpaid" | "superseded" | "never_invoiced";
  readonly invoice: string;
  readonly credits: bigint;
  /** When its payment was first tried: declined then, it is given to nobody who had not opened it before. */
  readonly triedAt: Date | null;
};

export const nameOf = (subscription: string, plan: string, start: Date): string =>
  `${subscription} ${plan} ${start.toISOString()}`;

/** Every paid invoice gives one allowance, a year's one a month; a renewal's is provisional before it is paid. */
export function allowancesOf({ invoices }: AtStripe, now: Date): readonly Allowance[] {
  return invoices.flatMap((invoice) => {
    const payment = paymentOf(invoice, invoices);
    if (!payment) return [];
    const until = payment === "paid" ? coveredUntil(invoice, invoices) : invoice.period.end;
    return monthsOf(invoice)
      .filter((start) => start <= now && start < until)
      .map((start) => ({
        subscription: invoice.subscription.id,
        plan: invoice.plan,
        start,
        payment,
        invoice: invoice.id,
        credits: creditsOf(invoice, start, invoices),
        triedAt: invoice.triedAt,
      }));
  });
}

function paymentOf(invoice: PlanInvoice, all: readonly PlanInvoice[]): Allowance["payment"] | null {
  const { id, status, subscription } = invoice;
  if (status === "paid") return "paid";
  if (status === "void" || !isRenewal(invoice, all)) return null;
  if (!isLive(subscription)) return status === "draft" ? "never_invoiced" : "unpaid";
  if (status === "draft") return "provisional";
  const later = all.slice(all.findIndex((each) => each.id === id) + 1);
  const isPaidLater = later.some(
    (each) => each.subscription.id === subscription.id && each.status === "paid" && each.paidCents > 0n,
  );
  return isPaidLater ? "superseded" : "owed";
}

/** A phase of a schedule begins with an invoice that says update, and goes on where an earlier one ended all the same. */
function isRenewal({ reason, subscription, period }: PlanInvoice, all: readonly PlanInvoice[]): boolean {
  if (reason !== "subscription_update") return reason === "subscription_cycle";
  return all.some(
    (each) =>
      each.subscription.id === subscription.id && each.period.end.getTime() === period.start.getTime(),
  );
}

const monthsOf = ({ interval, period }: PlanInvoice): readonly Date[] =>
  interval === "month"
    ? [period.start]
    : Array.from({ length: 12 }, (_, month) => monthsAfter(period.start, month));

/**
 * What is paid for ends early only where Stripe gave its unused time back (I24): an upgrade by itself shortens nothing. Its
 * months that begin after that was paid end with it (subscriptions.md, principle 2).
 */
function coveredUntil(invoice: PlanInvoice, all: readonly PlanInvoice[]): Date {
  const ends = all.flatMap((each) => {
    const isIts = creditedBy(each, all)?.id === invoice.id;
    return isIts && each.givesBack && each.paidAt ? [later(each.givesBack.start, each.paidAt)] : [];
  });
  return [invoice.period.end, ...ends].reduce((a, b) => (a < b ? a : b));
}

const later = (a: Date, b: Date): Date => (a < b ? b : a);

/** The paid invoice that an invoice gives unused time of back: what ran until the same instant. */
function creditedBy(invoice: PlanInvoice, all: readonly PlanInvoice[]): PlanInvoice | null {
  const { givesBack, subscription, status, id } = invoice;
  if (!givesBack || status !== "paid") return null;
  const found = all.find(
    (each) =>
      each.id !== id &&
      each.status === "paid" &&
      each.subscription.id === subscription.id &&
      each.period.end.getTime() === givesBack.end.getTime(),
  );
  return found ?? null;
}

/**
 * A month's credits. The first month of what took the place of a year gives less: what was given before for the time that Stripe
 * gave back with it, month by month of the old year as far as it had begun (principle 2), rounded down once.
 */
function creditsOf(invoice: PlanInvoice, start: Date, all: readonly PlanInvoice[]): bigint {
  const whole = CREDITS_A_MONTH[invoice.plan];
  const { givesBack, paidAt } = invoice;
  const former = creditedBy(invoice, all);
  if (!former || !givesBack || start.getTime() !== invoice.period.start.getTime()) return whole;
  const given = CREDITS_A_MONTH[former.plan];
  let [share, of] = [0n, 1n];
  for (const from of monthsOf(former)) {
    if (from >= later(givesBack.start, paidAt ?? givesBack.start)) continue;
    const to = monthsAfter(from, 1);
    const length = BigInt(to.getTime() - from.getTime());
    const credited = Math.min(to.getTime(), givesBack.end.getTime()) - later(from, givesBack.start).getTime();
    if (credited <= 0) continue;
    [share, of] = [share * length + given * BigInt(credited) * of, of * length];
  }
  // Rounded up what is taken, so that what is given is rounded down.
  return whole - (share + of - 1n) / of;
}

/** The cycle that a live subscription's account is in, to the second. */
export function cycleOf(
  subscription: Stripe.Subscription,
  interval: "month" | "year",
  now: Date,
): BillingPeriod {
  const whole = itemPeriodOf(subscription);
  if (interval === "month") return whole;
  const starts = Array.from({ length: 13 }, (_, month) => monthsAfter(whole.start, month));
  const next = starts.findIndex((each) => each > now);
  return { start: starts[next - 1] ?? whole.start, end: starts[next] ?? whole.end };
}

export type FreeSpan = { readonly anchor: Date; readonly until: Date | null };

/** When an account was on Free, each time with months of its own. */
export function freeSpansOf({ subscriptions }: AtStripe, joinedAt: Date): readonly FreeSpan[] {
  const begun = subscriptions.filter(({ status }) => !status.startsWith("incomplete"));
  const anchors = [joinedAt, ...begun.map(endOf)];
  const starts = [...begun.map(({ created }) => new Date(created * 1_000)), null];
  return anchors.flatMap((anchor, index) => (anchor ? [{ anchor, until: starts[index] ?? null }] : []));
}

/** The start of the month that an instant is in, where the account was on Free then. */
export function freeMonthAt(spans: readonly FreeSpan[], at: Date): Date | null {
  const span = spans.find(({ anchor, until }) => anchor <= at && (until === null || at < until));
  if (!span) return null;
  let month = 0;
  while (monthsAfter(span.anchor, month + 1) <= at) month += 1;
  return monthsAfter(span.anchor, month);
}

/** An account may be on Free a little longer here than at Stripe, when nothing tells us that somebody paid. */
const UNHEARD_MS = 4 * 86_400_000;

export const isFreeMonth = (spans: readonly FreeSpan[], start: Date): boolean =>
  spans.some(({ anchor, until }) => {
    const isNear = until === null || start.getTime() < until.getTime() + UNHEARD_MS;
    return isNear && freeMonthAt([{ anchor, until: null }], start)?.getTime() === start.getTime();
  });
