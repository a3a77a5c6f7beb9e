import { and, asc, eq, isNotNull, isNull, lte, notExists, or, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { stripeEvents } from "../../db/schema";
import { sqlState, transact } from "../../db/transact";
import type { BillingDeps } from "../billing/deps";
import { EventNotHandled, handleEvent } from "../billing/handle-event";
import { toPlainLine } from "../plain-text";
import { enqueueEvent } from "./enqueue";

/** An event is tried so often, over three days, and then parked: as long as Stripe itself delivers one. */
export const MAX_TRIES = 20;
const MAX_GAP_S = 7 * 3_600;

/** Seconds from the failure of a try to the next one, by the number of the try that failed, from 1. */
export const gapSeconds = (tries: number): number => Math.min(Math.round(Math.exp(tries)), MAX_GAP_S);

const isDue = and(isNull(stripeEvents.handledAt), isNull(stripeEvents.parkedReason));

/** Handles an event. What fails is tried again later, and parked with the reason after the last try. */
export async function tryEvent(deps: BillingDeps, eventId: string): Promise<void> {
  try {
    await handleEvent(deps, eventId);
  } catch (error) {
    await putOff(deps, eventId, reasonOf(error));
  }
}

/** Of an error only what is safe to keep and to list: a query's message has what was sent in it. */
function reasonOf(error: unknown): string {
  if (error instanceof EventNotHandled) return toPlainLine(error.message, 200);
  const state = sqlState(error);
  const name = error instanceof Error ? error.name : typeof error;
  return toPlainLine(state ? `${name} ${state}` : name, 200);
}

async function putOff(deps: Pick<BillingDeps, "db" | "log">, eventId: string, reason: string): Promise<void> {
  const tries = await transact(deps.db, async (tx) => {
    const [failed] = await tx
      .update(stripeEvents)
      .set({ tries: sql`${stripeEvents.tries} + 1` })
      .where(and(eq(stripeEvents.id, eventId), isDue))
      .returning({ tries: stripeEvents.tries });
    if (!failed) return null; // Handled or parked meanwhile by another try.
    const isLast = failed.tries >= MAX_TRIES;
    const seconds = gapSeconds(failed.tries);
    await tx
      .update(stripeEvents)
      .set(
        isLast
          ? { nextTryAt: null, parkedReason: `${failed.tries} tries: ${reason}` }
          : { nextTryAt: sql`now() + ${seconds} * interval '1 second'` },
      )
      .where(eq(stripeEvents.id, eventId));
    if (!isLast) await enqueueEvent(tx, eventId, { afterSeconds: seconds });
    return failed.tries;
  });
  if (tries === null) return;
  if (tries < MAX_TRIES)
    deps.log.warn({ eventId, tries, reason }, "an event was not handled; tried again later");
  else deps.log.error({ eventId, tries, reason }, "an event is parked: npm run events");
}

/**
 * The jobs of events that failed run at once. One fails only where the database gave it no connection, which is not the event's doing:
 * the queue would let it wait longer after each failure, for hours in the end.
 */
const runFailedJobs = (db: Database) =>
  db.execute(sql`
    select graphile_worker.reschedule_jobs(array(
      select id from graphile_worker.jobs where task_identifier = 'handle_stripe_event'
        and locked_at is null and attempts between 1 and max_attempts - 1 and run_at > now()
    ), run_at := now(), attempts := 1)`);

/**
 * Brings back the events whose job was lost, and forward those whose job failed: a worker that was killed keeps its jobs locked for hours, and an event must
 * not wait that long. No job of ours takes five minutes: one that is locked for less is being worked on. What was lost counts as a try, so that one that kills its worker ends as well.
 */
export async function sweepEvents(deps: Pick<BillingDeps, "db" | "log">): Promise<void> {
  await runFailedJobs(deps.db);
  const waiting = sql`(select 1 from graphile_worker.jobs as j where j.key in ('event:' || ${stripeEvents.id}, 'plan:' || ${stripeEvents.planCustomer})
    and (j.locked_at > now() - interval '5 minutes' or (j.locked_at is null and j.attempts < j.max_attempts)))`;
  const since = sql`now() - interval '2 minutes'`;
  const lost = await deps.db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(
      and(
        isDue,
        lte(stripeEvents.receivedAt, since),
        or(isNull(stripeEvents.nextTryAt), lte(stripeEvents.nextTryAt, since)),
        notExists(waiting),
      ),
    )
    .orderBy(asc(stripeEvents.receivedAt))
    .limit(100);
  for (const { id } of lost) await putOff(deps, id, "its worker ended");
}

export type ParkedEvent = {
  readonly id: string;
  readonly type: string;
  readonly receivedAt: Date;
  readonly reason: string;
};

/** Events nobody tries any more, the oldest first. A page of at most so many, and how many there are. */
export async function listParkedEvents(
  db: Database,
  most: number,
): Promise<{ readonly events: readonly ParkedEvent[]; readonly count: number }> {
  const isParked = isNotNull(stripeEvents.parkedReason);
  const { id, type, receivedAt, parkedReason } = stripeEvents;
  const [events, count] = await Promise.all([
    db
      .select({ id, type, receivedAt, reason: sql<string>`${parkedReason}` })
      .from(stripeEvents)
      .where(isParked)
      .orderBy(asc(receivedAt), asc(id))
      .limit(most),
    db.$count(stripeEvents, isParked),
  ]);
  return { events, count };
}
