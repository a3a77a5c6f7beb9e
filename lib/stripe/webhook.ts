import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import type { Database } from "../../db/client";
import { stripeEvents } from "../../db/schema";
import { sqlState, transact } from "../../db/transact";
import { openAttention } from "../billing/attention/items";
import type { BillingDeps } from "../billing/deps";
import { planCustomerOf } from "../billing/event-shape";
import { enqueueEvent } from "../jobs/enqueue";
import { toPlainLine } from "../plain-text";
import { err, invariant, ok, type Result } from "../result";

export type WebhookSettings = {
  /** Signing secrets, any of which may have signed: while endpoints are exchanged two are valid. */
  readonly secrets: readonly string[];
  readonly live: boolean;
};

export type WebhookError =
  /** Unsigned, forged, too old or from the future. */
  | { readonly code: "not_signed_by_stripe" }
  /** A test event in live mode, or the other way round. */
  | { readonly code: "wrong_mode" };

const TOLERANCE_S = 300;

/** Versions of one release (2026-10-28.endive, 2026-11-18.endive) differ in nothing that breaks a reader. */
const RELEASE = Stripe.API_VERSION.slice(Stripe.API_VERSION.indexOf("."));

/** Whether events rendered at this API version are read: any of the SDK's own release. Null, the account's default, is none. */
export const isOurRelease = (apiVersion: unknown): boolean =>
  typeof apiVersion === "string" && apiVersion.endsWith(RELEASE);

/**
 * What an endpoint has to be sent: whatever tells of a payment, of what became of its money, of a card or a plan. docs/operate.md names them for operators.
 *
 * `invoice.updated` is left out: Stripe sends it beside each of the others of an invoice's life, twice or more for every renewal,
 * and by itself it tells only that somebody in the dashboard stopped or resumed automatic collection, moved a due date, edited a
 * draft, or recorded part of a payment. That is read with the account: within an hour while an invoice is not paid in time,
 * within a day else, and whenever something is paid, which asks Stripe what remains.
 */
export const WEBHOOK_EVENTS = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.canceled",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
  "radar.early_fraud_warning.created",
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
  "credit_note.created",
  "credit_note.voided",
  "subscription_schedule.created",
  "subscription_schedule.updated",
  "subscription_schedule.released",
  "subscription_schedule.canceled",
  "subscription_schedule.completed",
] as const satisfies readonly Stripe.Event.Type[];

/**
 * Verifies a delivery against the raw body, stores its event once and enqueues its handling in the same
 * transaction. Answered with success only after the commit: what was acknowledged is never lost. What is signed and
 * can be kept neither as text nor as JSON (a null byte, half a character, no event at all) is kept as bytes and parked:
 * refused, it would come again for days and never be stored. So is what another release of the API wrote, of which an operator is told.
 */
export async function receiveWebhook(
  { db, log }: Pick<BillingDeps, "db" | "log">,
  settings: WebhookSettings,
  delivery: { readonly body: string; readonly signature: string | null },
): Promise<Result<Received, WebhookError>> {
  const { body } = delivery;
  if (!settings.secrets.some((secret) => isSigned(secret, delivery)))
    return err({ code: "not_signed_by_stripe" });
  const event = readEvent(body);
  if (!event) return ok(await parkBody(db, null, body, "not an event"));
  if (event.livemode !== settings.live) return err({ code: "wrong_mode" });
  if (!isOurRelease(event.api_version)) return ok(await parkOtherRelease({ db, log }, event, body));
  if (EVENT_ID.test(event.id) && EVENT_TYPE.test(event.type)) {
    try {
      return ok({
        eventId: event.id,
        type: event.type,
        known: await storeEvent(db, event),
        parked: null,
      });
    } catch (error) {
      if (!isRefusedText(error)) throw error;
    }
  }
  return ok(await parkBody(db, event, body, "holds what cannot be stored as text"));
}

export type Received = {
  readonly eventId: string;
  /** `unread` where it has none that can be read. */
  readonly type: string;
  readonly known: boolean;
  /** Why it was stored for an operator to look at, and not to be handled. */
  readonly parked: string | null;
};

type SignedEvent = Pick<Stripe.Event, "id" | "type" | "api_version" | "created" | "livemode">;

/** Returns whether it was known already. */
const storeEvent = (db: Database, event: SignedEvent): Promise<boolean> =>
  transact(db, async (tx) => {
    const planCustomer = planCustomerOf(event);
    const stored = await tx
      .insert(stripeEvents)
      .values({
        id: event.id,
        type: event.type,
        apiVersion: event.api_version,
        payload: event,
        planCustomer,
        createdAt: new Date(event.created * 1000),
      })
      .onConflictDoNothing()
      .returning({ id: stripeEvents.id });
    if (stored.length > 0) await enqueueEvent(tx, event.id, { planCustomer });
    return stored.length === 0;
  });

/** Kept, and told to an operator: once for all events of a version, as an endpoint sends all of its own in one. */
function parkOtherRelease(
  { db, log }: Pick<BillingDeps, "db" | "log">,
  event: SignedEvent,
  body: string,
): Promise<Received> {
  const apiVersion = toPlainLine(String(event.api_version), 100);
  const reason = `API version ${apiVersion}, and only *${RELEASE} is read: npm run stripe:setup -- --webhook`;
  return transact(db, async (tx) => {
    const parked = await parkBody(tx, event, body, reason, apiVersion);
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    invariant(clock, "the database has a clock");
    await openAttention(tx, {
      accountId: null,
      object: "api_version",
      id: apiVersion,
      reason: "event_version_unknown",
      now: new Date(clock.now),
      log,
    });
    return parked;
  });
}

/** Names that Stripe gives: nothing in them that a database or a terminal stumbles over. */
const EVENT_ID = /^evt_[\w-]{1,200}$/;
const EVENT_TYPE = /^[a-z0-9_.]{1,200}$/;

async function parkBody(
  db: Pick<Database, "insert">,
  event: SignedEvent | null,
  body: string,
  parkedReason: string,
  apiVersion: string | null = null,
): Promise<Received> {
  const bytes = Buffer.from(body, "utf8");
  const id =
    event && EVENT_ID.test(event.id)
      ? event.id
      : `evt_unread_${createHash("sha256").update(bytes).digest("hex")}`;
  const type = event && EVENT_TYPE.test(event.type) ? event.type : "unread";
  const stored = await db
    .insert(stripeEvents)
    .values({ id, type, apiVersion, body: bytes, createdAt: sql`now()`, parkedReason })
    .onConflictDoNothing()
    .returning({ id: stripeEvents.id });
  return { eventId: id, type, known: stored.length === 0, parked: parkedReason };
}

/** Postgres refuses a text, a JSON, a number or an instant (class 22) or its size (54), or JavaScript cannot write it. */
function isRefusedText(error: unknown): boolean {
  const state = sqlState(error) ?? "";
  return state.startsWith("22") || state.startsWith("54") || error instanceof RangeError;
}

function readEvent(body: string): SignedEvent | null {
  try {
    const read = JSON.parse(body) as Partial<Stripe.Event> | null;
    const isEvent = read?.object === "event" && typeof read.id === "string" && typeof read.type === "string";
    return isEvent ? (read as SignedEvent) : null;
  } catch {
    return null;
  }
}

function isSigned(
  secret: string,
  { body, signature }: { readonly body: string; readonly signature: string | null },
): boolean {
  if (!signature || isFromTheFuture(signature)) return false;
  try {
    return Stripe.webhooks.signature?.verifyHeader(body, signature, secret, TOLERANCE_S) ?? false;
  } catch {
    return false; // Whatever is wrong with it: the same answer, and nothing of it logged.
  }
}

/** The SDK refuses what is too old, not what is dated ahead and could so be kept for later. */
function isFromTheFuture(signature: string): boolean {
  const stamp = /(?:^|,)\s*t=(\d+)/.exec(signature)?.[1];
  return stamp === undefined || Number(stamp) > Date.now() / 1000 + TOLERANCE_S;
}
