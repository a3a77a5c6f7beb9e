import type { Tx } from "../../../../db/client";
import { invoiceRefundRequests } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { newId } from "../../../ids";
import { byOperator } from "../../../ledger/cause";
import { type Cents, cents, NO_CREDITS } from "../../../money/credits";
import { err, invariant, ok, type Result } from "../../../result";
import { type LockedAccount, lockAccount } from "../../account";
import { askAgain } from "../../ask-again";
import type { BillingDeps } from "../../deps";
import { type ProviderAnswer, type Refund, unavailableIsUnknown } from "../../gateway";
import { decideReturns, isOpenDispute } from "../../returns/decide";
import { takenSince } from "../../returns/taken";
import { applyFacts } from "../apply/apply-facts";
import { type StoredReturns, toInvoice, toReturns } from "../apply/stored-facts";
import { chargedCents } from "../invoice-money";
import { isPaid } from "../line-worth";
import { paymentFor } from "./refundable";
import {
  changeRequest,
  findInvoice,
  findInvoiceReturns,
  findPlanReversals,
  hearOfInvoice,
  type InvoiceRef,
  type InvoiceRow,
  sellsOurs,
  storeInvoiceRefund,
} from "./rows";
import { followChange, settleInvoiceReturns } from "./settle";

export type RefundInvoice = {
  /** In the invoice's currency, as Stripe counts it. Null: all that is left. */
  readonly amountCents: Cents | null;
  readonly operatorId: string;
  readonly why: string;
};

export type RefundInvoiceError =
  | { readonly code: "invoice_not_found" }
  | { readonly code: "invoice_not_paid" | "invoice_disputed" }
  /** None of its lines is for a plan of ours. */
  | { readonly code: "invoice_of_nothing_ours" }
  /** Nothing of it was paid through Stripe: a balance paid it, or it was paid elsewhere. */
  | { readonly code: "invoice_paid_without_stripe" }
  | { readonly code: "nothing_left" }
  | { readonly code: "more_than_left_of_invoice"; readonly leftCents: Cents; readonly currency: string };

/** What became of a refund that was begun. */
export type InvoiceRefunded =
  | { readonly kind: "made" }
  /** Nobody knows yet: it is asked again with the same key. */
  | { readonly kind: "unknown" }
  /** Stripe did not do it and said why; nothing was paid back, and the credits are there again. */
  | { readonly kind: "refused"; readonly reason: string };

type RequestRow = StoredReturns["requests"][number];
export type BegunInvoiceRefund = { readonly request: RequestRow; readonly isNew: boolean };

/**
 * How much of an invoice can be paid back through Stripe: never more than was paid so, nor than of what was asked for is not back
 * yet. In the invoice's currency.
 */
export function leftToRefund(row: InvoiceRow, stored: Omit<StoredReturns, "reversals">): Cents {
  const { currency, paidCents } = row;
  const charged = chargedCents(toInvoice(row, []));
  const facts = toReturns(row, stored) ?? { refunds: [], disputes: [] };
  const atStripe = facts.refunds.filter(({ id }) => !id.endsWith(":elsewhere"));
  const leftOf = (amountCents: Cents, refunds: typeof facts.refunds): bigint =>
    amountCents > 0n
      ? amountCents -
        decideReturns({ amountCents, currency, credits: NO_CREDITS }, { ...facts, refunds }, NO_CREDITS)
          .returnedCents
      : 0n;
  const [ofAll, ofPaid] = [leftOf(charged, facts.refunds), leftOf(paidCents, atStripe)];
  return cents(ofAll < ofPaid ? ofAll : ofPaid);
}

/**
 * A step, under the account's lock: takes the credits and stores the refund with its key, before Stripe is asked. One that is under
 * way is that one.
 */
export async function beginInvoiceRefund(
  tx: Tx,
  { account, now }: LockedAccount,
  invoiceId: string,
  { amountCents: asked, operatorId, why }: RefundInvoice,
): Promise<Result<BegunInvoiceRefund, RefundInvoiceError>> {
  const ref = { accountId: account.id, invoiceId };
  const row = await findInvoice(tx, ref);
  if (!row) return err({ code: "invoice_not_found" });
  if (!(await sellsOurs(tx, ref))) return err({ code: "invoice_of_nothing_ours" });
  if (!isPaid(toInvoice(row, []))) return err({ code: "invoice_not_paid" });
  const stored = await findInvoiceReturns(tx, ref);
  const under = stored.requests.find((each) => each.status === "requested");
  if (under) return ok({ request: under, isNew: false });
  if (stored.disputes.some(isOpenDispute)) return err({ code: "invoice_disputed" });
  if (row.paidCents <= 0n) return err({ code: "invoice_paid_without_stripe" });
  const leftCents = leftToRefund(row, stored);
  const amountCents = asked ?? leftCents;
  if (leftCents <= 0n) return err({ code: "nothing_left" });
  if (amountCents > leftCents || amountCents <= 0n)
    return err({ code: "more_than_left_of_invoice", leftCents, currency: row.currency });
  const id = newId();
  const before = await findPlanReversals(tx, account.id);
  await tx.insert(invoiceRefundRequests).values({
    ...{ ...ref, id, amountCents, why },
    status: "requested",
    idempotencyKey: `invoice_refund:${id}`,
    requestedBy: operatorId,
    createdAt: now,
    updatedAt: now,
  });
  await hearOfInvoice(tx, row);
  // Taken before Stripe is asked: what is paid back cannot be spent meanwhile.
  await followChange(tx, { ref, row, now }, () =>
    applyFacts(tx, { account, now, cause: byOperator(operatorId, why) }),
  );
  const { taken, used } = takenSince(before, await findPlanReversals(tx, account.id));
  await changeRequest(tx, { accountId: account.id, id }, { takenCredits: taken, usedCredits: used }, now);
  const request = await findUnheard(tx, ref);
  invariant(request, "what was stored is there");
  return ok({ request, isNew: true });
}

/** The part after the commit: asks Stripe for a refund that was begun, with its stored key, and applies what it says. */
export async function sendInvoiceRefund(
  deps: BillingDeps,
  { request, isNew }: BegunInvoiceRefund,
): Promise<InvoiceRefunded> {
  const { answer, wasSent } = await ask(deps, request);
  // Of one that somebody else began, that it was not sent again says nothing.
  return hear(deps, request, { wasSent, answer: isNew ? answer : unavailableIsUnknown(answer) });
}

/** What came of asking, and whether the refund itself was asked for: not where no payment was found that could pay it back. */
type Asked = { readonly answer: ProviderAnswer<Refund>; readonly wasSent: boolean };

async function ask(deps: BillingDeps, request: RequestRow): Promise<Asked> {
  const { accountId, invoiceId, id, amountCents, idempotencyKey: key } = request;
  const payment = await choosePayment(deps, request);
  if (payment.kind !== "answered") return { answer: payment, wasSent: false };
  const answer = await deps.gateway.refund({
    ...{ key, paymentIntentId: payment.value, amountCents },
    metadata: { refund_id: id, account_id: accountId, invoice_id: invoiceId },
    reason: "requested_by_customer",
  });
  return { answer, wasSent: true };
}

/** The payment that is asked for it, the same whenever it is asked again: of several that paid the invoice, one that has so much left. */
async function choosePayment(
  { db, gateway }: BillingDeps,
  request: RequestRow,
): Promise<ProviderAnswer<string>> {
  const { accountId, invoiceId, paymentIntentId, amountCents } = request;
  if (paymentIntentId) return { kind: "answered", value: paymentIntentId };
  const asked = await gateway.listInvoicePayments(invoiceId);
  if (asked.kind !== "answered") return asked;
  const chosen = paymentFor(asked.value, amountCents);
  if (!chosen) return { kind: "refused", code: "no_payment_has_so_much_left" };
  return transact(db, async (tx): Promise<ProviderAnswer<string>> => {
    const { now } = await lockAccount(tx, accountId);
    const stored = await findUnheard(tx, { accountId, invoiceId });
    // Somebody else heard of it meanwhile, or chose: then theirs is asked.
    if (stored?.id !== request.id) return { kind: "unknown", reason: "it was heard of", serverSaidNo: false };
    if (stored.paymentIntentId) return { kind: "answered", value: stored.paymentIntentId };
    await changeRequest(tx, request, { paymentIntentId: chosen.paymentIntentId }, now);
    return { kind: "answered", value: chosen.paymentIntentId };
  });
}

/** Applies what Stripe said of a refund of ours. */
function hear(
  { db, log }: BillingDeps,
  request: RequestRow,
  { answer: asked, wasSent }: Asked,
): Promise<InvoiceRefunded> {
  const { accountId, invoiceId, id } = request;
  const ref = { accountId, invoiceId };
  if (asked.kind === "unknown")
    log.warn({ ...ref, refund: id, reason: asked.reason }, "the outcome of an invoice's refund is unknown");
  return transact(db, async (tx): Promise<InvoiceRefunded> => {
    const { account, now } = await lockAccount(tx, accountId);
    const [row, { requests }] = await Promise.all([findInvoice(tx, ref), findInvoiceReturns(tx, ref)]);
    const stored = requests.find((each) => each.id === id);
    invariant(row && stored, "an invoice whose refund was asked for is there");
    // Somebody else may have heard what became of it: an answer says how it began.
    if (stored.status !== "requested") return endOf(stored);
    // Where a payment was chosen meanwhile, whoever chose it is asking.
    const isAskedElsewhere = !wasSent && stored.paymentIntentId !== null;
    if (asked.kind === "unknown" || isAskedElsewhere) return { kind: "unknown" };
    await followChange(tx, { ref, row, now }, async () => {
      if (asked.kind === "answered") await storeInvoiceRefund(tx, ref, { ...asked.value, refundId: id }, now);
      else await changeRequest(tx, request, { status: "refused", failureCode: asked.code }, now);
      await applyFacts(tx, { account, now });
    });
    return asked.kind === "refused" ? { kind: "refused", reason: asked.code } : { kind: "made" };
  });
}

const endOf = ({ status, failureCode }: RequestRow): InvoiceRefunded =>
  status === "refused" ? { kind: "refused", reason: failureCode ?? "" } : { kind: "made" };

/**
 * Finds out what became of a refund whose answer was never heard: asks again with its stored key, or, where that says nothing,
 * looks for it among what there is of the invoice's payments (`askAgain`). Returns whether it is known.
 */
export async function settleRequestedInvoiceRefund(deps: BillingDeps, ref: InvoiceRef): Promise<boolean> {
  const request = await findUnheard(deps.db, ref);
  if (!request) return true;
  const { now } = await transact(deps.db, (tx) => lockAccount(tx, ref.accountId));
  let wasSent = false;
  const answer = await askAgain({ storedAt: request.createdAt, now }, async () => {
    const asked = await ask(deps, request);
    wasSent = asked.wasSent;
    return asked.answer;
  });
  if (answer) return (await hear(deps, request, { wasSent, answer })).kind !== "unknown";
  if ((await settleInvoiceReturns(deps, ref)) === "unknown") return false;
  await hear(deps, request, { wasSent: true, answer: { kind: "refused", code: "never_made" } });
  return true;
}

async function findUnheard(db: Parameters<typeof findInvoiceReturns>[0], ref: InvoiceRef) {
  const { requests } = await findInvoiceReturns(db, ref);
  return requests.find((each) => each.status === "requested") ?? null;
}
