import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { providerPace } from "../../db/schema";

/** When calls that nobody waits for may go out, for all processes together. */
export type Pace = {
  /** Resolves when it is this call's turn. */
  take(path: string): Promise<void>;
  /** Stripe asked for a pause: nobody's turn at this path comes sooner. */
  pause(path: string, ms: number): Promise<void>;
};

/** Stripe lets 25 a second through to one path; people who wait are left the rest. */
const MAX_A_SECOND = 20;
const GAP_MS = 1_000 / MAX_A_SECOND;

/** Real time: a rehearsal's clock that is moved back must not keep anybody waiting. */
const NOW = sql`pg_catalog.clock_timestamp()`;
const inMs = (ms: number) => sql`${ms} * interval '1 millisecond'`;
/** No pause is as long: the database's clock was set back, and what it said before does not count. */
const TOO_FAR = sql`interval '2 minutes'`;

/** Turns are taken one after the other from a row for each path: one statement each, and nothing is held afterwards. */
export function createPace(db: Pick<Database, "insert">): Pace {
  const { freeAt } = providerPace;
  const free = sql`case when ${freeAt} > ${NOW} + ${TOO_FAR} then ${NOW} else greatest(${freeAt}, ${NOW}) end`;
  return {
    async take(path) {
      const [turn] = await db
        .insert(providerPace)
        .values({ path, freeAt: sql`${NOW} + ${inMs(GAP_MS)}` })
        .onConflictDoUpdate({ target: providerPace.path, set: { freeAt: sql`${free} + ${inMs(GAP_MS)}` } })
        .returning({
          waitMs: sql<number>`ceil(extract(epoch from ${freeAt} - ${NOW}) * 1000 - ${GAP_MS}::int)::int`,
        });
      if (turn && turn.waitMs > 0) await sleep(turn.waitMs);
    },
    async pause(path, ms) {
      await db
        .insert(providerPace)
        .values({ path, freeAt: sql`${NOW} + ${inMs(ms)}` })
        .onConflictDoUpdate({
          target: providerPace.path,
          set: { freeAt: sql`greatest(${free}, ${NOW} + ${inMs(ms)})` },
        });
    },
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
