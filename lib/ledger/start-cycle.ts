import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { balances } from "../../db/schema";

/**
 * A step: from now on the account's figures are those of the cycle that began at this instant. It may lie some time back: what
 * was moved since is counted from the entries, read backwards as far as that, once, so that nobody who asks for the figures
 * has to. Counts nothing anew where the instant is the running cycle's. A grant that ended before the start is counted only
 * where work still holds some of it.
 */
export async function startCycle(tx: Tx, accountId: string, startsAt: Date): Promise<void> {
  // Not before it has come, should the clock that named it be ahead of the database's: what is spent until then would be of none.
  const at = sql`least(${startsAt.toISOString()}::timestamptz, date_trunc('milliseconds', now()))`;
  // Before the grants are read: it takes the account's ledger lock.
  const [started] = await tx
    .update(balances)
    .set({ cycleStart: at })
    .where(and(eq(balances.accountId, accountId), sql`${balances.cycleStart} is distinct from ${at}`))
    .returning({ cycleStart: balances.cycleStart });
  if (started) await countCycle(tx, accountId, started.cycleStart);
}

/** A step: counts the running cycle anew, from its entries. Its caller has the account's ledger lock. */
export async function countCycle(tx: Tx, accountId: string, startsAt: Date): Promise<void> {
  const at = startsAt.toISOString();
  // The active grant's row is behind, by spends of the cycle before as well: it is brought up to date.
  await tx.execute(sql`
    update grants as g set remaining_credits = c.remaining_credits, spent_credits = c.spent_credits, cycle_from = ${at}::timestamptz,
      cycle_used_credits = coalesce(m.used, 0), cycle_paid_back_credits = coalesce(m.paid_back, 0),
      cycle_expired_credits = least(c.expired_credits, coalesce(m.expired, 0))
    from current_grants as c
    left join (
      select e.grant_id, sum(e.credits) filter (where e.to_bucket = 'spent') as used,
        sum(e.credits) filter (where e.to_bucket = 'owed' and e.from_bucket <> 'revoked' and w.expires_at > ${at}::timestamptz) as paid_back,
        sum(e.credits) filter (where e.to_bucket = 'expired' and (e.from_bucket = 'held' or w.expires_at > ${at}::timestamptz)) as expired
      from entries as e join grants as w on w.account_id = ${accountId} and w.id = e.grant_id
      where e.account_id = ${accountId} and e.at >= ${at}::timestamptz
        and e.seq > coalesce((
          select p.seq from entries as p where p.account_id = ${accountId} and p.at < ${at}::timestamptz order by p.seq desc limit 1
        ), 0)
        and e.seq <= (select b.last_seq from balances as b where b.account_id = ${accountId})
      group by e.grant_id
    ) as m on m.grant_id = c.id
    where g.account_id = ${accountId} and c.account_id = ${accountId} and c.id = g.id
      and (c.expires_at > ${at}::timestamptz or c.held_credits > 0 or m.used > 0 or m.expired > 0)`);
}
