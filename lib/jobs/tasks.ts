import { and, isNull, lt, sql } from "drizzle-orm";
import type { TaskList } from "graphile-worker";
import { z } from "zod";
import { stripeEvents } from "../../db/schema";
import { forgetAttempts } from "../auth/limits";
import { forgetSessions } from "../auth/sessions";
import { handleEvent } from "../billing/handle-event";
import { openDueCycles, sweepPlans } from "../billing/plans/sweep-plans";
import { sweepOrders } from "../billing/sweep-orders";
import { mailContact, sweepContacts } from "../contact/mail-contact";
import type { WorkerDeps } from "../deps";
import { expireDue } from "../ledger/expire-due";
import { foldAllUsage } from "../ledger/fold-usage";
import { enqueueEvent } from "./enqueue";

const eventPayload = z.object({ eventId: z.string() });
const contactPayload = z.object({ accountId: z.uuid(), contactId: z.uuid() });

/** A run of the schedule ends before the next one begins. */
const RUN_MS = 50_000;

/** What runs in the background. Every task may run twice, late, or after being cut short anywhere. */
export const tasks = (deps: WorkerDeps): TaskList => ({
  handle_stripe_event: async (payload) => handleEvent(deps, eventPayload.parse(payload).eventId),
  sweep_orders: async () => {
    await sweepOrders(deps);
  },
  sweep_events: () => sweepEvents(deps),
  open_cycles: async () => {
    const until = performance.now() + RUN_MS;
    const { oneAccountPerTransaction } = deps;
    await openDueCycles(deps.db, deps.log, {
      oneAccountPerTransaction,
      goOn: () => performance.now() < until,
    });
  },
  sweep_plans: async () => {
    await sweepPlans(deps);
  },
  mail_contact_request: async (payload) => mailContact(deps, contactPayload.parse(payload)),
  sweep_contacts: () => sweepContacts(deps.db),
  expire_grants: async () => {
    await expireDue(deps);
  },
  fold_usage: async () => {
    await foldAllUsage(deps);
  },
  forget_sessions: () => forgetSessions(deps.db),
  forget_sign_in_failures: () => forgetAttempts(deps.db),
});

/** Minute, hour, day, month, weekday; then the task. */
export const CRONTAB = `
* * * * * sweep_orders
* * * * * sweep_events
* * * * * open_cycles
* * * * * sweep_plans
*/10 * * * * sweep_contacts
* * * * * expire_grants
* * * * * fold_usage
17 * * * * forget_sign_in_failures
27 * * * * forget_sessions
`;

/** A job of a worker that was killed stays locked for hours; its event must not wait that long. */
async function sweepEvents(deps: WorkerDeps): Promise<void> {
  const due = await deps.db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(
      and(
        isNull(stripeEvents.handledAt),
        isNull(stripeEvents.parkedReason),
        lt(stripeEvents.receivedAt, sql`now() - interval '2 minutes'`),
      ),
    )
    // None that is never handled is to keep others from their turn.
    .orderBy(sql`random()`)
    .limit(100);
  for (const { id } of due) await enqueueEvent(deps.db, id);
}
