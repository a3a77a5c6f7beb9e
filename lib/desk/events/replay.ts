import { eq } from "drizzle-orm";
import type { Database, Tx } from "../../../db/client";
import { stripeEvents } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { enqueueEvent } from "../../jobs/enqueue";
import { err, ok, type Result } from "../../result";
import { type ByOperator, recordAct } from "../record-act";

export type ReplayRefusal =
  | { readonly code: "event_not_found" }
  /** It is handled as soon as somebody comes to it: there is nothing to replay. */
  | { readonly code: "event_is_due" }
  /** It was handled so long ago that nobody knows what it said. */
  | { readonly code: "event_is_forgotten" };

/**
 * Makes an event that was parked (or handled, unless only parked ones are meant) due again, from its first try. An event is a hint to go and look, so handled
 * twice it changes nothing that the first time did not.
 */
export async function replayEvent(
  db: Database,
  eventId: string,
  { operatorId, reason }: ByOperator,
  { onlyParked = false }: { readonly onlyParked?: boolean } = {},
): Promise<Result<undefined, ReplayRefusal>> {
  return transact(db, async (tx) => {
    const state = await makeDue(tx, eventId);
    if (state === "due" || (state === "handled" && onlyParked)) return err({ code: "event_is_due" });
    if (state === "forgotten") return err({ code: "event_is_forgotten" });
    if (state === null) return err({ code: "event_not_found" });
    await enqueueEvent(tx, eventId, { afterSeconds: 0 });
    const request = { event: eventId, was: state };
    await recordAct(tx, { operatorId, reason, kind: "replay_event", subject: eventId, request });
    return ok();
  });
}

/** Returns what it was before; null: there is no such event. */
async function makeDue(tx: Tx, eventId: string): Promise<"due" | "parked" | "handled" | "forgotten" | null> {
  const isOne = eq(stripeEvents.id, eventId);
  const [event] = await tx
    .select({
      handledAt: stripeEvents.handledAt,
      parkedReason: stripeEvents.parkedReason,
      forgottenAt: stripeEvents.payloadForgottenAt,
    })
    .from(stripeEvents)
    .where(isOne)
    .for("update");
  if (!event) return null;
  if (!event.handledAt && event.parkedReason === null) return "due";
  if (event.forgottenAt) return "forgotten";
  await tx
    .update(stripeEvents)
    .set({ handledAt: null, parkedReason: null, tries: 0, nextTryAt: null })
    .where(isOne);
  return event.handledAt ? "handled" : "parked";
}
