import { eq } from "drizzle-orm";
import { accounts } from "../../../db/schema";
import type { BillingDeps } from "../deps";
import { findOrderState, type OrderRef } from "./rows";

const MINUTE_MS = 60_000;

/**
 * Whether Stripe has, or may have, a payment for an order that names none here. Every attempt is stored before Stripe is asked,
 * so this is only so where our own record was lost: the database is an older one that was restored. Such an order is nobody's to
 * cancel: `npm run recover` brings its payment back. An order whose payment is known is asked about by `cancelOrder` itself.
 */
export async function hasUnknownPayment(deps: BillingDeps, ref: OrderRef): Promise<boolean> {
  const { db, gateway, log } = deps;
  const state = await findOrderState(db, ref);
  if (!state || state.order.paymentIntentId) return false;
  const [account] = await db
    .select({ customerId: accounts.stripeCustomerId })
    .from(accounts)
    .where(eq(accounts.id, ref.accountId));
  const customerId = state.attempt?.customerId ?? account?.customerId;
  if (!customerId) return false; // Nobody Stripe could have charged.
  const since = new Date(state.order.createdAt.getTime() - MINUTE_MS);
  const asked = await gateway.listPaymentsOfOrder({ customerId, orderId: ref.orderId, since });
  if (asked.kind !== "answered") {
    log.warn({ ...ref, asked }, "Stripe did not say whether an order that was left lying was paid");
    return true;
  }
  const [payment] = asked.value.filter(({ status }) => status !== "canceled");
  if (!payment) return false;
  log.error(
    { ...ref, paymentIntentId: payment.id },
    "Stripe has a payment for an order that was never paid here, so this database is an older one: npm run recover",
  );
  return true;
}
