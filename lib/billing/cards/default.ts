import { and, eq, isNull } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { accounts, paymentMethods, subscriptions } from "../../../db/schema";
import { err, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import {
  type CardRef,
  findLiveSubscription,
  type ProviderUnavailable,
  syncPaymentMethods,
  unavailable,
} from "./sync";

/**
 * Makes a card what the account pays with from now on, for credits and for renewals, and refetches the cards. Called
 * again it changes nothing.
 */
export async function adoptCard(
  deps: BillingDeps,
  card: { readonly accountId: string; readonly customerId: string; readonly paymentMethodId: string },
): Promise<Result<undefined, ProviderUnavailable>> {
  const { accountId, customerId, paymentMethodId } = card;
  const live = await findLiveSubscription(deps.db, accountId);
  if (live && live.paymentMethodId !== paymentMethodId) {
    // Stripe charges renewals to the subscription's own card before the customer's default.
    const renewed = await deps.plans.setSubscriptionCard(live.id, paymentMethodId);
    if (renewed.kind !== "answered") return unavailable(deps, renewed);
  }
  const set = await deps.gateway.setDefaultCard(customerId, paymentMethodId);
  if (set.kind !== "answered") return unavailable(deps, set);
  // Asked only now: whatever is heard from here on was read after it.
  return syncPaymentMethods(deps, { accountId, customerId }, async (tx) => {
    if (live) await noteSubscriptionCard(tx, accountId, live.id, paymentMethodId);
  });
}

const noteSubscriptionCard = (tx: Tx, accountId: string, id: string, paymentMethodId: string) =>
  tx
    .update(subscriptions)
    .set({ paymentMethodId })
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id)));

/** Pays with this saved card from now on, renewals included. */
export async function makeDefaultCard(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable | { readonly code: "unknown_card" }>> {
  const [card] = await deps.db
    .select({ customerId: accounts.stripeCustomerId })
    .from(paymentMethods)
    .innerJoin(accounts, eq(accounts.id, paymentMethods.accountId))
    .where(
      and(
        eq(paymentMethods.accountId, accountId),
        eq(paymentMethods.id, paymentMethodId),
        isNull(paymentMethods.removeRequestedAt),
      ),
    );
  if (!card?.customerId) return err({ code: "unknown_card" });
  return adoptCard(deps, { accountId, customerId: card.customerId, paymentMethodId });
}
