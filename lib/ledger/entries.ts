import { and, desc, eq, lt } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { entries } from "../../db/schema";
import type { Credits } from "../money/credits";
import { hasBooks } from "./queries";
import type { Bucket, SpendCategory } from "./state";

export type EntryView = {
  readonly seq: bigint;
  readonly at: Date;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: Credits;
  readonly grantId: string | null;
  readonly holdId: string | null;
  readonly category: SpendCategory | null;
  readonly resource: string | null;
  readonly reference: string | null;
};

export type EntryPage = {
  readonly entries: readonly EntryView[];
  /** For the next page, or null on the last. */
  readonly nextCursor: bigint | null;
};

/**
 * An account's entries, newest first, `limit` a page, those before `cursor` if there is one. Null when the account
 * has no books. A page costs the same wherever it begins.
 */
export async function listEntries(
  db: Reader,
  accountId: string,
  cursor: bigint | null,
  limit: number,
): Promise<EntryPage | null> {
  const rows = await db
    .select({
      seq: entries.seq,
      at: entries.at,
      from: entries.fromBucket,
      to: entries.toBucket,
      credits: entries.credits,
      grantId: entries.grantId,
      holdId: entries.holdId,
      category: entries.category,
      resource: entries.resource,
      reference: entries.reference,
    })
    .from(entries)
    .where(and(eq(entries.accountId, accountId), cursor === null ? undefined : lt(entries.seq, cursor)))
    .orderBy(desc(entries.seq))
    .limit(limit + 1);
  if (rows.length === 0 && !(await hasBooks(db, accountId))) return null;
  const page = rows.slice(0, limit);
  return { entries: page, nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
}
