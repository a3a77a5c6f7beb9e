import type { Reader } from "../../../db/client";
import { findAnything, MAX_ASKED } from "../find";
import { inColumns, notThere, type Said } from "./said";

/** `find <text>`: whose it is; with `before` where it goes on that was not looked for everywhere. */
export async function sayFound(db: Reader, text: string, before: string | null): Promise<Said> {
  const { found, next } = await findAnything(db, text, { after: before });
  if (next)
    return notThere(
      `Nothing here is that. Holds and API calls were looked for in ${MAX_ASKED} accounts, the newest first. Older ones: --before ${next}`,
    );
  if (found.length === 0) return notThere("Nothing here is that.");
  const rows = found.map((each) => [each.kind, each.accountId, each.orderId ?? "", each.accountName]);
  return { lines: inColumns(["what", "account", "order", "name"], rows), json: found, isThere: true };
}
