import { and, asc, eq, inArray, lt, sql } from "drizzle-orm";
import { attentionItems } from "../../../db/schema";
import type { BillingDeps } from "../deps";
import { tell } from "./items";

const AT_A_TIME = 500;

/** Logs once more, once a day each, what has been open for more than a week. Returns how many. */
export async function remindOfAttention({ db, log }: Pick<BillingDeps, "db" | "log">): Promise<number> {
  const { id, state, since, loggedAt, timesLogged } = attentionItems;
  const due = db
    .select({ id })
    .from(attentionItems)
    .where(
      and(
        eq(state, "open"),
        lt(since, sql`now() - interval '7 days'`),
        lt(loggedAt, sql`now() - interval '1 day'`),
      ),
    )
    .orderBy(asc(since))
    .limit(AT_A_TIME)
    .for("update", { skipLocked: true });
  const old = await db
    .update(attentionItems)
    .set({ loggedAt: sql`now()`, timesLogged: sql`${timesLogged} + 1` })
    .where(inArray(id, due))
    .returning();
  for (const item of old) tell(log, item);
  return old.length;
}
