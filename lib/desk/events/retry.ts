import type { Database } from "../../../db/client";
import { listParkedEvents } from "../../jobs/events";
import type { ByOperator } from "../record-act";
import { replayEvent } from "./replay";

/** Lets a parked event be tried again, from the first try. False where there is no such parked event. */
export async function retryEvent(db: Database, eventId: string, by: ByOperator): Promise<boolean> {
  return (await replayEvent(db, eventId, by, { onlyParked: true })).ok;
}

/**
 * The same of all that are parked, the oldest first and so many at most: one may be parked again meanwhile. Each is kept as an
 * act of its own, for the same reason. Returns how many.
 */
export async function retryParkedEvents(db: Database, by: ByOperator, most: number): Promise<number> {
  const { events } = await listParkedEvents(db, most);
  let retried = 0;
  for (const { id } of events) if (await retryEvent(db, id, by)) retried += 1;
  return retried;
}
