import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { mailPerson } from "../outbox/enqueue";
import type { Caller } from "./caller";
import type { SessionName, SignInWay } from "./session-token";

/** A step: tells a person that a session of theirs began in a browser in which they never signed in before. */
export async function mailNewBrowser(
  tx: Tx,
  { sessionId, userId }: SessionName,
  { address, browser, system }: Caller,
  by: Exclude<SignInWay, "again">,
): Promise<void> {
  const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
  await mailPerson(tx, userId, {
    kind: "new_browser",
    effect: `new_browser:${sessionId}`,
    facts: { at: new Date(clock?.now ?? Number.NaN), by, address, browser, system },
  });
}
