import { and, asc, desc, eq, exists, gt, inArray, isNotNull, isNull, notInArray, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import {
  accounts,
  invoiceLines,
  invoices,
  pendingLines,
  subscriptionItems,
  subscriptions,
} from "../../../db/schema";
import type { KnownBilling } from "./facts";
import type { ItemRow } from "./item-readings";
import { toInvoice, toLine, toPrice, toSubscription } from "./mirror-rows";
import type { KnownItem, MirroredFacts, MirroredItem } from "./mirrored";

const DAY_MS = 86_400_000;
/** A year is the longest that is paid for at one go: older than this, nothing that was decided changes any more. */
const MEMORY_DAYS = 400;
/** More than clocks differ by, and than passes between a read and its being stored. */
const MARGIN_MS = DAY_MS;
/** More are read again by the next look: a customer with that many is for an operator. */
const MAX_BY_ID = 100;

const OVER = ["canceled", "incomplete_expired"] as const;
const UNSETTLED = ["draft", "open", "uncollectible"] as const;

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

/** A line of ours of which nothing is decided for good. As the index says it. */
const isUndecided = () =>
  and(
    or(isNull(invoiceLines.decidedAt), eq(invoiceLines.assumed, true)),
    or(isNotNull(invoiceLines.plan), isNotNull(invoiceLines.unreadableReason)),
  );

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

/**
 * What `readBilling` has to be told: subscriptions that have not ended and invoices of which something is undecided, which
 * are asked for by their ids where no list shows them, and how far back the lists are read for what is new. Pass
 * `toTheEnd` to read them to their last page whatever is known, as `sync` does.
 */
export async function findKnown(
  db: Reader,
  accountId: string,
  { toTheEnd = false }: { readonly toTheEnd?: boolean } = {},
): Promise<KnownBilling> {
  const ofIt = and(eq(invoiceLines.accountId, accountId), eq(invoiceLines.invoiceId, invoices.id));
  const undecided = exists(db.select({ one: sql`1` }).from(invoiceLines).where(and(ofIt, isUndecided())));
  const [[account], live, open, waiting] = await Promise.all([
    db.select({ readAt: accounts.billingReadAt }).from(accounts).where(eq(accounts.id, accountId)),
    db
      .select({ id: subscriptions.id })
      .from(subscriptions)
      .where(and(eq(subscriptions.accountId, accountId), notInArray(subscriptions.status, [...OVER]))),
    db
      .select({ id: invoices.id })
      .from(invoices)
      .where(and(eq(invoices.accountId, accountId), or(inArray(invoices.status, [...UNSETTLED]), undecided)))
      .orderBy(desc(invoices.createdAt))
      .limit(MAX_BY_ID),
    db
      .select({ id: pendingLines.id })
      .from(pendingLines)
      .where(eq(pendingLines.accountId, accountId))
      .limit(1),
  ]);
  const readAt = account?.readAt ?? null;
  return {
    subscriptionIds: live.map((each) => each.id),
    invoiceIds: open.map((each) => each.id),
    hasPendingLines: waiting.length > 0,
    since: readAt === null || toTheEnd ? null : new Date(readAt.getTime() - MARGIN_MS),
  };
}
