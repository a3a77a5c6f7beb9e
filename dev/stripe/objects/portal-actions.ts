import type Stripe from "stripe";
import { idOf } from "../ids";
import { refused } from "../wire/errors";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { emitChange } from "./events";
import { defaultMethods, getMethodConfiguration, typesOf } from "./payment-method-configurations";
import { detach } from "./payment-methods";
import { getConfiguration } from "./portal-configurations";
import type { PortalSession } from "./portal-sessions";
import { attemptSetup } from "./setup-attempt";
import { createSetupIntent } from "./setup-intents";
import { cancelAtPeriodEnd, cancelNow } from "./subscription-cancel";
import { getSubscription, type Subscription } from "./subscription-rows";
import { updateSubscription } from "./subscription-update";

/** Saves a card for the customer and makes it their default; their bank may have to be asked first. */
export function addCard(
  work: Work,
  session: PortalSession,
  method: Stripe.PaymentMethod,
  returnUrl: string,
): Stripe.SetupIntent {
  const { customer } = session;
  const intent = createSetupIntent(work, { customer, payment_method: method.id });
  const tried = attemptSetup(work, intent, { returnUrl, useStripeSdk: false, checkoutSession: null });
  if (tried.status === "succeeded") makeDefault(work, customer, method.id);
  else work.store.update("attempt", intent.id, { makesDefault: true });
  return tried;
}

/** The bank agreed to save a card that was added here. */
export function finishAddingCard(work: Work, intentId: string): void {
  const intent = work.store.get("setup_intent", intentId);
  const [customer, method] = [idOf(intent?.customer), idOf(intent?.payment_method)];
  if (intent?.status !== "succeeded" || !customer || !method) return;
  if (work.store.get("attempt", intentId)?.makesDefault) makeDefault(work, customer, method);
}

export function makeDefault(work: Work, customerId: string, method: string): void {
  const before = getCustomer(work, customerId);
  if (idOf(work.store.get("payment_method", method)?.customer) !== customerId)
    throw refused("This card is not yours any more.");
  const invoice_settings = { ...before.invoice_settings, default_payment_method: method };
  const after = work.store.update("customer", customerId, { invoice_settings });
  emitChange(work, "customer.updated", before, after);
}

export function removeCard(work: Work, session: PortalSession, id: string): void {
  const method = work.store.get("payment_method", id);
  if (method && method.customer === session.customer) detach(work, method);
}

/** Cancels as the configuration says, or takes a cancellation back that has not come yet. */
export function setCanceled(work: Work, session: PortalSession, id: string, canceled: boolean): void {
  const subscription = ownSubscription(work, session, id);
  if (subscription.schedule) throw refused("A change is scheduled for this plan. Take that back first.");
  const { mode } = featuresOf(work, session).subscription_cancel;
  if (canceled && mode === "immediately") cancelNow(work, id, "cancellation_requested");
  else cancelAtPeriodEnd(work, id, canceled);
}

/** Changes the subscription to what the session's flow asks the customer to confirm. */
export function confirmUpdate(work: Work, session: PortalSession): void {
  const asked = session.flow?.subscription_update_confirm;
  if (!asked) throw refused("There is nothing to confirm.");
  const { id } = ownSubscription(work, session, asked.subscription);
  const { billing_cycle_anchor, proration_behavior } = featuresOf(work, session).subscription_update;
  const items = asked.items.map((item) => ({
    id: item.id ?? undefined,
    price: item.price ?? undefined,
    quantity: item.quantity,
  }));
  const anchor = { type: billing_cycle_anchor === "now" ? "now" : "unchanged" } as const;
  const behavior = proration_behavior as "none" | "create_prorations" | "always_invoice";
  updateSubscription(
    work,
    id,
    {
      items,
      billing_cycle_anchor: anchor,
      proration_behavior: behavior,
      payment_behavior: "error_if_incomplete",
    },
    {},
  );
}

export function updateDetails(
  work: Work,
  session: PortalSession,
  given: { email: string; name: string },
): void {
  const before = getCustomer(work, session.customer);
  const email = given.email.trim();
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw refused("Your email address is incomplete.");
  const after = work.store.update("customer", before.id, { email, name: given.name.trim() || null });
  emitChange(work, "customer.updated", before, after);
}

export function featuresOf(work: Pick<Work, "store">, session: PortalSession) {
  return getConfiguration(work, idOf(session.configuration) ?? "").features;
}

/** What a customer may add: what the configuration's own payment methods say, or the account's. */
export function portalTypes(work: Work, session: PortalSession): string[] {
  const named = featuresOf(work, session).payment_method_update.payment_method_configuration;
  return typesOf(named ? getMethodConfiguration(work, named) : defaultMethods(work));
}

function ownSubscription(work: Work, session: PortalSession, id: string): Subscription {
  const subscription = getSubscription(work, id);
  if (subscription.customer !== session.customer) throw refused("This plan is not yours.");
  return subscription;
}
