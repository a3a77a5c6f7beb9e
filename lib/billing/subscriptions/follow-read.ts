import { and, eq, gt, isNull, lte, or } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { invoiceLines, subscriptions } from "../../../db/schema";
import { isLive, type SubscriptionRow } from "../subscription-row";
import { remainingChange } from "./pending-change";

const MINUTE_MS = 60_000;
/** A renewal's invoice is a draft for about an hour before it is charged. */
const AFTER_RENEWAL_MS = 75 * MINUTE_MS;
const OFTEN_MS = 60 * MINUTE_MS;
const DAILY_MS = 24 * 60 * MINUTE_MS;

/** A period for which no invoice has a line by then needs attention (`allowances/attention-facts`): a read later tells it. */
const LINE_MISSING_MS = 125 * MINUTE_MS;

/**
 * A step: what is left of a choice for the period's end, by what Stripe just said, and when Stripe is asked unprompted. Writes
 * nothing where nothing changed. Returns the account's subscriptions as they are then.
 */
export async function followRead(tx: Tx, accountId: string, now: Date): Promise<readonly SubscriptionRow[]> {
  const rows = await tx.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  const followed: SubscriptionRow[] = [];
  for (const row of rows) {
    const counts = row.isPrimary && row.downgradedToFreeAt === null && isLive(row);
    const at = nextReadAt(row, now, await waitsForLine(tx, row, now));
    // One that is due before then will do: moved on each time, every read would write every row. Not one that is due within
    // the hour: the sweep sets that for itself while it reads.
    const soon = now.getTime() + OFTEN_MS;
    const isKept =
      row.nextReadAt !== null && at !== null && soon <= row.nextReadAt.getTime() && row.nextReadAt <= at;
    const next = { ...remainingChange(row, { counts, now }), nextReadAt: isKept ? row.nextReadAt : at };
    followed.push({ ...row, ...next });
    if (isAsBefore(row, next)) continue;
    await tx
      .update(subscriptions)
      .set(next)
      .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, row.id)));
  }
  return followed;
}

const isAsBefore = (row: SubscriptionRow, next: Partial<SubscriptionRow>): boolean =>
  (Object.keys(next) as (keyof SubscriptionRow)[]).every((key) => plain(row[key]) === plain(next[key]));

/** An instant as a number: written out as a text, its time zone is looked up each time. */
const plain = (value: unknown) => (value instanceof Date ? value.getTime() : (value ?? null));

/** Whether its period has just begun, and no invoice has a line for it yet. */
async function waitsForLine(
  tx: Tx,
  { accountId, id, itemId, periodStart, status }: SubscriptionRow,
  now: Date,
): Promise<boolean> {
  if (status !== "active" || !itemId || !periodStart) return false;
  if (now < periodStart || now.getTime() >= periodStart.getTime() + LINE_MISSING_MS) return false;
  const [line] = await tx
    .select({ id: invoiceLines.id })
    .from(invoiceLines)
    .where(
      and(
        eq(invoiceLines.accountId, accountId),
        or(
          eq(invoiceLines.itemId, itemId),
          and(isNull(invoiceLines.itemId), eq(invoiceLines.subscriptionId, id)),
        ),
        lte(invoiceLines.periodStart, periodStart),
        gt(invoiceLines.periodEnd, periodStart),
      ),
    )
    .limit(1);
  return line === undefined;
}

/** Events may all be lost: then it is this read that finds out. */
function nextReadAt(row: SubscriptionRow, now: Date, waits: boolean): Date | null {
  if (row.status === "incomplete") return new Date(now.getTime() + OFTEN_MS);
  if (!isLive(row)) return null;
  const { status, hasPendingUpdate, periodStart, periodEnd } = row;
  if (status !== "active" || hasPendingUpdate || !periodEnd || periodEnd <= now)
    return new Date(now.getTime() + OFTEN_MS);
  const looks = [periodEnd.getTime() + AFTER_RENEWAL_MS, now.getTime() + DAILY_MS];
  if (waits && periodStart) looks.push(periodStart.getTime() + LINE_MISSING_MS);
  return new Date(Math.min(...looks));
}
