import { eq } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { purchasesSwitch } from "../../db/schema";
import { err, ok, type Result } from "../result";

export type PurchasesPause = { readonly since: Date; readonly sentence: string };

/** With the sentence that the operator wrote for customers. */
export type PurchasesPaused = { readonly code: "purchases_paused"; readonly sentence: string };

/** Whether an operator paused purchases, and what customers are told then; null where anybody may buy. */
export async function findPurchasesPause(db: Reader): Promise<PurchasesPause | null> {
  const [row] = await db.select().from(purchasesSwitch).where(eq(purchasesSwitch.one, true));
  return row?.pausedAt && row.sentence ? { since: row.pausedAt, sentence: row.sentence } : null;
}

/** A step: refuses to begin a purchase while they are paused. What was begun goes on. */
export async function checkPurchasesOpen(db: Reader): Promise<Result<undefined, PurchasesPaused>> {
  const paused = await findPurchasesPause(db);
  return paused ? err({ code: "purchases_paused", sentence: paused.sentence }) : ok();
}
