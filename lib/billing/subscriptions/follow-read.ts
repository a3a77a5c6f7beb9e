import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { subscriptions } from "../../../db/schema";
import { isLive, type SubscriptionRow } from "../subscription-row";
import { remainingChange } from "./pending-change";

const MINUTE_MS = 60_000;
/** A renewal's invoice is a draft for about an hour before it is charged. */
const AFTER_RENEWAL_MS = 75 * MINUTE_MS;
const OFTEN_MS = 60 * MINUTE_MS;
const DAILY_MS = 24 * 60 * MINUTE_MS;

/** A step: what is left of a choice for the period's end, by what Stripe just said, and when Stripe is asked unprompted. */
export async function followRead(tx: Tx, accountId: string, now: Date): Promise<void> {
  const rows = await tx.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  for (const row of rows) {
    const counts = row.isPrimary && row.downgradedToFreeAt === null && isLive(row);
    await tx
      .update(subscriptions)
      .set({ ...remainingChange(row, { counts, now }), nextReadAt: nextReadAt(row, now) })
      .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, row.id)));
  }
}

/** Events may all be lost: then it is this read that finds out. */
function nextReadAt(row: SubscriptionRow, now: Date): Date | null {
  if (row.status === "incomplete") return new Date(now.getTime() + OFTEN_MS);
  if (!isLive(row)) return null;
  const { status, hasPendingUpdate, periodEnd } = row;
  if (status !== "active" || hasPendingUpdate || !periodEnd || periodEnd <= now)
    return new Date(now.getTime() + OFTEN_MS);
  return new Date(Math.min(periodEnd.getTime() + AFTER_RENEWAL_MS, now.getTime() + DAILY_MS));
}
