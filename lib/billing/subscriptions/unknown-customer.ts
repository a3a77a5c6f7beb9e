import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { attentionItems } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { invariant } from "../../result";
import { openAttention, resolveAttention } from "../attention/items";
import type { BillingDeps } from "../deps";
import type { BillingFacts, SubscriptionFact } from "../facts";

const REASON = "paid_under_unknown_customer";

export type LookOptions = {
  /** Runs in the transaction that tells of it. */
  readonly also?: (tx: Tx) => Promise<void>;
};

/**
 * Looks at what a customer of no account pays for, as somebody does who follows a payment link: a live subscription to a plan of
 * ours of which an invoice was paid is told to an operator, until the customer is somebody's or the subscription has ended. What
 * other products sell is no matter of ours. Returns false where Stripe did not say; then nothing was told.
 */
export async function lookAtUnknownCustomer(
  deps: BillingDeps,
  customerId: string,
  { also }: LookOptions = {},
): Promise<boolean> {
  const { db, plans, log } = deps;
  const [clock] = await db.execute<{ now: string }>(sql`select now() as now`);
  invariant(clock, "the database has a clock");
  const now = new Date(clock.now);
  // Of somebody who may be another product's, the newest subscriptions and invoices are enough.
  const asked = await plans.readBilling(customerId, { subscriptionIds: [], invoiceIds: [], since: now });
  if (asked.kind === "unknown") return false;
  if (asked.kind === "refused")
    log.warn(
      { customerId, code: asked.code },
      "Stripe refused to say what a customer of no account pays for",
    );
  const paid = asked.kind === "answered" ? findPaid(asked.value) : [];
  await transact(db, async (tx) => {
    for (const { id, items } of paid) {
      const plan = items.flatMap(({ price: { reading } }) =>
        reading.kind === "plan" ? reading.plan : [],
      )[0];
      const details = { customer: customerId, ...(plan && { plan }) };
      await openAttention(tx, {
        accountId: null,
        object: "subscription",
        id,
        reason: REASON,
        details,
        now,
        log,
      });
    }
    const over = (await listTold(tx, customerId)).filter((id) => !paid.some((each) => each.id === id));
    for (const id of over)
      await resolveAttention(tx, { accountId: null, object: "subscription", id, reason: REASON, now, log });
    await also?.(tx);
  });
  return true;
}

/** Whether an operator was told of this customer: then what happens to it is looked at, whatever it is. */
export const wasToldOf = async (db: Reader, customerId: string): Promise<boolean> =>
  (await listTold(db, customerId)).length > 0;

async function listTold(db: Reader, customerId: string): Promise<readonly string[]> {
  const rows = await db
    .select({ id: attentionItems.objectId })
    .from(attentionItems)
    .where(
      and(
        isNull(attentionItems.accountId),
        eq(attentionItems.reason, REASON),
        ne(attentionItems.state, "resolved"),
        sql`${attentionItems.details} ->> 'customer' = ${customerId}`,
      ),
    );
  return rows.map(({ id }) => id);
}

const OVER: readonly SubscriptionFact["status"][] = ["incomplete", "incomplete_expired", "canceled"];

/** Subscriptions of ours that go on and of which something was paid. */
function findPaid({ subscriptions, invoices, customerDeleted }: BillingFacts): readonly SubscriptionFact[] {
  if (customerDeleted) return [];
  return subscriptions.filter(
    ({ id, status, items }) =>
      !OVER.includes(status) &&
      items.some(({ price }) => price.reading.kind !== "other") &&
      invoices.some((each) => each.subscriptionId === id && each.status === "paid" && each.paidCents > 0n),
  );
}
