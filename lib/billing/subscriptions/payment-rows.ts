import { and, eq, gt, isNotNull, isNull, ne, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { paidPlanPayments, planPayments } from "../../../db/schema";
import type { BillingFacts, InvoiceFact } from "../facts";
import { tell } from "../told";
import { mailPayment } from "./payment-mails";

export type PlanPaymentRow = typeof planPayments.$inferSelect;
export type PlanPaymentStatus = PlanPaymentRow["status"];
/** `paymentId` is the uuid. Every look-up needs both. */
export type PlanPaymentRef = { readonly accountId: string; readonly paymentId: string };

const CLOCKS_APART_MS = 10 * 60_000;

export const isSettled = ({ endedAt }: Pick<PlanPaymentRow, "endedAt">): boolean => endedAt !== null;

export async function findPaymentRow(
  db: Reader,
  { accountId, paymentId }: PlanPaymentRef,
): Promise<PlanPaymentRow | null> {
  const [row] = await db
    .select()
    .from(planPayments)
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.id, paymentId)));
  return row ?? null;
}

export async function findOpenPayment(db: Reader, accountId: string): Promise<PlanPaymentRow | null> {
  const [row] = await db
    .select()
    .from(planPayments)
    .where(and(eq(planPayments.accountId, accountId), isNull(planPayments.endedAt)));
  return row ?? null;
}

/** So long at most somebody is at cleaning up after an upgrade that was not paid. */
const CLEANUP_MS = 60_000;

/** Whether an upgrade ended unpaid just now, and what it left at Stripe is still being put back. */
export async function isCleanupRunning(db: Reader, accountId: string, now: Date): Promise<boolean> {
  const running = await db
    .select({ id: planPayments.id })
    .from(planPayments)
    .where(
      and(
        eq(planPayments.accountId, accountId),
        planPayments.voidPending,
        gt(planPayments.updatedAt, new Date(now.getTime() - CLEANUP_MS)),
      ),
    )
    .limit(1);
  return running.length > 0;
}

/** Whether an upgrade was begun after this one: then what becomes of the subscription's card is up to that one. */
export async function wasUpgradedAgain(
  db: Reader,
  { accountId, createdAt, id }: PlanPaymentRow,
): Promise<boolean> {
  const later = await db
    .select({ id: planPayments.id })
    .from(planPayments)
    .where(
      and(
        eq(planPayments.accountId, accountId),
        eq(planPayments.kind, "upgrade"),
        ne(planPayments.id, id),
        gt(planPayments.createdAt, createdAt),
      ),
    )
    .limit(1);
  return later.length > 0;
}

export async function changePayment(
  tx: Pick<Tx, "update">,
  { accountId, id, kind, status }: Pick<PlanPaymentRow, "accountId" | "id" | "kind" | "status">,
  changes: Partial<typeof planPayments.$inferInsert>,
): Promise<void> {
  await tx
    .update(planPayments)
    .set({ ...changes, updatedAt: sql`now()` })
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.id, id)));
  const { status: outcome, declineCode: code = null } = changes;
  if (outcome && outcome !== status)
    tell(tx, { kind: "plan_payment", accountId, paymentId: id, payment: kind, outcome, code });
}

/** A step: what Stripe's answer about everything means for the payment that is under way. */
export async function applyFactsToPayment(
  tx: Tx,
  accountId: string,
  facts: BillingFacts,
  now: Date,
): Promise<void> {
  const row = await findOpenPayment(tx, accountId);
  const invoice = row && (await findItsInvoice(tx, row, facts));
  if (row && invoice) await applyInvoice(tx, row, invoice, { now, isItsOwnAnswer: false });
}

async function findItsInvoice(
  tx: Tx,
  row: PlanPaymentRow,
  { invoices }: BillingFacts,
): Promise<InvoiceFact | null> {
  if (row.invoiceId) return invoices.find((each) => each.id === row.invoiceId) ?? null;
  const others = await tx
    .select({ id: planPayments.invoiceId })
    .from(planPayments)
    .where(
      and(
        eq(planPayments.accountId, row.accountId),
        ne(planPayments.id, row.id),
        isNotNull(planPayments.invoiceId),
      ),
    );
  const taken = new Set(others.map((each) => each.id));
  return (
    invoices.find(
      (each) =>
        each.subscriptionId === row.subscriptionId &&
        each.reason === "subscription_update" &&
        each.lines.some(({ price, isProration }) => !isProration && price?.priceId === row.priceId) &&
        each.createdAt.getTime() >= row.createdAt.getTime() - CLOCKS_APART_MS &&
        !taken.has(each.id),
    ) ?? null
  );
}

/** What of an invoice says where its payment stands. */
type PaidInvoice = Pick<InvoiceFact, "id" | "status" | "payment">;

/** A step: moves a payment to where its invoice is. What has ended stays as it ended. */
export async function applyInvoice(
  tx: Tx,
  row: PlanPaymentRow,
  invoice: PaidInvoice,
  context: { readonly now: Date; readonly isItsOwnAnswer: boolean },
): Promise<void> {
  if (isSettled(row)) return;
  const status = statusOf(row, invoice, context.isItsOwnAnswer);
  const ended = status !== "processing" && status !== "requires_action";
  const declined = status === "declined";
  await changePayment(tx, row, {
    status,
    invoiceId: invoice.id,
    declineCode: declined ? (invoice.payment?.failureCode ?? "unknown") : null,
    endedAt: ended ? context.now : null,
    // An upgrade that was not paid must not be paid by a later click somewhere at Stripe, and its card pays no renewals.
    voidPending: ended && status !== "paid" && row.kind === "upgrade",
  });
  await mailPayment(tx, row, {
    status,
    declineCode: declined ? (invoice.payment?.failureCode ?? null) : null,
  });
  if (status !== "paid") return;
  const { accountId, id: paymentId } = row;
  await tx
    .insert(paidPlanPayments)
    .values({ accountId, paymentId, invoiceId: invoice.id, paidAt: context.now });
}

function statusOf(row: PlanPaymentRow, invoice: PaidInvoice, isItsOwnAnswer: boolean): PlanPaymentStatus {
  if (invoice.status === "paid") return "paid";
  if (invoice.status === "void" || invoice.status === "uncollectible") return "canceled";
  switch (invoice.payment?.status) {
    case "requires_action":
      return "requires_action";
    case "declined":
    case "canceled": {
      // A renewal's invoice shows the decline before this payment until this one's own answer was heard.
      const isKnown = isItsOwnAnswer || row.kind === "upgrade" || row.status === "requires_action";
      return isKnown ? "declined" : row.status;
    }
    default:
      return "processing";
  }
}
