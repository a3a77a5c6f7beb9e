import type { Tx } from "../../../../db/client";
import { transact } from "../../../../db/transact";
import { acrossCycles } from "../../allowances/cycles/across";
import type { BillingDeps } from "../../deps";
import type { PaymentReturns } from "../../gateway";
import { MAX_READS } from "../../provider-reads";
import { tellOfReturns } from "../../returns/attention";
import { findReturns } from "../return-rows";
import { findOrderState, lockOrder, type OrderRef, type OrderStatus } from "../rows";
import { settleOrder } from "../settle";
import { applyReturns } from "./apply";
import { acceptReturnsRead, startReturnsRead, storeRead } from "./rows";

export type ReturnsOptions = {
  /** Runs in the transaction that settles, whatever it finds: how an event becomes handled together with its effect. */
  readonly also?: (tx: Tx) => Promise<void>;
};

export type OrderReturnsSettled = {
  /** Null when this account has no such order. */
  readonly status: OrderStatus | null;
  /** Stripe did not say: nothing changed, and it is to be asked again. */
  readonly unknown: boolean;
};

/**
 * Brings an order to where Stripe says the money is that was paid for it: the one function for a refund of ours, the webhook,
 * the page and the sweeper. Asks Stripe first, then commits facts, credits, state, attention and mails in one transaction.
 * Money may go back before anybody heard that it was paid: the order is paid first. Any number of callers end in one effect.
 */
export async function settleOrderReturns(
  deps: BillingDeps,
  ref: OrderRef,
  options: ReturnsOptions & { readonly paymentIntentId?: string } = {},
): Promise<OrderReturnsSettled> {
  const found = await findOrderState(deps.db, ref);
  if (!found) return { status: null, unknown: false };
  if (!found.order.paidAt) {
    const settled = await settleOrder(deps, ref, { paymentIntentId: options.paymentIntentId });
    if (settled.unknown) return settled;
  }
  for (let tries = 0; tries < MAX_READS; tries += 1) {
    const settled = await readOnce(deps, ref, options);
    if (settled !== "read_again") return settled;
  }
  return { status: found.order.status, unknown: true };
}

async function readOnce(
  deps: BillingDeps,
  ref: OrderRef,
  { also }: ReturnsOptions,
): Promise<OrderReturnsSettled | "read_again"> {
  const number = await startReturnsRead(deps.db, ref);
  const found = await findOrderState(deps.db, ref);
  const { paidAt = null, paymentIntentId = null } = found?.order ?? {};
  const asked = paidAt && paymentIntentId ? await deps.gateway.readReturns(paymentIntentId) : null;
  if (asked && asked.kind !== "answered") {
    deps.log.warn({ orderId: ref.orderId, asked }, "what became of an order's money could not be read");
    return { status: found?.order.status ?? null, unknown: true };
  }
  const read = asked?.value ?? null;
  return acrossCycles(deps, ref.accountId, (checkOpen) =>
    transact(deps.db, async (tx) => {
      const { account, state, now } = await lockOrder(tx, ref);
      checkOpen({ account, now });
      if (!state?.order.paidAt || !read) {
        await also?.(tx);
        return { status: state?.order.status ?? null, unknown: false };
      }
      const verdict = await acceptReturnsRead(tx, state.order, number);
      if (verdict === "read_again") return verdict;
      const scene = { account, order: state.order, now };
      const status = verdict === "apply" ? await applyRead(tx, deps, scene, read) : state.order.status;
      await also?.(tx);
      return { status, unknown: false };
    }),
  );
}

async function applyRead(
  tx: Tx,
  { log }: BillingDeps,
  scene: Parameters<typeof applyReturns>[1],
  read: PaymentReturns,
): Promise<OrderStatus> {
  const { order, now } = scene;
  const ref = { accountId: order.accountId, orderId: order.id };
  const was = await findReturns(tx, ref);
  await storeRead(tx, ref, read, now);
  const status = await applyReturns(tx, scene, was);
  await tellOfReturns(tx, {
    accountId: order.accountId,
    about: { order: order.reference, payment: order.paymentIntentId },
    currency: order.currency,
    isRefunded: status === "refunded",
    ...{ facts: await findReturns(tx, ref), read, now, log },
  });
  return status;
}
