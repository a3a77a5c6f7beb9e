import { and, gt, lte, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { grants } from "../../db/schema";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit } from "./commit";

const ACCOUNTS_AT_A_TIME = 500;

/**
 * Moves what is left of expired grants to `expired`, one transaction per account. A tidy-up: nothing could be
 * spent of it since its expiry. Returns how many accounts it touched.
 */
export async function expireGrants(db: Database): Promise<number> {
  const due = await db
    .selectDistinct({ accountId: grants.accountId })
    .from(grants)
    .where(and(lte(grants.expiresAt, sql`now()`), gt(grants.remainingCredits, credits(0n))))
    .limit(ACCOUNTS_AT_A_TIME);
  for (const { accountId } of due) {
    const command = { kind: "expire" } as const;
    await transact(db, (tx) => commit(tx, accountId, [{ key: `expire:${newId()}`, command }]));
  }
  return due.length;
}
