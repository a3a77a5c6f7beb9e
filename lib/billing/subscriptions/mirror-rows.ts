import type { invoiceLines, invoices, StoredPrice, StoredSchedule, subscriptions } from "../../../db/schema";
import type { PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { type Cents, type Credits, cents, credits } from "../../money/credits";
import type {
  InvoiceFact,
  LineFact,
  PriceFact,
  PriceReading,
  ScheduleFact,
  SubscriptionFact,
  UnreadableReason,
} from "./facts";

/** A price's columns: a plan's with all three, unreadable with the reason, another product's with neither. */
export type ReadingColumns = {
  readonly plan: PlanId | null;
  readonly interval: PlanInterval | null;
  readonly creditsPerMonth: Credits | null;
  readonly unreadableReason: UnreadableReason | null;
};

const NOTHING_READ = { plan: null, interval: null, creditsPerMonth: null, unreadableReason: null };

export function toReadingColumns(reading: PriceReading | null): ReadingColumns {
  if (reading?.kind === "plan") {
    const { plan, interval, creditsPerMonth } = reading;
    return { ...NOTHING_READ, plan, interval, creditsPerMonth };
  }
  return reading?.kind === "unreadable"
    ? { ...NOTHING_READ, unreadableReason: reading.reason }
    : NOTHING_READ;
}

export function toReading(row: ReadingColumns): PriceReading {
  const { plan, interval, creditsPerMonth, unreadableReason } = row;
  if (plan && interval && creditsPerMonth) return { kind: "plan", plan, interval, creditsPerMonth };
  return unreadableReason ? { kind: "unreadable", reason: unreadableReason } : { kind: "other" };
}

type PriceColumns = ReadingColumns & {
  readonly priceId: string;
  readonly unitCents: Cents | null;
  readonly currency: string;
};

export const toPriceColumns = ({ priceId, unitCents, currency, reading }: PriceFact): PriceColumns => ({
  priceId,
  unitCents,
  currency,
  ...toReadingColumns(reading),
});

export const toPrice = (row: PriceColumns): PriceFact => ({
  priceId: row.priceId,
  unitCents: row.unitCents,
  currency: row.currency,
  reading: toReading(row),
});

export type LineRow = Omit<
  typeof invoiceLines.$inferSelect,
  "accountId" | "invoiceId" | "position" | "decidedAt" | "assumed"
>;

export const toLineRow = ({ price, period, ...line }: LineFact): LineRow => ({
  id: line.id,
  subscriptionId: line.subscriptionId,
  itemId: line.itemId,
  ...(price ? toPriceColumns(price) : { priceId: null, unitCents: null, currency: null, ...NOTHING_READ }),
  quantity: line.quantity,
  periodStart: period.start,
  periodEnd: period.end,
  amountCents: line.amountCents,
  isProration: line.isProration,
});

export const toLine = (row: LineRow): LineFact => ({
  id: row.id,
  subscriptionId: row.subscriptionId,
  itemId: row.itemId,
  price:
    row.priceId !== null && row.currency !== null
      ? toPrice({ ...row, priceId: row.priceId, currency: row.currency })
      : null,
  quantity: row.quantity,
  period: { start: row.periodStart, end: row.periodEnd },
  amountCents: row.amountCents,
  isProration: row.isProration,
});

/** What of a subscription's row is Stripe's, beside what its item sells. */
export const toSubscriptionColumns = (fact: SubscriptionFact) => ({
  status: fact.status,
  anchor: fact.anchor,
  cancelAt: fact.cancelAt,
  trialEnd: fact.trialEnd,
  pauseBehavior: fact.pause?.behavior ?? null,
  pauseResumesAt: fact.pause?.resumesAt ?? null,
  sendsInvoice: fact.sendsInvoice,
  scheduleId: fact.schedule?.id ?? null,
  schedule: fact.schedule && toStoredSchedule(fact.schedule),
  paymentMethodId: fact.paymentMethodId,
  hasPendingUpdate: fact.hasPendingUpdate,
  latestInvoiceId: fact.latestInvoiceId,
  createdAt: fact.createdAt,
  endedAt: fact.endedAt,
  notFoundAt: null,
});

export const toSubscription = (row: typeof subscriptions.$inferSelect): Omit<SubscriptionFact, "items"> => ({
  id: row.id,
  status: row.status,
  anchor: row.anchor,
  cancelAt: row.cancelAt,
  trialEnd: row.trialEnd,
  pause: row.pauseBehavior && { behavior: row.pauseBehavior, resumesAt: row.pauseResumesAt },
  sendsInvoice: row.sendsInvoice,
  schedule: row.schedule && toSchedule(row.schedule),
  paymentMethodId: row.paymentMethodId,
  hasPendingUpdate: row.hasPendingUpdate,
  latestInvoiceId: row.latestInvoiceId,
  createdAt: row.createdAt,
  endedAt: row.endedAt,
});

/** JSON of Postgres's holds every character but one. */
const withoutNul = (text: string): string => text.replaceAll("\0", "");

function toStoredSchedule({ id, metadata, endsByCancel, next }: ScheduleFact): StoredSchedule {
  const entries = Object.entries(metadata).map(([key, value]) => [withoutNul(key), withoutNul(value)]);
  return {
    id,
    metadata: Object.fromEntries(entries),
    endsByCancel,
    next: next.map(({ start, end, items }) => ({
      start: start.toISOString(),
      end: end?.toISOString() ?? null,
      items: items.map(({ price, quantity }) => ({ price: toStoredPrice(price), quantity })),
    })),
  };
}

const toSchedule = ({ id, metadata, endsByCancel, next }: StoredSchedule): ScheduleFact => ({
  id,
  metadata,
  endsByCancel,
  next: next.map(({ start, end, items }) => ({
    start: new Date(start),
    end: end === null ? null : new Date(end),
    items: items.map(({ price, quantity }) => ({ price: fromStoredPrice(price), quantity })),
  })),
});

function toStoredPrice(price: PriceFact): StoredPrice {
  const { unitCents, creditsPerMonth, ...rest } = toPriceColumns(price);
  return {
    ...rest,
    unitCents: unitCents?.toString() ?? null,
    creditsPerMonth: creditsPerMonth?.toString() ?? null,
  };
}

const fromStoredPrice = ({ unitCents, creditsPerMonth, ...rest }: StoredPrice): PriceFact =>
  toPrice({
    ...rest,
    plan: rest.plan as PlanId | null,
    unreadableReason: rest.unreadableReason as UnreadableReason | null,
    unitCents: unitCents === null ? null : cents(BigInt(unitCents)),
    creditsPerMonth: creditsPerMonth === null ? null : credits(BigInt(creditsPerMonth)),
  });

export type InvoiceRow = typeof invoices.$inferSelect;

/** What of an invoice's row is Stripe's. What it sells is said of its first line of a plan that is no proration. */
export function toInvoiceColumns(fact: InvoiceFact) {
  const { lines, payment, ...invoice } = fact;
  const line = lines.find(({ price, isProration }) => !isProration && price?.reading.kind === "plan");
  const sells = toReadingColumns(line?.price?.reading ?? null);
  return {
    ...invoice,
    plan: sells.plan,
    creditsPerCycle: sells.creditsPerMonth,
    periodStart: line?.period.start ?? null,
    periodEnd: line?.period.end ?? null,
    failureCode: payment?.failureCode ?? null,
    notFoundAt: null,
  };
}

/** As an earlier release stored it, an invoice does not say what remains, and is not one that was credited. */
export const toInvoice = (row: InvoiceRow): Omit<InvoiceFact, "lines" | "payment"> => ({
  id: row.id,
  number: row.number,
  subscriptionId: row.subscriptionId,
  status: row.status,
  reason: row.reason,
  currency: row.currency,
  totalCents: row.totalCents,
  dueCents: row.dueCents,
  paidCents: row.paidCents,
  remainingCents: row.remainingCents ?? remains(row),
  creditNotesCents: row.creditNotesCents ?? cents(0n),
  sendsInvoice: row.sendsInvoice,
  autoAdvance: row.autoAdvance,
  attempts: row.attempts,
  nextAttemptAt: row.nextAttemptAt,
  dueAt: row.dueAt,
  hostedUrl: row.hostedUrl,
  pdfUrl: row.pdfUrl,
  createdAt: row.createdAt,
  paidAt: row.paidAt,
  voidedAt: row.voidedAt,
});

const remains = ({ status, dueCents, paidCents }: InvoiceRow): Cents =>
  status === "paid" || status === "void" || dueCents < paidCents ? cents(0n) : cents(dueCents - paidCents);
