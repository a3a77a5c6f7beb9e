import { and, desc, eq, gte, inArray, lt, or } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { allowances, invoices, planPayments } from "../../../db/schema";
import type { BillingPeriod } from "../../calendar";
import { type NamedPlan, namePlan } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { fromPublicId } from "../../ids";
import type { Cents, Credits } from "../../money/credits";
import type { ListOptions } from "../../page-cursor";
import { readPageCursor, writePageCursor } from "../../page-cursor";
import type { Returned } from "../allowances/invoice-money";
import { findReturned } from "../allowances/returns/queries";
import type { PlanPaymentRow } from "./payment-rows";
import type { GrantSource } from "./view";

type InvoiceRow = typeof invoices.$inferSelect;

export type InvoiceView = {
  readonly id: string;
  readonly number: string | null;
  readonly status: InvoiceRow["status"];
  /** Stripe's `billing_reason`. */
  readonly reason: string | null;
  readonly plan: NamedPlan | null;
  readonly period: BillingPeriod | null;
  readonly totalCents: Cents;
  readonly currency: string;
  /** What became of its money after it was paid, and how much went back; null: nothing. */
  readonly returned: Returned | null;
  /** Whether it has been finalized, so that Stripe has a page and a PDF of it. */
  readonly hasDocuments: boolean;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
};

export type InvoicePage = {
  readonly invoices: readonly InvoiceView[];
  /** For the next page, or null on the last. */
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

/** The account's invoices, newest first, in pages. A cursor made up by hand starts from the newest. */
export async function listInvoices(
  db: Reader,
  accountId: string,
  cursor: string | null,
  { within = null, most = PAGE_SIZE }: ListOptions = {},
): Promise<InvoicePage> {
  const before = readPageCursor(cursor, (id) => (id.startsWith("in_") ? id : null));
  const rows = await db
    .select()
    .from(invoices)
    .where(
      and(
        eq(invoices.accountId, accountId),
        within ? and(gte(invoices.createdAt, within.start), lt(invoices.createdAt, within.end)) : undefined,
        before
          ? or(
              lt(invoices.createdAt, before.createdAt),
              and(eq(invoices.createdAt, before.createdAt), lt(invoices.id, before.id)),
            )
          : undefined,
      ),
    )
    .orderBy(desc(invoices.createdAt), desc(invoices.id))
    .limit(most + 1);
  const page = rows.slice(0, most);
  const last = page.at(-1);
  const returned = await findReturned(db, accountId, page);
  return {
    invoices: page.map((row) => toInvoiceView(row, returned.get(row.id))),
    nextCursor: rows.length > most && last ? writePageCursor(last) : null,
  };
}

const toInvoiceView = (row: InvoiceRow, returned: Returned | null = null): InvoiceView => ({
  id: row.id,
  number: row.number,
  status: row.status,
  reason: row.reason,
  plan: row.plan ? namePlan(row.plan) : null,
  period: row.periodStart && row.periodEnd ? { start: row.periodStart, end: row.periodEnd } : null,
  totalCents: row.totalCents,
  currency: row.currency,
  returned: returned?.status === "paid" ? null : returned,
  hasDocuments: row.status !== "draft",
  createdAt: row.createdAt,
  paidAt: row.paidAt,
});

export type PlanPaymentView = {
  readonly id: string;
  readonly kind: PlanPaymentRow["kind"];
  readonly status: PlanPaymentRow["status"];
  readonly fromPlan: NamedPlan;
  readonly toPlan: NamedPlan;
  readonly interval: PlanInterval;
  readonly amountCents: Cents;
  readonly credits: Credits;
  readonly card: { readonly id: string; readonly brand: string; readonly last4: string };
  /** Stripe's code, for choosing a sentence; never shown as it is. */
  readonly declineCode: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly invoice: InvoiceView | null;
};

/** One payment for a plan of this account by its public id, or null: also for ids of other accounts and texts that are none. */
export async function findPlanPayment(
  db: Reader,
  accountId: string,
  publicId: string,
): Promise<PlanPaymentView | null> {
  const id = fromPublicId("planPayment", publicId);
  if (!id) return null;
  const [row] = await db
    .select({ payment: planPayments, invoice: invoices })
    .from(planPayments)
    .leftJoin(
      invoices,
      and(eq(invoices.accountId, planPayments.accountId), eq(invoices.id, planPayments.invoiceId)),
    )
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.id, id)));
  if (!row) return null;
  const { payment, invoice } = row;
  return {
    id: publicId,
    kind: payment.kind,
    status: payment.status,
    fromPlan: namePlan(payment.fromPlan),
    toPlan: namePlan(payment.toPlan),
    interval: payment.interval,
    amountCents: payment.amountCents,
    credits: payment.credits,
    card: { id: payment.paymentMethodId, brand: payment.cardBrand, last4: payment.cardLast4 },
    declineCode: payment.declineCode,
    createdAt: payment.createdAt,
    endedAt: payment.endedAt,
    invoice: invoice ? toInvoiceView(invoice) : null,
  };
}

/** Of which plan and period plan credits are, by their grants' uuids. Grants of anything else are missing. */
export async function getGrantSources(
  db: Reader,
  accountId: string,
  grantIds: readonly string[],
): Promise<ReadonlyMap<string, GrantSource>> {
  if (grantIds.length === 0) return new Map();
  const rows = await db
    .select({
      grantId: allowances.grantId,
      plan: allowances.plan,
      start: allowances.startsAt,
      end: allowances.endsAt,
      closed: allowances.closed,
    })
    .from(allowances)
    .where(and(eq(allowances.accountId, accountId), inArray(allowances.grantId, [...grantIds])));
  return new Map(
    rows.flatMap(({ grantId, plan, start, end, closed }) =>
      grantId
        ? [[grantId, { plan: namePlan(plan), period: { start, end }, revoked: closed !== null }] as const]
        : [],
    ),
  );
}
