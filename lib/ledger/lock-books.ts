import { eq } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { balances } from "../../db/schema";

/** A step: from now on nobody else moves the account's credits, until the transaction ends. After the account's own lock. */
export async function lockBooks(tx: Tx, accountId: string): Promise<void> {
  await tx
    .select({ lastSeq: balances.lastSeq })
    .from(balances)
    .where(eq(balances.accountId, accountId))
    .for("no key update");
}
