import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { attentionItems } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { acknowledgeAttention } from "../../billing/attention/queries";
import { toPublicId } from "../../ids";
import { err, ok, type Result } from "../../result";
import { type ByOperator, recordAct } from "../record-act";

/**
 * An operator knows of an attention item: it leaves the queue until it is another matter, and the reason is its note. Refused
 * where there is no such item, or it is right again meanwhile.
 */
export async function acknowledgeItem(
  db: Database,
  itemId: string,
  { operatorId, reason }: ByOperator,
): Promise<Result<undefined, { readonly code: "item_not_found" }>> {
  return transact(db, async (tx) => {
    if (!(await acknowledgeAttention(tx, { id: itemId, note: reason })))
      return err({ code: "item_not_found" });
    const [item] = await tx
      .select({ accountId: attentionItems.accountId })
      .from(attentionItems)
      .where(eq(attentionItems.id, itemId));
    const subject = toPublicId("attention", itemId);
    const request = { item: subject };
    const accountId = item?.accountId ?? null;
    await recordAct(tx, { operatorId, reason, kind: "acknowledge_attention", accountId, subject, request });
    return ok();
  });
}
