import { and, desc, eq, exists, inArray, isNotNull, isNull, notInArray, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { accounts, invoiceLines, invoices, pendingLines, subscriptions } from "../../../db/schema";
import type { KnownBilling } from "../facts";

const DAY_MS = 86_400_000;
/** More than clocks differ by, and than passes between a read and its being stored. */
const MARGIN_MS = DAY_MS;
/** More are read again by the next look: a customer with that many is for an operator. */
const MAX_BY_ID = 100;

const OVER = ["canceled", "incomplete_expired"] as const;
const UNSETTLED = ["draft", "open", "uncollectible"] as const;

/** A line of ours of which nothing is decided for good. As the index says it. */
const isUndecided = () =>
  and(
    or(isNull(invoiceLines.decidedAt), eq(invoiceLines.assumed, true)),
    or(isNotNull(invoiceLines.plan), isNotNull(invoiceLines.unreadableReason)),
  );

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
