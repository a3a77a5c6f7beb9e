import { and, eq } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { invoices, planPayments, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { newId, toPublicId } from "../../ids";
import { credits } from "../../money/credits";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import { choosePayingCard, type PayingCardError } from "../cards/choose";
import type { BillingDeps } from "../deps";
import { isSold, type SoldRow } from "../subscription-row";
import { isPayable, newestInvoiceFirst, quantityBilled } from "./open-invoice";
import { findOpenPayment, type PlanPaymentRow } from "./payment-rows";
import { askForPayment, type PlanPaymentOutcome, returnUrlOf, settlePayment } from "./settle-payment";
import { syncSubscription } from "./sync";

export type PayInvoice = {
  readonly accountId: string;
  readonly userId: string;
  /** Rendered into the form: submitting it twice is one payment. A uuid. */
  readonly requestId: string;
  /** One of the account's saved cards; null for the default one. */
  readonly paymentMethodId: string | null;
  /** What the form showed as the next to be paid; where it is not given, it is not compared. */
  readonly shown?: { readonly invoiceId: string; readonly cents: bigint };
};

export type PayInvoiceError =
  | PayingCardError
  | { readonly code: "nothing_to_pay" }
  /** Another invoice is to be paid first by now, or less or more of this one: shown again, it can be paid. */
  | { readonly code: "invoice_changed" }
  | { readonly code: "payment_in_progress" }
  | { readonly code: "provider_unavailable" };

/** The invoice that is to be paid next, as `isPayable` says, and its subscription. */
export async function findOpenInvoice(
  db: Reader,
  accountId: string,
): Promise<{ invoice: typeof invoices.$inferSelect; subscription: SoldRow; quantity: bigint } | null> {
  const [found] = await db
    .select({ invoice: invoices, subscription: subscriptions, quantity: quantityBilled })
    .from(invoices)
    .innerJoin(
      subscriptions,
      and(eq(subscriptions.accountId, invoices.accountId), eq(subscriptions.id, invoices.subscriptionId)),
    )
    .where(isPayable(db, accountId))
    .orderBy(...newestInvoiceFirst)
    .limit(1);
  if (!found || !isSold(found.subscription)) return null;
  return { invoice: found.invoice, subscription: found.subscription, quantity: BigInt(found.quantity) };
}

/**
 * Pays the newest invoice that is not paid with a saved card, the customer present. Stored with its key, asked, settled in one
 * transaction; Stripe itself lets an invoice be paid only once. Paid, what was frozen can be spent again.
 */
export async function payOpenInvoice(
  deps: BillingDeps,
  request: PayInvoice,
): Promise<Result<PlanPaymentOutcome, PayInvoiceError>> {
  const { accountId } = request;
  const { facts } = await syncSubscription(deps, { accountId });
  if (!facts) return err({ code: "provider_unavailable" });
  const begun = await transact(deps.db, (tx) => begin(tx, deps.appUrl, request));
  if (!begun.ok) return begun;
  const { payment, isNew } = begun.value;
  const asked = isNew ? await askForPayment(deps, payment) : null;
  const settled = await settlePayment(deps, { accountId, paymentId: payment.id }, asked);
  return ok({ ...settled, paymentId: toPublicId("planPayment", payment.id) });
}

type InvoiceRow = typeof invoices.$inferSelect;

const leftOf = ({ remainingCents, dueCents }: InvoiceRow) => remainingCents ?? dueCents;

/** A page may be hours old: nobody is charged for an invoice, or an amount, that they were not shown. */
const isAsShown = (invoice: InvoiceRow, { shown }: PayInvoice): boolean =>
  !shown || (shown.invoiceId === invoice.id && shown.cents === leftOf(invoice));

async function begin(
  tx: Tx,
  appUrl: string,
  request: PayInvoice,
): Promise<Result<{ payment: PlanPaymentRow; isNew: boolean }, PayInvoiceError>> {
  const { accountId } = request;
  const requestKey = `renewal:${request.requestId}`;
  const { account, now } = await lockAccount(tx, accountId);
  const [known] = await tx
    .select()
    .from(planPayments)
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.requestKey, requestKey)));
  if (known) return ok({ payment: known, isNew: false });
  const open = await findOpenInvoice(tx, accountId);
  if (!open) return err({ code: "nothing_to_pay" });
  if (!isAsShown(open.invoice, request)) return err({ code: "invoice_changed" });
  if (await findOpenPayment(tx, accountId)) return err({ code: "payment_in_progress" });
  const card = await choosePayingCard(tx, account, request.paymentMethodId);
  if (!card.ok) return card;
  const { invoice, subscription, quantity } = open;
  const id = newId();
  const plan = invoice.plan ?? subscription.plan;
  const [payment] = await tx
    .insert(planPayments)
    .values({
      accountId,
      id,
      requestKey,
      kind: "renewal",
      status: "processing",
      fromPlan: plan,
      toPlan: plan,
      interval: subscription.interval,
      amountCents: leftOf(invoice),
      // An amount that somebody typed, or a difference, is no month of a plan: what it gives, if anything, is not said here.
      credits: credits((invoice.creditsPerCycle ?? 0n) * quantity),
      subscriptionId: subscription.id,
      itemId: subscription.itemId,
      priceId: subscription.priceId,
      idempotencyKey: `renewal:${id}`,
      paymentMethodId: card.value.id,
      cardBrand: card.value.brand,
      cardLast4: card.value.last4,
      returnUrl: returnUrlOf(appUrl, id),
      invoiceId: invoice.id,
      placedBy: request.userId,
      createdAt: now,
      updatedAt: now,
    })
    .returning();
  if (!payment) throw new Error("a new payment is stored");
  return ok({ payment, isNew: true });
}
