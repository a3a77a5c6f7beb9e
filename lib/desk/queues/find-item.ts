import { eq } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { accounts, attentionItems } from "../../../db/schema";
import { sentencesOf } from "../../billing/attention/reasons";

export type AttentionItem = typeof attentionItems.$inferSelect & {
  readonly accountName: string | null;
  readonly matter: string;
  readonly toDo: string;
};

/** One attention item, whatever became of it; null: there is no such item. */
export async function findAttentionItem(db: Reader, itemId: string): Promise<AttentionItem | null> {
  const [row] = await db
    .select({ item: attentionItems, accountName: accounts.name })
    .from(attentionItems)
    .leftJoin(accounts, eq(accounts.id, attentionItems.accountId))
    .where(eq(attentionItems.id, itemId));
  return row ? { ...row.item, accountName: row.accountName, ...sentencesOf(row.item.reason) } : null;
}
