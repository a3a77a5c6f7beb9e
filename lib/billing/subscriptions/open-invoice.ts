import { and, desc, eq, exists, gt, inArray, isNotNull, lt, notExists, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { invoices, planPayments, subscriptions } from "../../../db/schema";

/** What is left to pay of an invoice. One that an earlier release stored does not say it: then all that was due. */
export const leftToPay = sql`coalesce(${invoices.remainingCents}, ${invoices.dueCents})`;

/**
 * The invoice that an account is asked to pay next: of all that are unpaid, whatever they were made for, the newest. One
 * that Stripe has not tried yet asks for nothing; what an upgrade leaves that was not paid is voided. Whoever shows it and
 * whoever pays it select by this alone: nothing is charged that was not shown.
 */
export const isPayable = (db: Reader, accountId: string) =>
  and(
    eq(invoices.accountId, accountId),
    inArray(invoices.status, ["open", "uncollectible"]),
    gt(leftToPay, 0n),
    or(eq(invoices.status, "uncollectible"), gt(invoices.attempts, 0), lt(invoices.dueAt, sql`now()`)),
    exists(
      db
        .select({ one: sql`1` })
        .from(subscriptions)
        .where(
          and(
            eq(subscriptions.accountId, invoices.accountId),
            eq(subscriptions.id, invoices.subscriptionId),
            isNotNull(subscriptions.plan),
            isNotNull(subscriptions.priceCents),
          ),
        ),
    ),
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
    ),
  );

export const newestInvoiceFirst = [desc(invoices.createdAt), desc(invoices.id)] as const;
