import { setTimeout as sleep } from "node:timers/promises";
import type { Deps } from "./deps";
import { noticeRestore } from "./recovery/notice";

/** A process does not wait longer for Stripe before it begins: the schedule looks again every ten minutes. */
const PATIENCE_MS = 5_000;

/**
 * Before a process sells or renews anything: whether its database is an older one that was restored. Then it begins all the same,
 * with buying and plan changes paused, and goes on by itself once `npm run recover` is done. Never rejects.
 */
export async function lookForRestore(real: Deps): Promise<void> {
  const looked = noticeRestore(real)
    .then(async (found) => {
      if (found === "recovering") await real.access.check(); // From now on this process asks Stripe nothing.
    })
    .catch((error: unknown) =>
      real.log.warn({ err: error }, "it is not known whether the database is an older one"),
    );
  await Promise.race([looked, sleep(PATIENCE_MS)]);
}
