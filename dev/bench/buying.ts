import { eq } from "drizzle-orm";
import { accounts } from "../../db/schema";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import type { BillingDeps } from "../../lib/billing/deps";
import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { newId } from "../../lib/ids";
import { createStripe } from "../../lib/stripe/client";
import { makeAccount } from "../testing/factories";

export type Buyer = { readonly accountId: string; readonly userId: string };

/** An account on a paid plan with a saved card that pays. */
export async function makeBuyer(deps: BillingDeps, simulatorUrl: string): Promise<Buyer> {
  const stripe = createStripe({ secretKey: "sk_test_bench", apiBase: simulatorUrl });
  const { accountId, userId, email } = await makeAccount(deps.db);
  const { id: customerId } = await stripe.customers.create({ email, metadata: { account_id: accountId } });
  await deps.db.update(accounts).set({ stripeCustomerId: customerId }).where(eq(accounts.id, accountId));
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customerId });
  await deps.gateway.setDefaultCard(customerId, card.id);
  const synced = await syncPaymentMethods(deps, { accountId, customerId });
  if (!synced.ok) throw new Error("a buyer's card could not be learned");
  return { accountId, userId };
}

/** Places an order for the usual bundle; answers its id. */
export async function place(deps: BillingDeps, buyer: Buyer): Promise<string> {
  const choice = { kind: "bundle", bundleId: "usd500" } as const;
  const { accountId, userId } = buyer;
  const placed = await placeOrder(deps, { accountId, userId, requestId: newId(), choice });
  if (!placed.ok) throw new Error(`an order could not be placed: ${placed.error.code}`);
  return placed.value.orderId;
}

/** Milliseconds from the call to the answer; throws unless the order was paid. */
export async function confirmDirectly(
  deps: BillingDeps,
  orderId: string,
  { accountId }: Buyer,
): Promise<number> {
  const request = { accountId, orderId, paymentMethodId: null, expiryAcknowledged: true };
  const started = performance.now();
  const confirmed = await confirmOrder(deps, request);
  const totalMs = performance.now() - started;
  if (!confirmed.ok || confirmed.value.status !== "paid")
    throw new Error(`an order could not be paid: ${JSON.stringify(confirmed)}`);
  return totalMs;
}
