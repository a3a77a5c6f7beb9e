import type { Tx } from "../../../db/client";
import { attempts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { toPublicId } from "../../ids";
import { err, invariant, ok, type Result } from "../../result";
import { type AccountRow, checkMayBuy, type MayNotBuy } from "../account";
import { acrossCycles, type CheckOpen } from "../allowances/cycles/across";
import { choosePayingCard, type PayingCard, type PayingCardError } from "../cards/choose";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import { checkPurchasesOpen, type PurchasesPaused } from "../purchases-switch";
import { hasOpenDispute } from "../returns/queries";
import { chargeOf, describeOrder } from "./charge";
import { type AttemptRow, lockOrder, moveOrder, type OrderRef, type OrderRow, type OrderState } from "./rows";
import { type Settled, settleOrder } from "./settle";

export type ConfirmOrder = OrderRef & {
  /** One of the account's saved cards; null for the default one. */
  readonly paymentMethodId: string | null;
  /** The buyer ticked that the credits expire soon. */
  readonly expiryAcknowledged: boolean;
};

export type ConfirmOrderError =
  | MayNotBuy
  | PurchasesPaused
  | { readonly code: "order_not_found" }
  | { readonly code: "order_canceled" }
  /** What Stripe says of its payment does not match; an operator looks at it. */
  | { readonly code: "under_review" }
  /** The billing cycle it was priced for is not the running one any more. */
  | { readonly code: "order_out_of_date" }
  | { readonly code: "acknowledgement_required" }
  | PayingCardError;

const DAY_MS = 86_400_000;
/** So close to the end of the cycle a buyer has to say that they know. */
export const LATE_PURCHASE_MS = 3 * DAY_MS;

/**
 * Charges the order to a saved card: the attempt with its key is stored, then Stripe is asked once, then the
 * outcome is settled in one transaction. Called again while an attempt is under way, or after it was paid, it
 * starts nothing and answers with the order as it is.
 */
export async function confirmOrder(
  deps: BillingDeps,
  request: ConfirmOrder,
): Promise<Result<Settled, ConfirmOrderError>> {
  const begin = () =>
    acrossCycles(deps, request.accountId, (checkOpen) =>
      transact(deps.db, (tx) => beginAttempt(tx, deps, request, checkOpen)),
    );
  let begun = await begin();
  if (begun.ok && begun.value.former) {
    const settled = await endFormerPayment(deps, request, begun.value.former);
    if (settled) return ok(settled);
    begun = await begin();
  }
  if (!begun.ok) return begun;
  const { order, attempt } = begun.value;
  if (!attempt) return ok(await settleOrder(deps, request));
  const asked = await deps.gateway.charge(chargeOf(order, attempt));
  return ok(await settleOrder(deps, request, { heard: { asked, attemptNumber: attempt.number } }));
}

type Begun = {
  readonly order: OrderRow;
  /** Null when there is nothing to charge now. */
  readonly attempt: AttemptRow | null;
  /** The order's payment of a customer that was deleted since: nothing new is charged before it has ended. */
  readonly former: FormerPayment | null;
};

type FormerPayment = { readonly paymentIntentId: string; readonly attemptNumber: number | null };

/**
 * Ends the payment of a customer that was deleted, which no card of the account can pay any more, so that the next attempt
 * makes one of its own. Returns where the order is when it must not be charged now: it is paid after all, or nobody knows.
 */
async function endFormerPayment(
  deps: BillingDeps,
  ref: OrderRef,
  { paymentIntentId, attemptNumber }: FormerPayment,
): Promise<Settled | null> {
  const asked = refusedIsUnknown(await deps.gateway.cancelPayment(paymentIntentId));
  const settled = await settleOrder(deps, ref, { heard: { asked, attemptNumber } });
  const hasEnded = asked.kind === "answered" && asked.value.status === "canceled";
  return hasEnded && settled.status === "declined" ? null : settled;
}

async function beginAttempt(
  tx: Tx,
  { appUrl, buysInDispute }: Pick<BillingDeps, "appUrl" | "buysInDispute">,
  request: ConfirmOrder,
  checkOpen: CheckOpen,
): Promise<Result<Begun, ConfirmOrderError>> {
  const { account, state, now } = await lockOrder(tx, request);
  checkOpen({ account, now });
  if (!state) return err({ code: "order_not_found" });
  const { order } = state;
  if (order.status === "canceled" || order.cancelRequestedAt) return err({ code: "order_canceled" });
  if (order.parkedReason) return err({ code: "under_review" });
  if (order.status !== "pending" && order.status !== "declined")
    return ok({ order, attempt: null, former: null });

  const switchedOn = await checkPurchasesOpen(tx);
  if (!switchedOn.ok) return switchedOn;
  const mayBuy = checkMayBuy(account, now);
  if (!mayBuy.ok) return mayBuy;
  if (!buysInDispute && (await hasOpenDispute(tx, account.id))) return err({ code: "payment_disputed" });
  if (order.expiresAt.getTime() !== account.periodEnd.getTime()) return err({ code: "order_out_of_date" });
  if (!request.expiryAcknowledged && !order.expiryAcknowledgedAt && isLatePurchase(order.expiresAt, now)) {
    return err({ code: "acknowledgement_required" });
  }
  const chosen = await choosePayingCard(tx, account, request.paymentMethodId);
  if (!chosen.ok) return chosen;
  const former = formerPaymentOf(state, account);
  if (former) return ok({ order, attempt: null, former });
  const { expiryAcknowledged: acknowledged } = request;
  return ok(await insertAttempt(tx, { state, account, card: chosen.value, appUrl, now, acknowledged }));
}

/** All attempts of an order confirm one payment, which belongs to the customer of the first. */
function formerPaymentOf({ order, attempt }: OrderState, account: AccountRow): FormerPayment | null {
  if (!order.paymentIntentId || !attempt || attempt.customerId === account.stripeCustomerId) return null;
  return { paymentIntentId: order.paymentIntentId, attemptNumber: attempt.number };
}

export const isLatePurchase = (expiresAt: Date, now: Date): boolean =>
  expiresAt.getTime() - now.getTime() <= LATE_PURCHASE_MS;

type NewAttempt = {
  state: OrderState;
  account: AccountRow;
  card: PayingCard;
  appUrl: string;
  now: Date;
  acknowledged: boolean;
};

async function insertAttempt(
  tx: Tx,
  { state, account, card, appUrl, now, acknowledged }: NewAttempt,
): Promise<Begun> {
  const { order } = state;
  invariant(account.stripeCustomerId, "a saved card belongs to a customer");
  const number = (state.attempt?.number ?? 0) + 1;
  const attempt: AttemptRow = {
    accountId: order.accountId,
    orderId: order.id,
    number,
    idempotencyKey: `order:${order.id}:attempt:${number}`,
    status: "started",
    customerId: account.stripeCustomerId,
    paymentMethodId: card.id,
    cardBrand: card.brand,
    cardLast4: card.last4,
    returnUrl: `${appUrl}/settings/billing/buy-credit/${toPublicId("order", order.id)}/return`,
    metadata: order.paymentIntentId === null ? describeOrder(order) : null,
    // One PaymentIntent for all attempts of an order: Stripe itself lets it succeed only once.
    cardsOnly: true,
    paymentIntentId: order.paymentIntentId,
    confirmsExisting: order.paymentIntentId !== null,
    declineCode: null,
    createdAt: now,
    endedAt: null,
  };
  const expiryAcknowledgedAt = acknowledged
    ? (order.expiryAcknowledgedAt ?? now)
    : order.expiryAcknowledgedAt;
  await Promise.all([
    tx.insert(attempts).values(attempt),
    moveOrder(tx, { order, attempt }, "processing", now, { expiryAcknowledgedAt }),
  ]);
  return { order, attempt, former: null };
}
