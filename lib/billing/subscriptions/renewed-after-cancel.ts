import { and, eq, ne } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { attentionItems, invoiceLines, invoices, subscriptions } from "../../../db/schema";
import { type Attention, syncAttention } from "../attention/items";
import type { BillingLog } from "../deps";
import { isLive, type SubscriptionRow } from "../subscription-row";

const REASON = "renewed_after_cancel";
type Found = Attention<typeof REASON>;

/** The subscriptions that were to end or to change, of those that were known before what Stripe says now was stored. */
export const leavingOf = (known: readonly SubscriptionRow[]): readonly SubscriptionRow[] =>
  known.filter((row) => isLive(row) && (row.cancelAt !== null || row.pendingChange !== null));

/**
 * A step: a period that began although the subscription was to end before it, as Stripe had confirmed, or to end or change as
 * the customer had chosen in time, is told to an operator. It is right once what was charged for that period is void or
 * credited. `before` is from `leavingOf`; what Stripe says is stored since.
 */
export async function tellOfRenewals(
  tx: Tx,
  {
    accountId,
    before,
    now,
    log,
  }: {
    readonly accountId: string;
    readonly before: readonly SubscriptionRow[];
    readonly now: Date;
    readonly log: BillingLog;
  },
): Promise<void> {
  const told = await listTold(tx, accountId);
  if (before.length === 0 && told.length === 0) return;
  const rows = await tx.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  const renewed = before.flatMap((was): Found[] => {
    const is = rows.find(({ id }) => id === was.id);
    const renewedAt = is && isLive(is) ? renewalOf(was, is) : null;
    return renewedAt
      ? [
          {
            object: "subscription",
            id: was.id,
            reason: REASON,
            details: { renewedAt, confirmed: was.cancelAt !== null },
          },
        ]
      : [];
  });
  const stillSo: Found[] = [];
  for (const each of told) if (!(await isReturned(tx, accountId, each))) stillSo.push(each);
  const isNew = ({ id }: Found) => !renewed.some((each) => each.id === id);
  await syncAttention(tx, {
    accountId,
    owns: [REASON],
    found: [...renewed, ...stillSo.filter(isNew)],
    now,
    log,
  });
}

/** When the period began before which it was to end; null where it did not go on, or the customer kept it. */
function renewalOf(was: SubscriptionRow, is: SubscriptionRow): Date | null {
  if (was.pendingChange === "keep" || !was.periodEnd || !is.periodStart || is.periodStart < was.periodEnd)
    return null;
  const wasChosen = was.pendingSince !== null && was.pendingSince < is.periodStart;
  const hasChanged = is.plan === was.pendingPlan && is.interval === was.pendingInterval;
  const wasToEnd =
    (was.cancelAt !== null && was.cancelAt <= is.periodStart) ||
    (wasChosen && (was.pendingChange === "cancel" || !hasChanged));
  return wasToEnd ? is.periodStart : null;
}

async function listTold(tx: Tx, accountId: string): Promise<readonly Found[]> {
  const rows = await tx
    .select({ id: attentionItems.objectId, details: attentionItems.details })
    .from(attentionItems)
    .where(
      and(
        eq(attentionItems.accountId, accountId),
        eq(attentionItems.reason, REASON),
        ne(attentionItems.state, "resolved"),
      ),
    );
  return rows.map(({ id, details }) => ({ object: "subscription", id, reason: REASON, details }));
}

/** Whether there are invoices for the period, and nobody has to pay or was left having paid any of them. */
async function isReturned(tx: Tx, accountId: string, { id, details }: Found): Promise<boolean> {
  const renewedAt = new Date(String(details?.renewedAt));
  const charged = await tx
    .selectDistinct({
      id: invoices.id,
      status: invoices.status,
      totalCents: invoices.totalCents,
      creditNotesCents: invoices.creditNotesCents,
    })
    .from(invoiceLines)
    .innerJoin(
      invoices,
      and(eq(invoices.accountId, invoiceLines.accountId), eq(invoices.id, invoiceLines.invoiceId)),
    )
    .where(
      and(
        eq(invoiceLines.accountId, accountId),
        eq(invoiceLines.subscriptionId, id),
        eq(invoiceLines.periodStart, renewedAt),
      ),
    );
  return (
    charged.length > 0 &&
    charged.every(
      ({ status, totalCents, creditNotesCents }) =>
        status === "void" || (creditNotesCents ?? 0n) >= totalCents,
    )
  );
}
