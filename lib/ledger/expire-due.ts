import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { commit } from "./commit";

const ACCOUNTS_AT_A_TIME = 500;

/**
 * Writes down what time alone has done: what is left of expired grants moves to `expired`, holds past their expiry
 * give back. One transaction per account. A tidy-up: every reader and spender goes by the instants already. Returns
 * how many accounts it touched.
 */
export async function expireDue(db: Database): Promise<number> {
  const due = await db.execute<{ account_id: string }>(sql`
    select g.account_id from current_grants as g where g.open and g.expires_at <= now() and g.remaining_credits > 0
    union
    select h.account_id from holds as h where h.status = 'open' and h.expires_at <= now()
    limit ${ACCOUNTS_AT_A_TIME}`);
  for (const { account_id: accountId } of due) {
    const command = { kind: "expire" } as const;
    await transact(db, (tx) => commit(tx, accountId, [{ key: `expire:${newId()}`, command }]));
  }
  return due.length;
}
