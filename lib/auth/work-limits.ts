import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { providerWork } from "../../db/schema";
import { err, ok, type Result } from "../result";

/**
 * What makes the payment provider work, by what somebody wants: to `pay`, to go to one of its `hosted`
 * pages, to `change` something there, to `ask` how it stands, to be told beforehand (`preview`), to `return` from there,
 * to see a `document`; and what an operator does at the desk (`operate`).
 */
export type WorkKind = "pay" | "hosted" | "change" | "ask" | "preview" | "return" | "document" | "operate";

/**
 * A minute, of each kind and person, which begins with the first piece and is followed by the next with the first after its end:
 * so at the end of one and the beginning of the next twice as many go through within seconds, and never more. It is
 * far more than a person does, and far less than one could do harm with.
 */
export const MAX_WORK = 20;
const WINDOW_S = 60;

export type TooMuchWork = { readonly code: "too_often"; readonly retryAfterS: number };

/** Real time: a rehearsal's clock that is moved back must not keep anybody waiting. */
const NOW = sql`pg_catalog.now()`;
const IS_OVER = sql`${providerWork.windowStart} <= ${NOW} - ${WINDOW_S} * interval '1 second'`;

/**
 * Counts one piece of work of this person and says whether it may be done. Counted before it is done and in one
 * statement, for all processes: of sixty at once twenty go through. What is refused makes nobody wait longer.
 */
export async function countWork(
  db: Database,
  userId: string,
  kind: WorkKind,
): Promise<Result<undefined, TooMuchWork>> {
  const [row] = await db
    .insert(providerWork)
    .values({ userId, kind, windowStart: NOW, done: 1 })
    .onConflictDoUpdate({
      target: [providerWork.userId, providerWork.kind],
      set: {
        done: sql`case when ${IS_OVER} then 1 else least(${providerWork.done} + 1, ${MAX_WORK + 1}) end`,
        windowStart: sql`case when ${IS_OVER} then ${NOW} else ${providerWork.windowStart} end`,
      },
    })
    .returning({
      done: providerWork.done,
      retryAfterS: sql<number>`ceil(extract(epoch from ${providerWork.windowStart} + ${WINDOW_S} * interval '1 second' - ${NOW}))::int`,
    });
  if (!row || row.done <= MAX_WORK) return ok();
  return err({ code: "too_often", retryAfterS: Math.max(1, row.retryAfterS) });
}

/** Says when to come back, and that nothing happened. */
export const tooOftenSentence = ({ retryAfterS }: TooMuchWork): string =>
  `You did this too many times in a minute. Nothing was changed or charged. Please try again in ${
    retryAfterS === 1 ? "a second" : `${retryAfterS} seconds`
  }.`;
