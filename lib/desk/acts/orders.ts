import { endClosedOrder } from "../../billing/orders/end-closed";
import { findReturns } from "../../billing/orders/return-rows";
import {
  type BegunRefund,
  beginRefund,
  type RefundOrderError,
  sendRefund,
} from "../../billing/orders/returns/refund";
import { settleOrderReturns } from "../../billing/orders/returns/settle-order";
import { changeAttempt, findOrderState, isOpen, moveOrder, type OrderState } from "../../billing/orders/rows";
import { decideReturns } from "../../billing/returns/decide";
import { toPublicId } from "../../ids";
import { NO_CREDITS } from "../../money/credits";
import { err, invariant, ok, type Result } from "../../result";
import { type AccountScene, type ActRefusal, type Aftermath, accountAct, type Measured } from "./act";
import { measureBooks } from "./books";
import { readCents, readId } from "./read-fields";

/** Pays an order back, in part or all that is left: the credits are taken before Stripe is asked. Nothing takes a refund back. */
export const refundOrder = accountAct({
  fields: ["order", "cents"],
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const { order } = found.value;
    const amount = readCents(scene.fields);
    if (!amount.ok) return amount;
    const { returnedCents, refunds } = await returnsOf(scene, order.id);
    const leftCents = order.amountCents - returnedCents;
    const ref = { accountId: scene.account.id, orderId: order.id };
    let begun: BegunRefund | null = null;
    return ok({
      subject: toPublicId("order", order.id),
      basis: [order.status, String(returnedCents), ...refunds.map(({ id, status }) => `${id} ${status}`)],
      weighs: { cents: amount.value ?? (leftCents as typeof order.amountCents), credits: order.credits },
      measure: () => measureOrder(scene, order.id),
      run: async () => {
        const by = { as: "operator", userId: scene.operatorId } as const;
        const request = { amountCents: amount.value, by, why: scene.reason };
        const asked = await beginRefund(scene.tx, ref, request, () => {});
        if (!asked.ok) return err(refusalOf(asked.error));
        if (!asked.value.isNew) return err({ code: "order_under_way" });
        begun = asked.value;
        return ok({ refund: toPublicId("refund", begun.refund.id) });
      },
      afterwards: async (deps): Promise<Aftermath> => {
        invariant(begun, "a refund that was done was begun");
        const sent = await sendRefund(deps, ref, begun);
        if (!sent.ok)
          return { kind: "refused", why: "reason" in sent.error ? sent.error.reason : sent.error.code };
        return { kind: sent.value.unknown ? "unknown" : "done" };
      },
    });
  },
  counter: null,
});

function refusalOf(error: RefundOrderError): ActRefusal {
  switch (error.code) {
    case "order_not_paid":
    case "order_disputed":
      return { code: error.code };
    case "nothing_left":
      return { code: "nothing_left" };
    case "more_than_left":
      return error;
    case "order_not_found":
      return { code: "subject_not_found" };
    default:
      throw new Error(`an operator's refund was refused: ${error.code}`);
  }
}

/** Asks Stripe what became of an order, and brings it there. */
export const settleOrder = accountAct({
  fields: ["order"],
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const { order } = found.value;
    return ok({
      subject: toPublicId("order", order.id),
      basis: [order.status, String(order.parkedReason)],
      measure: () => measureOrder(scene, order.id),
      run: async () => ok({}),
      afterwards: async (deps): Promise<Aftermath> => {
        const ref = { accountId: scene.account.id, orderId: order.id };
        const settled = await settleOrderReturns(deps, ref);
        return { kind: settled.unknown ? "unknown" : "done", why: settled.status ?? undefined };
      },
    });
  },
  counter: null,
});

/**
 * Ends a parked order unpaid: what happened to its money was settled elsewhere. Nothing is paid back, and what might still be
 * charged for it is canceled at Stripe.
 */
export const closeOrder = accountAct({
  fields: ["order"],
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const { order, attempt } = found.value;
    if (order.paidAt) return err({ code: "order_paid" });
    if (!order.parkedReason) return err({ code: "order_not_parked" });
    return ok({
      subject: toPublicId("order", order.id),
      basis: [order.status, order.parkedReason, ...order.parkedPaymentIds],
      weighs: { cents: order.amountCents },
      measure: () => measureOrder(scene, order.id),
      run: async () => {
        const { tx, now } = scene;
        if (isOpen(attempt)) await changeAttempt(tx, attempt, { status: "canceled", endedAt: now });
        await moveOrder(tx, found.value, "canceled", now, {
          canceledAt: now,
          closedAt: now,
          nextClosedReadAt: now,
          parkedReason: null,
        });
        return ok({ parked: order.parkedReason ?? "" });
      },
      afterwards: async (deps): Promise<Aftermath> => {
        const ended = await endClosedOrder(deps, { accountId: scene.account.id, orderId: order.id });
        return ended === "parked_again" ? { kind: "refused", why: ended } : { kind: ended };
      },
    });
  },
  counter: ({ order, parked }) =>
    order && parked ? { kind: "reopen_order", fields: { order, sentence: parked } } : null,
});

/** Parks a closed order again, for why it was parked. */
export const reopenOrder = accountAct({
  fields: ["order", "sentence"],
  onlyAsCounter: true,
  prepare: async (scene) => {
    const found = await findNamed(scene);
    if (!found.ok) return found;
    const { order } = found.value;
    if (order.status !== "canceled") return err({ code: "already_so" });
    const { fields, tx, now } = scene;
    return ok({
      subject: toPublicId("order", order.id),
      basis: [order.status],
      measure: () => measureOrder(scene, order.id),
      run: async () => {
        await moveOrder(tx, found.value, "declined", now, {
          canceledAt: null,
          closedAt: null,
          nextClosedReadAt: null,
          // Of what was heard since it was closed, this tells.
          parkedReason: order.parkedReason ?? fields.sentence,
        });
        return ok({});
      },
    });
  },
  counter: null,
});

async function findNamed(scene: AccountScene): Promise<Result<OrderState, ActRefusal>> {
  const id = readId(scene.fields, "order", "order");
  if (!id.ok) return id;
  const state = await findOrderState(scene.tx, { accountId: scene.account.id, orderId: id.value });
  return state ? ok(state) : err({ code: "subject_not_found" });
}

async function returnsOf({ tx, account }: AccountScene, orderId: string) {
  const ref = { accountId: account.id, orderId };
  const [state, stored] = await Promise.all([findOrderState(tx, ref), findReturns(tx, ref)]);
  invariant(state, "the order was found");
  const { returnedCents } = decideReturns(state.order, stored, NO_CREDITS);
  return { returnedCents, refunds: stored.refunds, order: state.order };
}

async function measureOrder(scene: AccountScene, orderId: string): Promise<readonly Measured[]> {
  const { order, returnedCents } = await returnsOf(scene, orderId);
  return [
    ...(await measureBooks(scene)),
    { name: "Order", unit: "text", value: order.status },
    { name: "Paid back", unit: "cents", value: String(returnedCents) },
    { name: "Parked", unit: "text", value: order.parkedReason ?? "no" },
  ];
}
