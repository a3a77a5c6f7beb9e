import type { Tx } from "../../../db/client";
import { transact } from "../../../db/transact";
import { fromPublicId, toPublicId } from "../../ids";
import { err, ok, type Result, unreachable } from "../../result";
import { lockAccount, readAccount } from "../account";
import { mayAskAgain } from "../ask-again";
import { adoptCard } from "../cards/default";
import type { BillingDeps } from "../deps";
import { type ProviderAnswer, refusedIsUnknown, unavailableIsUnknown } from "../gateway";
import type { BeforeUpgrade, InvoiceFacts } from "../plan-gateway";
import { mailPayment } from "./payment-mails";
import {
  applyInvoice,
  changePayment,
  findPaymentRow,
  isSettled,
  type PlanPaymentRef,
  type PlanPaymentRow,
  type PlanPaymentStatus,
  wasUpgradedAgain,
} from "./payment-rows";
import { syncSubscription } from "./sync";

export type PlanPaymentSettled = {
  readonly status: PlanPaymentStatus;
  /** The bank's page, when the customer has to go there. Not stored anywhere. */
  readonly actionUrl: string | null;
  /** Stripe did not say; the payment stays as it is and is asked about again. */
  readonly unknown: boolean;
};

/** What a payment for a plan came to, and its public id. */
export type PlanPaymentOutcome = PlanPaymentSettled & { readonly paymentId: string };

/** Where the bank sends the customer back to. */
export const returnUrlOf = (appUrl: string, paymentId: string): string =>
  `${appUrl}/settings/billing/plans/payments/${toPublicId("planPayment", paymentId)}/return`;

/**
 * Asks Stripe for a stored payment, under its stored key and with what is stored alone: asked again it is the same
 * to the letter; `before` spares a look at what a first time finds. A bank that wants to see the customer is asked for its page right away.
 */
export async function askForPayment(
  deps: BillingDeps,
  row: PlanPaymentRow,
  before: BeforeUpgrade | null = null,
): Promise<ProviderAnswer<InvoiceFacts>> {
  if (row.kind === "renewal") return pay(deps, row, row.invoiceId ?? "", row.idempotencyKey);
  const asked = await upgrade(deps, row, before);
  if (asked.kind !== "answered" || asked.value.status !== "open") return asked;
  const waits = asked.value.payment?.status;
  const needsPage = waits === "idle" || (waits === "requires_action" && !asked.value.payment?.actionUrl);
  if (!needsPage) return asked;
  // The upgrade was begun, whatever becomes of this read.
  return unavailableIsUnknown(await pay(deps, row, asked.value.id, `${row.idempotencyKey}:confirm`));
}

async function upgrade(
  deps: BillingDeps,
  row: PlanPaymentRow,
  before: BeforeUpgrade | null,
): Promise<ProviderAnswer<InvoiceFacts>> {
  const { account } = await readAccount(deps.db, row.accountId);
  if (!account.stripeCustomerId) return { kind: "unknown", reason: "customer deleted", serverSaidNo: false };
  return deps.plans.upgrade({
    key: row.idempotencyKey,
    customerId: account.stripeCustomerId,
    subscriptionId: row.subscriptionId,
    itemId: row.itemId,
    priceId: row.priceId,
    prorationAt: row.prorationAt,
    paymentMethodId: row.paymentMethodId,
    before,
  });
}

const pay = (deps: BillingDeps, row: PlanPaymentRow, invoiceId: string, key: string) =>
  deps.plans.payInvoice({
    key,
    invoiceId,
    paymentMethodId: row.paymentMethodId,
    returnUrl: row.returnUrl,
  });

/**
 * Brings a payment to where Stripe says it is, and with it plan, cycle and credits: the one function for the action,
 * the return from the bank, the page and the sweep. `heard` is what Stripe just answered the caller.
 */
export async function settlePayment(
  deps: BillingDeps,
  ref: PlanPaymentRef,
  heard: ProviderAnswer<InvoiceFacts> | null = null,
): Promise<PlanPaymentSettled> {
  const { facts } = await syncSubscription(deps, ref, {
    also: heard ? (tx) => applyHeard(tx, ref, heard) : undefined,
  });
  // What was heard holds, though nothing more is said just now.
  if (!facts && heard) await transact(deps.db, (tx) => applyHeard(tx, ref, heard));
  const row = await findPaymentRow(deps.db, ref);
  if (!row) throw new Error(`payment ${ref.paymentId} exists`);
  if (row.voidPending) await cleanUpFailedUpgrade(deps, row);
  const waits = row.status === "requires_action";
  const invoices = [...(heard?.kind === "answered" ? [heard.value] : []), ...(facts?.invoices ?? [])];
  const page = invoices.find((each) => each.id === row.invoiceId && each.payment?.actionUrl);
  return {
    status: row.status,
    actionUrl: waits ? (page?.payment?.actionUrl ?? null) : null,
    unknown: !isSettled(row) && !waits,
  };
}

async function applyHeard(tx: Tx, ref: PlanPaymentRef, heard: ProviderAnswer<InvoiceFacts>): Promise<void> {
  const { now } = await lockAccount(tx, ref.accountId);
  const row = await findPaymentRow(tx, ref);
  if (!row || isSettled(row)) return;
  switch (heard.kind) {
    case "unknown":
      return;
    case "refused":
      await changePayment(tx, row, {
        status: "declined",
        declineCode: heard.code,
        endedAt: now,
        voidPending: row.kind === "upgrade",
      });
      return mailPayment(tx, row, { status: "declined", declineCode: heard.code });
    case "answered":
      // What was read of everything a moment later says more, but for a decline that only this answer tells.
      return heard.value.status === "open"
        ? applyInvoice(tx, row, heard.value, { now, isItsOwnAnswer: true })
        : undefined;
    default:
      return unreachable(heard);
  }
}

/**
 * After a decline: voids the upgrade's invoice, so that nothing of it can be paid later by accident, and lets renewals be
 * charged to the account's card as before, unless a later upgrade has set one of its own. Left undone, the sweep does it.
 */
export async function cleanUpFailedUpgrade(deps: BillingDeps, row: PlanPaymentRow): Promise<void> {
  const { accountId, invoiceId } = row;
  if (invoiceId) {
    const voided = await deps.plans.voidInvoice(invoiceId);
    // Refused while a payment of it is processing, say, it could still be paid: only what Stripe has not is done with.
    if (voided.kind === "unknown" || (voided.kind === "refused" && voided.code !== "resource_missing"))
      return;
  }
  const { account } = await readAccount(deps.db, accountId);
  const { stripeCustomerId: customerId } = account;
  const paymentMethodId = account.adoptingCardId ?? account.defaultPaymentMethodId;
  if (customerId && paymentMethodId && !(await wasUpgradedAgain(deps.db, row))) {
    const restored = await adoptCard(deps, { accountId, customerId, paymentMethodId });
    if (!restored.ok) return;
  }
  await transact(deps.db, (tx) => changePayment(tx, row, { voidPending: false }));
  // Paid in the last moment after all: then it is an upgrade.
  await syncSubscription(deps, { accountId });
}

type Ref = { readonly accountId: string /** The public one. */; readonly paymentId: string };

/** Asks what became of a payment, by its public id; null when this account has none of it. */
export async function settlePlanPayment(
  deps: BillingDeps,
  { accountId, paymentId }: Ref,
): Promise<PlanPaymentSettled | null> {
  const id = fromPublicId("planPayment", paymentId);
  const row = id ? await findPaymentRow(deps.db, { accountId, paymentId: id }) : null;
  if (!row) return null;
  if (isSettled(row)) return { status: row.status, actionUrl: null, unknown: false };
  return settleRow(deps, row);
}

/** An answer that nobody heard is asked for again under its key; anything else is looked up. */
export async function settleRow(deps: BillingDeps, row: PlanPaymentRow): Promise<PlanPaymentSettled> {
  const ref = { accountId: row.accountId, paymentId: row.id };
  if (row.status !== "processing") return settlePayment(deps, ref);
  const { now } = await readAccount(deps.db, row.accountId);
  if (mayAskAgain({ storedAt: row.createdAt, now }))
    return settlePayment(deps, ref, unavailableIsUnknown(await askForPayment(deps, row)));
  const settled = await settlePayment(deps, ref);
  return settled.status === "processing" ? giveUp(deps, ref) : settled;
}

/** Stripe was asked and knows of no such payment, or of one that nobody finished. */
async function giveUp(deps: BillingDeps, ref: PlanPaymentRef): Promise<PlanPaymentSettled> {
  const { facts } = await syncSubscription(deps, ref);
  if (!facts) return { status: "processing", actionUrl: null, unknown: true };
  await transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, ref.accountId);
    const row = await findPaymentRow(tx, ref);
    if (row?.status !== "processing") return;
    const voidPending = row.kind === "upgrade";
    await changePayment(tx, row, { status: "canceled", endedAt: now, voidPending });
  });
  return settlePayment(deps, ref);
}

export type CancelPlanPaymentError =
  | { readonly code: "not_found" }
  | { readonly code: "already_paid" }
  | { readonly code: "provider_unavailable" };

/** Walks away from a payment that waits for the bank. If the bank was faster, it ends paid: one of the two. */
export async function cancelPlanPayment(
  deps: BillingDeps,
  { accountId, paymentId }: Ref,
): Promise<Result<PlanPaymentSettled, CancelPlanPaymentError>> {
  const id = fromPublicId("planPayment", paymentId);
  const row = id ? await findPaymentRow(deps.db, { accountId, paymentId: id }) : null;
  if (!row) return err({ code: "not_found" });
  if (row.status === "paid") return err({ code: "already_paid" });
  if (isSettled(row)) return ok({ status: row.status, actionUrl: null, unknown: false });
  if (row.kind === "upgrade" && row.invoiceId) {
    const voided = refusedIsUnknown(await deps.plans.voidInvoice(row.invoiceId));
    if (voided.kind !== "answered") return err({ code: "provider_unavailable" });
  }
  const ref = { accountId, paymentId: row.id };
  const settled = await settlePayment(deps, ref);
  if (settled.status === "paid") return err({ code: "already_paid" });
  if (row.kind === "upgrade" || settled.status !== "requires_action") return ok(settled);
  // A renewal's invoice stays open whatever happens: only this try at it ends.
  await transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, accountId);
    const current = await findPaymentRow(tx, ref);
    if (!current || isSettled(current)) return;
    await changePayment(tx, current, { status: "canceled", endedAt: now });
    await mailPayment(tx, current, { status: "canceled", declineCode: null });
  });
  return ok({ status: "canceled", actionUrl: null, unknown: false });
}
