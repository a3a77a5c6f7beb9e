import { idOf, newId } from "../ids";
import type { JobRow } from "../tables";
import type { Work } from "../work";

/** The test clock a customer lives on; null: the simulator's own time. */
export function clockOf(work: Work, customer: string | null): string | null {
  return idOf(work.store.get("customer", customer ?? "")?.test_clock);
}

/** Seconds: what time it is for a customer. */
export function nowOf(work: Work, customer: string | null): number {
  const clock = work.store.get("test_helpers.test_clock", clockOf(work, customer) ?? "");
  return clock?.frozen_time ?? work.now;
}

export function schedule(work: Work, job: Omit<JobRow, "id">): void {
  work.store.put("job", { id: newId("job"), ...job });
}
