import { and, desc, eq, exists, gt, inArray, isNotNull, lt, not, notExists, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { invoiceLines, invoices, planPayments, subscriptions } from "../../../db/schema";
import type { OpenInvoiceJson } from "./view";

/** What is left to pay of an invoice. One that an earlier release stored does not say it: then all that was due. */
export const leftToPay = sql`coalesce(${invoices.remainingCents}, ${invoices.dueCents})`;

/** Of the drafts of a subscription the newest: paid, it makes an unpaid subscription run again. */
const isNewestDraft = sql`not exists (
  select from ${invoices} newer where newer.account_id = ${invoices.accountId} and newer.subscription_id = ${invoices.subscriptionId}
    and newer.status = 'draft' and (newer.created_at, newer.id) > (${invoices.createdAt}, ${invoices.id}))`;

/** Not an upgrade's: what one leaves that was not paid is voided. */
export const isNoUpgrades = (db: Reader) =>
  notExists(
    db
      .select({ one: sql`1` })
      .from(planPayments)
      .where(
        and(
          eq(planPayments.accountId, invoices.accountId),
          eq(planPayments.invoiceId, invoices.id),
          eq(planPayments.kind, "upgrade"),
        ),
      ),
  );

/**
 * The invoices that an account is asked to pay: all that are unpaid, whatever they were made for. One that Stripe is still
 * to try asks for nothing; one that is sent by mail does, one that Stripe does not collect by itself (an operator finalized it so,
 * or we did when somebody began to pay it and left), the first of a subscription, and the newest draft of one that is
 * `unpaid`, which Stripe leaves a draft. Whoever shows them and whoever
 * pays the newest select by this alone: nothing is charged that was not shown.
 */
export const isPayable = (db: Reader, accountId: string) =>
  and(
    eq(invoices.accountId, accountId),
    inArray(invoices.status, ["open", "uncollectible", "draft"]),
    gt(leftToPay, 0n),
    exists(
      db
        .select({ one: sql`1` })
        .from(subscriptions)
        .where(
          and(
            eq(subscriptions.accountId, invoices.accountId),
            eq(subscriptions.id, invoices.subscriptionId),
            isNotNull(subscriptions.plan),
            or(
              eq(invoices.status, "uncollectible"),
              and(
                eq(invoices.status, "open"),
                or(
                  gt(invoices.attempts, 0),
                  invoices.sendsInvoice,
                  not(invoices.autoAdvance),
                  lt(invoices.dueAt, sql`now()`),
                  eq(subscriptions.status, "incomplete"),
                ),
              ),
              and(eq(invoices.status, "draft"), eq(subscriptions.status, "unpaid"), isNewestDraft),
            ),
          ),
        ),
    ),
    isNoUpgrades(db),
  );

export const newestInvoiceFirst = [desc(invoices.createdAt), desc(invoices.id)] as const;

/** How many of the plan an invoice bills. */
export const quantityBilled = sql<string>`coalesce((
  select l.quantity from ${invoiceLines} l where l.account_id = ${invoices.accountId} and l.invoice_id = ${invoices.id}
    and l.plan is not null and not l.is_proration order by l.position limit 1), 1)`;

/** More are not shown at once. */
const MAX_OPEN_INVOICES = 12;

/** All that an account is asked to pay, newest first, as a column of a query. */
export const openInvoicesOf = (db: Reader, accountId: string) => {
  const asked = db
    .select({
      json: sql`json_build_object('id', ${invoices.id}, 'number', ${invoices.number}, 'plan', ${invoices.plan}, 'start', ${invoices.periodStart}, 'end', ${invoices.periodEnd},
        'dueCents', ${leftToPay}::text, 'sendsInvoice', ${invoices.sendsInvoice}, 'dueAt', ${invoices.dueAt}, 'attempts', ${invoices.attempts},
        'nextAttemptAt', ${invoices.nextAttemptAt}, 'failureCode', ${invoices.failureCode}, 'declinedCards', ${invoices.declinedCards},
        'credits', (${invoices.creditsPerCycle} * ${quantityBilled})::text)`.as("json"),
    })
    .from(invoices)
    .where(isPayable(db, accountId))
    .orderBy(...newestInvoiceFirst)
    .limit(MAX_OPEN_INVOICES);
  return sql<OpenInvoiceJson[]>`(select coalesce(json_agg(asked.json), '[]') from (${asked}) asked)`;
};
