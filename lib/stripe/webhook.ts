import Stripe from "stripe";
import type { Database } from "../../db/client";
import { stripeEvents } from "../../db/schema";
import { transact } from "../../db/transact";
import { enqueueEvent } from "../jobs/enqueue";
import { err, ok, type Result } from "../result";

export type WebhookSettings = { readonly secret: string; readonly live: boolean };

export type WebhookError =
  /** Unsigned, forged, too old, from the future, or not an event. */
  | { readonly code: "not_signed_by_stripe" }
  /** A test event in live mode, or the other way round. */
  | { readonly code: "wrong_mode" };

const TOLERANCE_S = 300;

/** What an endpoint has to be sent: whatever tells of a payment, a card or a plan. README names them for operators. */
export const WEBHOOK_EVENTS = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.canceled",
  "checkout.session.completed",
  "checkout.session.expired",
  "payment_method.attached",
  "payment_method.detached",
  "payment_method.updated",
  "payment_method.automatically_updated",
  "customer.updated",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "customer.subscription.pending_update_applied",
  "customer.subscription.pending_update_expired",
  "invoice.finalized",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice.voided",
  "invoice.marked_uncollectible",
  "subscription_schedule.created",
  "subscription_schedule.updated",
  "subscription_schedule.released",
  "subscription_schedule.canceled",
  "subscription_schedule.completed",
] as const satisfies readonly Stripe.Event.Type[];

/**
 * Verifies a delivery against the raw body, stores its event once and enqueues its handling in the same
 * transaction. Answered with success only after the commit: what was acknowledged is never lost.
 */
export async function receiveWebhook(
  db: Database,
  settings: WebhookSettings,
  delivery: { readonly body: string; readonly signature: string | null },
): Promise<Result<{ eventId: string; known: boolean }, WebhookError>> {
  const event = verify(settings.secret, delivery);
  if (!event) return err({ code: "not_signed_by_stripe" });
  if (event.livemode !== settings.live) return err({ code: "wrong_mode" });
  const known = await transact(db, async (tx) => {
    const stored = await tx
      .insert(stripeEvents)
      .values({
        id: event.id,
        type: event.type,
        apiVersion: event.api_version,
        payload: event,
        createdAt: new Date(event.created * 1000),
      })
      .onConflictDoNothing()
      .returning({ id: stripeEvents.id });
    if (stored.length > 0) await enqueueEvent(tx, event.id);
    return stored.length === 0;
  });
  return ok({ eventId: event.id, known });
}

function verify(
  secret: string,
  { body, signature }: { body: string; signature: string | null },
): Stripe.Event | null {
  if (!signature || isFromTheFuture(signature)) return null;
  try {
    const event = Stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_S);
    return event.object === "event" && typeof event.id === "string" ? event : null;
  } catch {
    return null; // A wrong signature or a signed body that is not JSON: the same answer, and nothing of it logged.
  }
}

/** The SDK refuses what is too old, not what is dated ahead and could so be kept for later. */
function isFromTheFuture(signature: string): boolean {
  const stamp = /(?:^|,)\s*t=(\d+)/.exec(signature)?.[1];
  return stamp === undefined || Number(stamp) > Date.now() / 1000 + TOLERANCE_S;
}
