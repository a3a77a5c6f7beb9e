import type { Database } from "../../../db/client";
import { err, ok, type Result } from "../../result";
import { countAttempt } from "../limits";

export type TooManyAttempts = { readonly code: "too_many_attempts"; readonly retryAt: Date };

/** In 15 minutes, of all links together: nobody guesses one, and each try costs us look-ups. */
export const LINK_USES_PER_ADDRESS = 60;

/** Counts that somebody at this address sent the form behind a mailed link. */
export async function countLinkUse(
  db: Database,
  address: string,
): Promise<Result<undefined, TooManyAttempts>> {
  return countUpTo(db, `link-address:${address}`, LINK_USES_PER_ADDRESS);
}

/** Counts one attempt of a subject against its limit in 15 minutes. */
export async function countUpTo(
  db: Database,
  subject: string,
  most: number,
): Promise<Result<undefined, TooManyAttempts>> {
  const { blockedUntil } = await countAttempt(db, [{ subject, most }]);
  return blockedUntil ? err({ code: "too_many_attempts", retryAt: blockedUntil }) : ok();
}
