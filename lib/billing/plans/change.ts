import { and, eq } from "drizzle-orm";
import { subscriptions } from "../../../db/schema";
import { compareOffers } from "../../catalog/prices";
import { err, ok, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import type { Asked } from "../gateway";
import type { SubscriptionRow } from "./cycle-rows";
import { findOffer, type OfferError } from "./offers";
import { findOpenPayment } from "./plan-payment-rows";
import { isLive } from "./store-snapshot";
import { syncSubscription } from "./sync-subscription";
import type { ChosenOffer } from "./upgrade";

export type ChangeError =
  | OfferError
  | { readonly code: "no_subscription" }
  | { readonly code: "not_a_downgrade" }
  | { readonly code: "payment_in_progress" };

type AccountRef = { readonly accountId: string };

/**
 * Something smaller from the end of the paid period on; until then nothing changes, and it can be undone. Chosen again
 * it replaces what was chosen before. Nothing is charged.
 */
export async function scheduleDowngrade(
  deps: BillingDeps,
  chosen: ChosenOffer,
): Promise<Result<undefined, ChangeError>> {
  const found = await findOffer(deps, chosen.plan, chosen.interval);
  if (!found.ok) return found;
  const { offer, price } = found.value;
  const current = await findChangeable(deps, chosen);
  if (!current.ok) return current;
  const subscription = current.value;
  const isDown = compareOffers({ plan: offer.plan.id, interval: offer.interval }, subscription) < 0;
  if (!isDown) return err({ code: "not_a_downgrade" });
  const asked = await deps.plans.scheduleChange({ subscriptionId: subscription.id, priceId: price.priceId });
  return converge(deps, chosen, asked);
}

/** Free from the end of the paid period on; until then nothing changes, and it can be undone. */
export async function cancelPlan(
  deps: BillingDeps,
  ref: AccountRef,
): Promise<Result<undefined, ChangeError>> {
  const current = await findChangeable(deps, ref);
  if (!current.ok) return current;
  const { id, scheduleId } = current.value;
  // Stripe lets nobody cancel what a schedule manages.
  if (scheduleId) {
    const released = await deps.plans.releaseSchedule(scheduleId);
    if (released.kind !== "answered") return converge(deps, ref, released);
  }
  return converge(deps, ref, await deps.plans.setCancelAtPeriodEnd(id, true));
}

/** Takes back a downgrade or a cancellation that has not come yet: the plan goes on as it is. */
export async function keepPlan(deps: BillingDeps, ref: AccountRef): Promise<Result<undefined, ChangeError>> {
  const current = await findChangeable(deps, ref);
  if (!current.ok) return current;
  const { id, scheduleId, cancelAt } = current.value;
  if (scheduleId) {
    const released = await deps.plans.releaseSchedule(scheduleId);
    if (released.kind !== "answered") return converge(deps, ref, released);
  }
  const kept = cancelAt ? await deps.plans.setCancelAtPeriodEnd(id, false) : null;
  return converge(deps, ref, kept ?? { kind: "answered", value: {} });
}

/** The live subscription as Stripe knows it now: what a page showed may be an hour old. */
async function findChangeable(
  deps: BillingDeps,
  { accountId }: AccountRef,
): Promise<Result<SubscriptionRow, ChangeError>> {
  const { snapshot } = await syncSubscription(deps, { accountId });
  if (!snapshot) return err({ code: "provider_unavailable" });
  const [row] = await deps.db
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  if (!row || !isLive(row)) return err({ code: "no_subscription" });
  if (await findOpenPayment(deps.db, accountId)) return err({ code: "payment_in_progress" });
  return ok(row);
}

/** Whatever was answered, or not: what Stripe has afterwards is what counts. */
async function converge(
  deps: BillingDeps,
  { accountId }: AccountRef,
  asked: Asked<object>,
): Promise<Result<undefined, ChangeError>> {
  const { snapshot } = await syncSubscription(deps, { accountId });
  if (asked.kind === "answered" && snapshot) return ok();
  deps.log.warn({ accountId, asked: asked.kind }, "a plan change was not confirmed by Stripe");
  return err({ code: "provider_unavailable" });
}
