import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { bySystem } from "./cause";
import { commit } from "./commit";
import { forEachAccount, type TroubleLog } from "./each-account";

const ACCOUNTS_AT_A_TIME = 500;
const EXPIRY = bySystem("its time was over");
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

export type ExpireDeps = { readonly db: Database; readonly log: TroubleLog };

/**
 * Writes down what time alone has done: what is left of expired grants moves to `expired`, holds past their expiry
 * give back. One transaction per account. A cleanup: every reader and spender goes by the instants already. One
 * account's trouble is logged and stops nobody. Returns how many accounts it looked at.
 */
export async function expireDue({ db, log }: ExpireDeps): Promise<number> {
  let done = 0;
  let looked = 0;
  let last = FIRST_ID;
  for (;;) {
    const due = await findDue(db, last);
    const accountIds = due.map((each) => each.account_id);
    const inTrouble = await forEachAccount(accountIds, {
      log,
      trouble: "what came due in an account could not be written down",
      step: async (accountId) => {
        const command = { kind: "expire" } as const;
        await transact(db, (tx) =>
          commit(tx, accountId, [{ key: `expire:${newId()}`, command, cause: EXPIRY }]),
        );
      },
    });
    looked += due.length;
    done += due.length - inTrouble.length;
    last = accountIds.at(-1) ?? last;
    if (due.length < ACCOUNTS_AT_A_TIME || done >= ACCOUNTS_AT_A_TIME) return looked;
  }
}

/** In the order of their ids, so that those in trouble are passed and not met again. */
const findDue = (db: Database, after: string) =>
  db.execute<{ account_id: string }>(sql`
    select g.account_id from current_grants as g
    where g.open and g.expires_at <= now() and g.remaining_credits > 0 and g.account_id > ${after}
    union
    select h.account_id from holds as h
    where h.status = 'open' and h.expires_at <= now() and h.account_id > ${after}
    order by account_id limit ${ACCOUNTS_AT_A_TIME}`);
