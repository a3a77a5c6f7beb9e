import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { purchasesSwitch } from "../../../db/schema";
import { invariant } from "../../result";

/**
 * A step: acts that are of no account take turns, until the transaction ends. Returns the database's clock, read after this
 * one's turn came.
 */
export async function lockDesk(tx: Tx): Promise<Date> {
  await tx.select().from(purchasesSwitch).for("no key update");
  const [clock] = await tx.execute<{ now: string }>(sql`select clock_timestamp() as now`);
  invariant(clock, "the database has a clock");
  return new Date(clock.now);
}
