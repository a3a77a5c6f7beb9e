import type { invoiceLines, invoices, StoredPrice, StoredSchedule } from "../../../db/schema";
import type { PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import type { Cents, Credits } from "../../money/credits";
import { isOfTheCard } from "../cards/view";
import type {
  InvoiceFact,
  LineFact,
  PriceFact,
  PriceReading,
  ScheduleFact,
  SubscriptionFact,
  UnreadableReason,
} from "../facts";

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

export type PriceColumns = ReadingColumns & {
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

/** Text and JSON of Postgres's hold every character but one. */
const withoutNul = (text: string): string => text.replaceAll("\0", "");

/** What of a subscription's row is Stripe's, beside what its item sells. */
export const toSubscriptionColumns = (fact: SubscriptionFact) => ({
  status: fact.status,
  anchor: fact.anchor,
  cancelAt: fact.cancelAt,
  cancelMark: fact.cancelMark && withoutNul(fact.cancelMark),
  trialEnd: fact.trialEnd,
  pauseBehavior: fact.pause?.behavior ?? null,
  pauseResumesAt: fact.pause?.resumesAt ?? null,
  sendsInvoice: fact.sendsInvoice,
  hasDiscountOrTax: fact.hasDiscountOrTax,
  scheduleId: fact.schedule?.id ?? null,
  schedule: fact.schedule && toStoredSchedule(fact.schedule),
  paymentMethodId: fact.paymentMethodId,
  hasPendingUpdate: fact.hasPendingUpdate,
  latestInvoiceId: fact.latestInvoiceId,
  createdAt: fact.createdAt,
  endedAt: fact.endedAt,
  notFoundAt: null,
});

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

function toStoredPrice(price: PriceFact): StoredPrice {
  const { unitCents, creditsPerMonth, ...rest } = toPriceColumns(price);
  return {
    ...rest,
    unitCents: unitCents?.toString() ?? null,
    creditsPerMonth: creditsPerMonth?.toString() ?? null,
  };
}

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

/** The cards that were declined for an invoice until now, which Stripe says only of the last try. */
export function declinedCards({ payment }: InvoiceFact, before: InvoiceRow | undefined): string[] {
  const known = before?.declinedCards ?? [];
  const id = payment && isOfTheCard(payment.failureCode) ? payment.failedCardId : null;
  return id === null || known.includes(id) ? known : [...known, id];
}
