import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { transact } from "../../../db/transact";
import { forEachAccount } from "../../ledger/each-account";
import { credits } from "../../money/credits";
import { mailBuyers } from "../../outbox/enqueue";
import type { NoticeDeps } from "./low-credits";

const AT_A_TIME = 500;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Mails accounts whose add-on credits expire within 72 hours, with how many are unused: once for each instant at which some
 * expire. Those that were bought for less than 72 hours are left out: their buyers have just confirmed that they know.
 */
export async function noticeExpiringCredits({ db, log }: NoticeDeps): Promise<void> {
  let after = FIRST_ID;
  for (;;) {
    const rows = await findExpiring(db, after);
    const accountIds = [...new Set(rows.map((each) => each.account_id))];
    await forEachAccount(accountIds, {
      log,
      trouble: "an account could not be told of credits that expire",
      step: async (accountId) => {
        for (const row of rows.filter((each) => each.account_id === accountId)) await tell(db, row);
      },
    });
    if (rows.length < AT_A_TIME) return;
    after = accountIds.at(-1) ?? after;
  }
}

type Expiring = {
  account_id: string;
  effect: string;
  expires_at: string;
  now: string;
  unused: string;
};

/**
 * In the order of the accounts' ids: who wants no such mail is passed, and not met again. An account with more instants than
 * fit is told of the rest an hour later.
 */
const findExpiring = (db: Database, after: string) =>
  db.execute<Expiring>(sql`
    select e.* from (
      select g.account_id, g.expires_at, now() as now, sum(g.remaining_credits)::text as unused,
        'add_ons_expiring:' || (extract(epoch from g.expires_at) * 1000)::bigint as effect
      from current_grants as g
      where g.open and g.kind <> 'plan' and g.frozen_at is null and g.remaining_credits > 0 and g.starts_at <= now()
        and g.expires_at > now() and g.expires_at <= now() + interval '72 hours'
        and g.starts_at < g.expires_at - interval '72 hours'
      group by g.account_id, g.expires_at
    ) as e
    where not exists (
      select from account_mails as m where m.account_id = e.account_id and m.effect = e.effect
    )
    and e.account_id > ${after}
    order by e.account_id, e.expires_at limit ${AT_A_TIME}`);

const tell = (db: Database, { account_id, effect, expires_at, now, unused }: Expiring): Promise<void> =>
  transact(db, (tx) =>
    mailBuyers(tx, account_id, {
      kind: "add_ons_expiring",
      effect,
      facts: {
        credits: credits(BigInt(unused)),
        expiresAt: new Date(expires_at),
        seenAt: new Date(now),
      },
    }),
  );
