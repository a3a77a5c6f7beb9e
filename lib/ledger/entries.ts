import { aliasedTable, and, desc, eq, lt, type SQL } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { entries } from "../../db/schema";
import { categoryIdOf } from "../catalog/categories";
import type { Credits } from "../money/credits";
import { ENTRY_CATEGORY } from "./entry-category";
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
  const e = aliasedTable(entries, "e");
  const rows = await db
    .select({
      seq: e.seq,
      at: e.at,
      from: e.fromBucket,
      to: e.toBucket,
      credits: e.credits,
      grantId: e.grantId,
      holdId: e.holdId,
      category: ENTRY_CATEGORY as SQL<number | null>,
      resource: e.resource,
      reference: e.reference,
    })
    .from(e)
    .where(and(eq(e.accountId, accountId), cursor === null ? undefined : lt(e.seq, cursor)))
    .orderBy(desc(e.seq))
    .limit(limit + 1);
  if (rows.length === 0 && !(await hasBooks(db, accountId))) return null;
  const page = rows
    .slice(0, limit)
    .map((each) => ({ ...each, category: each.category === null ? null : categoryIdOf(each.category) }));
  return { entries: page, nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
}
