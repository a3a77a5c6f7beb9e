import { rawOf, type Tx } from "../../db/client";
import { type SetStatement, sendForEach, setStatement } from "./set-sql";

export type CycleStart = { readonly accountId: string; readonly startsAt: Date };

/**
 * A step: from now on the account's figures are those of the cycle that began at this instant. It may lie some time back: what
 * was moved since is counted from the entries, read backwards as far as that, once, so that nobody who asks for the figures
 * has to. Counts nothing anew where the instant is the running cycle's. A grant that ended before the start is counted only
 * where work still holds some of it.
 */
export const startCycle = (tx: Tx, accountId: string, startsAt: Date): Promise<void> =>
  startCycles(tx, [{ accountId, startsAt }]);

/** A step: the same for several accounts, each with a start of its own, in two statements. */
export async function startCycles(tx: Tx, starts: readonly CycleStart[]): Promise<void> {
  // Before the grants are read: it takes the accounts' ledger locks.
  const started = await send<{ account_id: string; cycle_start: string }>(tx, START, starts.map(inOrder));
  await countCycles(
    tx,
    started.map((each) => ({ accountId: each.account_id, startsAt: new Date(each.cycle_start) })),
  );
}

/** A step: counts the running cycles anew, from their entries. Its caller has the accounts' ledger locks. */
export async function countCycles(tx: Tx, starts: readonly CycleStart[]): Promise<void> {
  if (starts.length > 0) await send(tx, COUNT, starts.map(inOrder));
}

const inOrder = ({ accountId, startsAt }: CycleStart) => [accountId, startsAt] as const;

/**
 * A step: from these instants on whoever moves an account's credits or reads its balance is told that somebody has to be
 * asked first. What is written already is not written again: no spend waits for that.
 */
export async function setOpensAt(
  tx: Tx,
  instants: readonly { readonly accountId: string; readonly at: Date }[],
): Promise<void> {
  await send(
    tx,
    OPENS_AT,
    instants.map(({ accountId, at }) => [accountId, at]),
  );
}

const send = <R extends object>(
  tx: Tx,
  statement: SetStatement,
  instants: readonly (readonly [accountId: string, at: Date])[],
): Promise<readonly R[]> => {
  const ids = instants.map(([id]) => id);
  return sendForEach<R>(rawOf(tx), statement, ids, [instants.map(([, at]) => at)]);
};

/** Not before it has come, should the clock that named it be ahead of the database's: what is spent until then would be of none. */
const AT = "least(m.starts_at, date_trunc('milliseconds', now()))";

const START = setStatement(
  [["starts_at", "timestamptz"]],
  (rows, account) => `
    update balances as b set cycle_start = ${AT} from ${rows}
    where b.account_id = ${account} and b.cycle_start is distinct from ${AT}
    returning b.account_id, b.cycle_start`,
);

/**
 * The active grant's row is behind, by spends of the cycle before as well: it is brought up to date. `offset 0`: where the cycle begins
 * among an account's entries is found once for each account, and not for each of its entries, whatever is known of the tables.
 */
const COUNT = setStatement(
  [["starts_at", "timestamptz"]],
  (rows, account) => `
    update grants as g set remaining_credits = c.remaining_credits, spent_credits = c.spent_credits, cycle_from = m.starts_at,
      cycle_used_credits = coalesce(u.used, 0), cycle_paid_back_credits = coalesce(u.paid_back, 0),
      cycle_expired_credits = least(c.expired_credits, coalesce(u.expired, 0))
    from ${rows}
    join current_grants as c on c.account_id = ${account}
    left join (
      select e.account_id, e.grant_id, sum(e.credits) filter (where e.to_bucket = 'spent') as used,
        sum(e.credits) filter (where e.to_bucket = 'owed' and e.from_bucket <> 'revoked' and w.expires_at > m.starts_at) as paid_back,
        sum(e.credits) filter (where e.to_bucket = 'expired' and (e.from_bucket = 'held' or w.expires_at > m.starts_at)) as expired
      from (
        select b.account_id, m.starts_at, b.last_seq, coalesce((
            select p.seq from entries as p where p.account_id = ${account} and p.at < m.starts_at order by p.seq desc limit 1
          ), 0) as before
        from ${rows} join balances as b on b.account_id = ${account} offset 0
      ) as m
      join entries as e on e.account_id = ${account} and e.at >= m.starts_at and e.seq > m.before and e.seq <= m.last_seq
      join grants as w on w.account_id = ${account} and w.id = e.grant_id
      group by e.account_id, e.grant_id
    ) as u on u.account_id = c.account_id and u.grant_id = c.id
    where g.account_id = ${account} and c.id = g.id
      and (c.expires_at > m.starts_at or c.held_credits > 0 or u.used > 0 or u.expired > 0)`,
);

const OPENS_AT = setStatement(
  [["at", "timestamptz"]],
  (rows, account) => `
    update balances as b set opens_at = m.at, stable_until = case when b.stable_until > m.at then m.at else b.stable_until end
    from ${rows} where b.account_id = ${account} and b.opens_at is distinct from m.at`,
);
