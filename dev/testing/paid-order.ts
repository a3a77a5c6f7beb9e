import { eq } from "drizzle-orm";
import { orders } from "../../db/schema";
import { settleReturns } from "../../lib/billing/orders/returns/settle";
import { toPublicId } from "../../lib/ids";
import { atStripeOf } from "./at-stripe";
import { buyingAt } from "./buying";
import type { Shop } from "./shop";

/** A buyer who has paid for an order, and what Stripe's dashboard or the payer's bank does to its charge. */
export async function buyOne(shop: Shop) {
  const { place, confirm } = buyingAt(shop);
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer);
  await confirm(buyer, orderId, { expiryAcknowledged: true });
  const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
  const [charge] = await shop.charges(buyer.customerId);
  if (!order?.grantId || !charge) throw new Error("the order is not paid");
  const tell = () => settleReturns(shop.deps, { paymentIntentId: String(charge.payment_intent) });
  const atStripe = atStripeOf(shop);
  return { buyer, order, grant: toPublicId("grant", order.grantId), charge: charge.id, tell, atStripe };
}
