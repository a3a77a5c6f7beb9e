import type { Tx } from "../../../db/client";
import { transact } from "../../../db/transact";
import { billingPeriodAt } from "../../calendar";
import { newId } from "../../ids";
import { byCustomer } from "../../ledger/cause";
import { commit } from "../../ledger/commit";
import { paidBackBy } from "../../ledger/queries";
import { invariant, unreachable } from "../../result";
import type { AccountRow } from "../account";
import { acrossCycles } from "../allowances/cycles/across";
import type { BillingDeps } from "../deps";
import type { Payment } from "../gateway";
import { tell } from "../told";
import { type Asking, askAboutOrder } from "./ask-payment";
import { mailBankWaits, mailDecline, mailReceipt, withdrawBankMail } from "./mails";
import { type MismatchReason, mismatchOf } from "./payment-matches";
import {
  changeAttempt,
  changeOrder,
  isOpen,
  lockOrder,
  moveOrder,
  type OrderRef,
  type OrderRow,
  type OrderState,
  type OrderStatus,
  recordPayment,
} from "./rows";

export type Settled = {
  /** Null when this account has no such order. */
  readonly status: OrderStatus | null;
  /** The bank's page, when the buyer has to go there. Not stored anywhere. */
  readonly actionUrl: string | null;
  /** Stripe did not say; the order stays as it is and is asked about again. */
  readonly unknown: boolean;
};

type SettleOptions = {
  /** What Stripe just answered about an attempt, when the caller is the one who asked. */
  readonly heard?: Asking;
  /** A PaymentIntent somebody says belongs to this order. A hint: Stripe is asked about it. */
  readonly paymentIntentId?: string;
  /** Runs in the transaction that settles, whatever it finds: how an event becomes handled together with its effect. */
  readonly also?: (tx: Tx) => Promise<void>;
};

/**
 * Brings an order to where Stripe says its payment is: the one function for the action, the return page, the
 * webhook and the sweeper. Asks Stripe first (unless the caller just did), then commits order, attempt, grant and
 * entries in one transaction. Any number of callers at once end in one grant and get the same answer.
 */
export async function settleOrder(
  deps: BillingDeps,
  ref: OrderRef,
  options: SettleOptions = {},
): Promise<Settled> {
  const asking = options.heard ?? (await askAboutOrder(deps, ref, options.paymentIntentId));
  const settled = await acrossCycles(deps, ref.accountId, (checkOpen) =>
    transact(deps.db, async (tx) => {
      const { account, state, now } = await lockOrder(tx, ref);
      checkOpen({ account, now });
      const after = state ? await apply(tx, deps, { account, state, asking, now }) : null;
      const unknown = asking?.asked.kind === "unknown";
      if (!unknown) await options.also?.(tx);
      return { after, unknown };
    }),
  );
  const payment = asking?.asked.kind === "answered" ? asking.asked.value : null;
  const waits = settled.after === "requires_action";
  return {
    status: settled.after,
    actionUrl: waits ? (payment?.actionUrl ?? null) : null,
    unknown: settled.unknown,
  };
}

type Scene = { account: AccountRow; state: OrderState; asking: Asking | null; now: Date };

/** Applies what was heard to the order as it is now, under the account's lock. Returns its state afterwards. */
async function apply(tx: Tx, deps: BillingDeps, scene: Scene): Promise<OrderStatus> {
  const { order } = scene.state;
  const { asking } = scene;
  if (!asking || order.paidAt) return order.status;
  switch (asking.asked.kind) {
    case "unknown":
      deps.log.warn(
        { orderId: order.id, attempt: asking.attemptNumber, reason: asking.asked.reason },
        "payment outcome unknown",
      );
      return order.status;
    case "refused":
      return applyRefusal(tx, scene, asking.asked.code);
    case "answered":
      return applyPayment(tx, deps, scene, asking.asked.value);
    default:
      return unreachable(asking.asked);
  }
}

/**
 * Of an order that is over only money that was taken all the same has to be looked at; once more than that only what the operator
 * who closed it did not know of.
 */
const isNoNews = ({ status, closedAt, parkedPaymentIds }: OrderRow, payment: Payment): boolean =>
  status === "canceled" &&
  (payment.status !== "succeeded" || (closedAt !== null && parkedPaymentIds.includes(payment.id)));

/** Only the attempt that was asked about is ended by the answer: a newer one has an answer of its own coming. */
const concerns = ({ state, asking }: Scene): boolean => state.attempt?.number === asking?.attemptNumber;

async function applyRefusal(tx: Tx, scene: Scene, code: string): Promise<OrderStatus> {
  const { state, now } = scene;
  if (!isOpen(state.attempt) || !concerns(scene)) return state.order.status;
  await changeAttempt(tx, state.attempt, { status: "failed", declineCode: code, endedAt: now });
  await moveOrder(tx, state, "declined", now);
  await mailDecline(tx, state.order, state.attempt, { status: "failed", declineCode: code });
  return "declined";
}

async function applyPayment(tx: Tx, deps: BillingDeps, scene: Scene, payment: Payment): Promise<OrderStatus> {
  const { state } = scene;
  if (isNoNews(state.order, payment)) return state.order.status;
  const mismatch = mismatchOf(payment, state);
  if (mismatch) return park(tx, deps, state, payment, mismatch);
  // A canceled order's payment is canceled first, so only a closed one's can be; somebody's money is at stake.
  if (state.order.status === "canceled") return park(tx, deps, state, payment, "paid after it was canceled");
  if (payment.status === "succeeded") return applySuccess(tx, scene, payment);
  if (!concerns(scene)) return state.order.status;
  return applyOpenOrFailed(tx, scene, payment);
}

async function applyOpenOrFailed(tx: Tx, scene: Scene, payment: Payment): Promise<OrderStatus> {
  const { state, now } = scene;
  const { order, attempt } = state;
  switch (payment.status) {
    case "processing":
    case "requires_action": {
      const status = payment.status;
      if (!isOpen(attempt) || (attempt.status === status && order.status === status)) return order.status;
      await changeAttempt(tx, attempt, { status, paymentIntentId: payment.id });
      await moveOrder(tx, state, status, now, { paymentIntentId: payment.id });
      if (status === "requires_action") await mailBankWaits(tx, order, attempt);
      else await withdrawBankMail(tx, attempt);
      return status;
    }
    case "declined":
    case "idle": {
      if (!isOpen(attempt)) return order.status;
      const status = payment.status === "declined" ? "declined" : "failed";
      await changeAttempt(tx, attempt, {
        status,
        declineCode: payment.failureCode,
        paymentIntentId: payment.id,
        endedAt: now,
      });
      await moveOrder(tx, state, "declined", now, { paymentIntentId: payment.id });
      await mailDecline(tx, order, attempt, { status, declineCode: payment.failureCode });
      return "declined";
    }
    case "canceled":
      return applyCanceled(tx, scene, payment);
    default:
      throw new Error(`not an open or failed payment: ${payment.status}`);
  }
}

/** Canceled because the order was; or at the provider by somebody else, and then the next attempt makes a new one. */
async function applyCanceled(tx: Tx, { state, now }: Scene, payment: Payment): Promise<OrderStatus> {
  const { order, attempt } = state;
  if (isOpen(attempt)) {
    await changeAttempt(tx, attempt, { status: "canceled", paymentIntentId: payment.id, endedAt: now });
  }
  if (order.cancelRequestedAt) {
    await moveOrder(tx, state, "canceled", now, { canceledAt: now });
    if (attempt) await withdrawBankMail(tx, attempt);
    return "canceled";
  }
  await moveOrder(tx, state, "declined", now, { paymentIntentId: null });
  if (attempt) await mailDecline(tx, order, attempt, { status: "canceled", declineCode: null });
  return "declined";
}

/** Order, grant and entries together: what was paid is usable from this commit on. */
async function applySuccess(tx: Tx, { account, state, now }: Scene, payment: Payment): Promise<OrderStatus> {
  const { order, attempt } = state;
  invariant(attempt, "what was paid was attempted");
  const expiresAt = expiryAt(order.expiresAt, account, now);
  const grant = {
    id: newId(),
    kind: "purchase",
    source: `order:${order.id}`,
    credits: order.credits,
    startsAt: now,
    expiresAt,
  } as const;
  const [outcome] = await commit(tx, order.accountId, [
    { key: grant.source, command: { kind: "grant", grant }, cause: byCustomer(order.placedBy, "paid for") },
  ]);
  invariant(outcome?.kind === "done", `order ${order.id} was not granted before it was paid`);
  const [paidBack] = await Promise.all([
    paidBackBy(tx, order.accountId, grant.id),
    changeAttempt(tx, attempt, {
      status: "succeeded",
      declineCode: null,
      paymentIntentId: payment.id,
      endedAt: attempt.endedAt ?? now,
    }),
    moveOrder(tx, state, "paid", now, {
      paymentIntentId: payment.id,
      grantId: grant.id,
      paidAt: now,
      expiresAt,
      parkedReason: null,
    }),
    // Sent after the order's: it refers to what that has just become.
    recordPayment(tx, order, { paymentIntentId: payment.id, grantId: grant.id, paidAt: now }),
  ]);
  await mailReceipt(tx, order, attempt, { paidAt: now, expiresAt, paidBack });
  return "paid";
}

/**
 * Credits belong to the cycle they are bought in. A payment that the bank finished only after the cycle's end was
 * bought in the next one: nobody pays for credits that are dead on arrival. Where the plan was changed meanwhile they
 * get the later of the two ends, like all add-on credits.
 */
function expiryAt(promised: Date, account: AccountRow, now: Date): Date {
  const later = promised > account.periodEnd ? promised : account.periodEnd;
  return later > now ? later : billingPeriodAt(account.cycleAnchor, now).end;
}

/**
 * Nothing is granted on a payment that is not this order's; an operator has to look, at each that took money: one does not
 * hide another.
 */
async function park(
  tx: Tx,
  deps: BillingDeps,
  state: OrderState,
  payment: Payment,
  reason: MismatchReason,
): Promise<OrderStatus> {
  deps.log.error(
    { orderId: state.order.id, paymentIntentId: payment.id, reason },
    "payment does not match its order",
  );
  const { accountId, id: orderId, parkedPaymentIds: tookMoney } = state.order;
  const others = (state.order.parkedReason?.split("; ") ?? []).filter((each) =>
    tookMoney.some((id) => id !== payment.id && each.startsWith(`${id}: `)),
  );
  const takesMoney = payment.status === "succeeded" && !tookMoney.includes(payment.id);
  await changeOrder(tx, state.order, {
    parkedReason: [...others, `${payment.id}: ${reason}`].join("; "),
    parkedPaymentIds: takesMoney ? [...tookMoney, payment.id] : tookMoney,
  });
  if (state.order.parkedReason === null)
    tell(tx, { kind: "order_parked", accountId, orderId, outcome: "parked" });
  return state.order.status;
}
