import { and, asc, desc, eq, exists, gt, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import {
  invoiceLines,
  invoices,
  pendingLines,
  type StoredPrice,
  type StoredSchedule,
  subscriptionItems,
  subscriptions,
} from "../../db/schema";
import type {
  InvoiceFact,
  ItemFact,
  LineFact,
  PriceFact,
  PriceReading,
  ScheduleFact,
  SubscriptionFact,
  UnreadableReason,
} from "../../lib/billing/facts";
import type { ItemRow } from "../../lib/billing/subscriptions/item-readings";
import type {
  InvoiceRow,
  LineRow,
  PriceColumns,
  ReadingColumns,
} from "../../lib/billing/subscriptions/mirror-rows";
import type { PlanId } from "../../lib/catalog/plans";
import type { PlanInterval } from "../../lib/catalog/prices";
import { type Cents, type Credits, cents, credits } from "../../lib/money/credits";

const DAY_MS = 86_400_000;
const MEMORY_DAYS = 400;
const UNSETTLED = ["draft", "open", "uncollectible"] as const;

const isUndecided = () =>
  and(
    or(isNull(invoiceLines.decidedAt), eq(invoiceLines.assumed, true)),
    or(isNotNull(invoiceLines.plan), isNotNull(invoiceLines.unreadableReason)),
  );

/** What is kept of Stripe's billing facts, with what only the mirror knows of them. */
export type MirroredFacts = {
  /** All that were ever seen. */
  readonly subscriptions: readonly MirroredSubscription[];
  /** Newest first: those that can still matter. */
  readonly invoices: readonly MirroredInvoice[];
  readonly pendingLines: readonly LineFact[];
};

export type MirroredSubscription = Omit<SubscriptionFact, "items"> & {
  /** Those that are gone too. */
  readonly items: readonly MirroredItem[];
  /** When Stripe said that it has no such subscription, and has not shown it since. */
  readonly notFoundAt: Date | null;
};

export type MirroredItem = ItemFact & {
  /**
   * What it sold when it said so last, and since when it does not: its price cannot be read, its quantity is 0, or it is
   * one of several plan items. Null where it says so, or never did.
   */
  readonly known: KnownItem | null;
  /** When it was first not among the subscription's items any more. */
  readonly goneAt: Date | null;
};

export type KnownItem = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  readonly creditsPerMonth: Credits;
  readonly quantity: number;
  readonly until: Date;
};

/** Without its payment, which is asked for when somebody pays. */
export type MirroredInvoice = Omit<InvoiceFact, "lines" | "payment"> & {
  readonly lines: readonly MirroredLine[];
  /** Why its last payment failed, in Stripe's codes. */
  readonly failureCode: string | null;
  /** When it was first known here that it is paid. */
  readonly paidSeenAt: Date | null;
  /** When Stripe said that it has no such invoice, and has not shown it since. */
  readonly notFoundAt: Date | null;
};

export type MirroredLine = LineFact & {
  /** When what it gives was decided. From then on it is read as it was then, unless it was assumed. */
  readonly decidedAt: Date | null;
  /** Decided by what its item sold before, because it could not be read. */
  readonly assumed: boolean;
};

/**
 * What is kept of what Stripe said of an account: every subscription, and the invoices that can still matter: of the last
 * 400 days, not settled, with time to come, or with a line of ours of which nothing is decided.
 */
export async function readFacts(db: Reader, accountId: string, now: Date): Promise<MirroredFacts> {
  const matters = whatMatters(db, accountId, now);
  const [subscribed, items, billed, lines, waiting] = await Promise.all([
    db
      .select()
      .from(subscriptions)
      .where(eq(subscriptions.accountId, accountId))
      .orderBy(desc(subscriptions.createdAt), desc(subscriptions.id)),
    db
      .select()
      .from(subscriptionItems)
      .where(eq(subscriptionItems.accountId, accountId))
      .orderBy(asc(subscriptionItems.id)),
    db.select().from(invoices).where(matters).orderBy(desc(invoices.createdAt), desc(invoices.id)),
    db
      .select({ line: invoiceLines })
      .from(invoiceLines)
      .innerJoin(
        invoices,
        and(eq(invoices.accountId, invoiceLines.accountId), eq(invoices.id, invoiceLines.invoiceId)),
      )
      .where(matters)
      .orderBy(asc(invoiceLines.position), asc(invoiceLines.id)),
    db.select().from(pendingLines).where(eq(pendingLines.accountId, accountId)).orderBy(asc(pendingLines.id)),
  ]);
  return {
    subscriptions: subscribed.map((row) => ({
      ...toSubscription(row),
      items: items.filter((each) => each.subscriptionId === row.id).map(toItem),
      notFoundAt: row.notFoundAt,
    })),
    invoices: billed.map((row) => ({
      ...toInvoice(row),
      lines: lines
        .filter(({ line }) => line.invoiceId === row.id)
        .map(({ line }) => ({ ...toLine(line), decidedAt: line.decidedAt, assumed: line.assumed })),
      failureCode: row.failureCode,
      paidSeenAt: row.paidSeenAt,
      notFoundAt: row.notFoundAt,
    })),
    pendingLines: waiting.map(toLine),
  };
}

function whatMatters(db: Reader, accountId: string, now: Date) {
  const since = new Date(now.getTime() - MEMORY_DAYS * DAY_MS);
  const ofIt = and(eq(invoiceLines.accountId, accountId), eq(invoiceLines.invoiceId, invoices.id));
  const undecidedOrToCome = or(gt(invoiceLines.periodEnd, now), isUndecided());
  return and(
    eq(invoices.accountId, accountId),
    or(
      gt(invoices.createdAt, since),
      inArray(invoices.status, [...UNSETTLED]),
      exists(db.select({ one: sql`1` }).from(invoiceLines).where(and(ofIt, undecidedOrToCome))),
    ),
  );
}

const toItem = (row: ItemRow): MirroredItem => ({
  id: row.id,
  price: toPrice(row),
  quantity: row.quantity,
  period: { start: row.periodStart, end: row.periodEnd },
  known: toKnown(row),
  goneAt: row.goneAt,
});

function toKnown(row: ItemRow): KnownItem | null {
  const { knownPlan, knownInterval, knownCreditsPerMonth, knownQuantity, knownUntil } = row;
  if (!knownPlan || !knownInterval || !knownCreditsPerMonth || knownQuantity === null || !knownUntil)
    return null;
  return {
    plan: knownPlan,
    interval: knownInterval,
    creditsPerMonth: knownCreditsPerMonth,
    quantity: knownQuantity,
    until: knownUntil,
  };
}

function toReading(row: ReadingColumns): PriceReading {
  const { plan, interval, creditsPerMonth, unreadableReason } = row;
  if (plan && interval && creditsPerMonth) return { kind: "plan", plan, interval, creditsPerMonth };
  return unreadableReason ? { kind: "unreadable", reason: unreadableReason } : { kind: "other" };
}

const toPrice = (row: PriceColumns): PriceFact => ({
  priceId: row.priceId,
  unitCents: row.unitCents,
  currency: row.currency,
  reading: toReading(row),
});

const toLine = (row: LineRow): LineFact => ({
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

const toSubscription = (row: typeof subscriptions.$inferSelect): Omit<SubscriptionFact, "items"> => ({
  id: row.id,
  status: row.status,
  anchor: row.anchor,
  cancelAt: row.cancelAt,
  cancelMark: row.cancelMark,
  trialEnd: row.trialEnd,
  pause: row.pauseBehavior && { behavior: row.pauseBehavior, resumesAt: row.pauseResumesAt },
  sendsInvoice: row.sendsInvoice,
  hasDiscountOrTax: row.hasDiscountOrTax,
  schedule: row.schedule && toSchedule(row.schedule),
  paymentMethodId: row.paymentMethodId,
  hasPendingUpdate: row.hasPendingUpdate,
  latestInvoiceId: row.latestInvoiceId,
  createdAt: row.createdAt,
  endedAt: row.endedAt,
});

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

const fromStoredPrice = ({ unitCents, creditsPerMonth, ...rest }: StoredPrice): PriceFact =>
  toPrice({
    ...rest,
    plan: rest.plan as PlanId | null,
    unreadableReason: rest.unreadableReason as UnreadableReason | null,
    unitCents: unitCents === null ? null : cents(BigInt(unitCents)),
    creditsPerMonth: creditsPerMonth === null ? null : credits(BigInt(creditsPerMonth)),
  });

/** As an earlier release stored it, an invoice does not say what remains, and is not one that was credited. */
const toInvoice = (row: InvoiceRow): Omit<InvoiceFact, "lines" | "payment"> => ({
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
  prePaymentNotesCents: row.prePaymentNotesCents ?? row.creditNotesCents ?? cents(0n),
  sendsInvoice: row.sendsInvoice,
  autoAdvance: row.autoAdvance,
  attempts: row.attempts,
  nextAttemptAt: row.nextAttemptAt,
  dueAt: row.dueAt,
  createdAt: row.createdAt,
  paidAt: row.paidAt,
  voidedAt: row.voidedAt,
});

const remains = ({ status, dueCents, paidCents }: InvoiceRow): Cents =>
  status === "paid" || status === "void" || dueCents < paidCents ? cents(0n) : cents(dueCents - paidCents);
