import { sql } from "drizzle-orm";
import { EventNotHandled, handleEvent } from "../../lib/billing/handle-event";
import { sweepReturns } from "../../lib/billing/orders/returns/sweep";
import { sweepOrders } from "../../lib/billing/orders/sweep";
import { openDueCycles, sweepPlans } from "../../lib/billing/subscriptions/sweep";
import { expireDue } from "../../lib/ledger/expire-due";
import type { Instance } from "./instance";

/** What the worker's schedule runs of this: every order, refund, plan, cycle, event and hold that is due. */
export async function runJobs({ deps }: Instance): Promise<void> {
  await sweepOrders(deps);
  await sweepReturns(deps);
  await openDueCycles(deps.db, deps.log);
  await sweepPlans(deps);
  await expireDue(deps);
  const due = await deps.db.execute<{ id: string }>(
    sql`select id from stripe_events where handled_at is null and parked_reason is null order by created_at limit 200`,
  );
  let putOff: unknown = null;
  for (const { id } of due)
    await handleEvent(deps, id).catch((error: unknown) => {
      if (!(error instanceof EventNotHandled)) throw error;
      putOff = error;
    });
  if (putOff) throw putOff;
}
