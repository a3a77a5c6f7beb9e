import type { Reader } from "../../../db/client";
import { findAnything } from "../find";
import { inColumns, notThere, type Said } from "./said";

/** `find <text>`: whose it is. */
export async function sayFound(db: Reader, text: string): Promise<Said> {
  const found = await findAnything(db, text);
  if (found.length === 0) return notThere("Nothing here is that.");
  const rows = found.map((each) => [each.kind, each.accountId, each.orderId ?? "", each.accountName]);
  return { lines: inColumns(["what", "account", "order", "name"], rows), json: found, isThere: true };
}
