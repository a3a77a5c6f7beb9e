import { type ConfirmOrder, confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { findOrder } from "../../lib/billing/orders/queries";
import { toPublicId } from "../../lib/ids";
import { getBalance } from "../../lib/ledger/queries";
import { type Buyer, bundleRequest, type openShop } from "./shop";

/** What tests of buying do and look at, at a shop of theirs. */
export function buyingAt(shop: ReturnType<typeof openShop>) {
  async function place(buyer: Buyer, bundleId?: string): Promise<string> {
    const placed = await placeOrder(shop.deps, bundleRequest(buyer, bundleId));
    if (!placed.ok) throw new Error(placed.error.code);
    return placed.value.orderId;
  }

  const confirm = (buyer: Buyer, orderId: string, more: Partial<ConfirmOrder> = {}) =>
    confirmOrder(shop.deps, {
      accountId: buyer.accountId,
      orderId,
      paymentMethodId: null,
      expiryAcknowledged: false,
      ...more,
    });

  const view = async (buyer: Buyer, orderId: string) => {
    const found = await findOrder(shop.db, buyer.accountId, toPublicId("order", orderId));
    if (!found) throw new Error("no such order");
    return found;
  };

  const remaining = async (buyer: Buyer) => (await getBalance(shop.db, buyer.accountId)).remaining;
  const succeeded = async (buyer: Buyer) =>
    (await shop.charges(buyer.customerId)).filter((each) => each.status === "succeeded");

  /** Lets so much time pass for an order, as far as the sweeper can tell. */
  const age = async (orderId: string, interval: string) => {
    await shop.owner`update orders set created_at = now() - ${interval}::interval, updated_at = now() - ${interval}::interval where id = ${orderId}`;
    await shop.owner`update attempts set created_at = now() - ${interval}::interval where order_id = ${orderId}`;
  };

  /** The requests the simulator answered lately, newest first. */
  async function recentRequests(): Promise<{ method: string; path: string }[]> {
    const answer = await fetch(`${shop.simulator.url}/_sim/requests`);
    const { requests } = (await answer.json()) as { requests: { method: string; path: string }[] };
    return requests;
  }

  return { place, confirm, view, remaining, succeeded, age, recentRequests };
}
