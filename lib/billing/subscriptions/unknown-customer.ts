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
 * ours of which an invoice was paid is told to an operator, until the customer is somebody's or Stripe says that the subscription
 * has ended: what was not read, or is refused, goes on being told. What other products sell is no matter of ours. Returns false
 * where Stripe did not say; then nothing was told.
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
  // Of somebody who may be another product's, the newest subscriptions and invoices are enough, and those that were told of.
  const subscriptionIds = await listTold(db, customerId);
  const asked = await plans.readBilling(customerId, { subscriptionIds, invoiceIds: [], since: now });
  if (asked.kind === "unknown") return false;
  if (asked.kind === "refused")
    log.warn(
      { customerId, code: asked.code },
      "Stripe refused to say what a customer of no account pays for",
    );
  const facts = asked.kind === "answered" ? asked.value : null;
  const paid = facts ? findPaid(facts) : [];
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
    const over = facts ? (await listTold(tx, customerId)).filter((id) => isOver(facts, id)) : [];
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

/** Whether it was read that a subscription has ended, or sells nothing of ours. */
function isOver({ subscriptions, customerDeleted }: BillingFacts, id: string): boolean {
  const read = subscriptions.find((each) => each.id === id);
  if (!read) return customerDeleted;
  return OVER.includes(read.status) || !sellsOurs(read);
}

const sellsOurs = ({ items }: SubscriptionFact): boolean =>
  items.some(({ price }) => price.reading.kind !== "other");

/** Subscriptions of ours that go on and of which something was paid. */
function findPaid({ subscriptions, invoices, customerDeleted }: BillingFacts): readonly SubscriptionFact[] {
  if (customerDeleted) return [];
  return subscriptions.filter(
    (each) =>
      !OVER.includes(each.status) &&
      sellsOurs(each) &&
      invoices.some(
        ({ subscriptionId, status, paidCents }) =>
          subscriptionId === each.id && status === "paid" && paidCents > 0n,
      ),
  );
}
