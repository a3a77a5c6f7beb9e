import type { Sql } from "postgres";
import type { Database } from "../../db/client";
import { transact } from "../../db/transact";
import { type CycleStart, countCycles } from "../../lib/ledger/start-cycle";

/** Entries of one grant: it is given and spent from, and then what is left expires or is spent from once more. */
const ENTRIES_PER_GRANT = 250;
const CREDITS_PER_SPEND = 100;
const LEFT_OVER = 5_000;
/** Of the made-up grants, how many have not expired: a balance adds up these, and the plan's own grant. */
const LIVE_GRANTS = 2;
/** Grants a statement writes the movements of, so that no statement grows without bound. */
const GRANTS_PER_STATEMENT = 400;

/**
 * Writes past grants, spends and expiries behind an account that was just opened, as the ledger would have: every
 * spend with its key, the rest with its command, numbered without a gap, and the balance, each grant and the running cycle's figures
 * equal to what they add up to. Needs the tables' owner. At least `entries` entries, in whole grants.
 */
export async function addHistory(
  { owner, db }: { readonly owner: Sql; readonly db: Database },
  { accountId, startsAt }: CycleStart,
  entries: number,
): Promise<void> {
  const grants = Math.ceil(entries / ENTRIES_PER_GRANT);
  await addGrants(owner, accountId, grants);
  for (let first = 1; first <= grants; first += GRANTS_PER_STATEMENT) {
    const last = Math.min(grants, first + GRANTS_PER_STATEMENT - 1);
    await addMovements(owner, { accountId, first, last, live: grants - LIVE_GRANTS });
  }
  await owner`
    update balances set last_seq = (select max(seq) from entries where account_id = ${accountId})
    where account_id = ${accountId}`;
  await transact(db, (tx) => countCycles(tx, [{ accountId, startsAt }]));
}

/** Grant `n` lives for a day and expired long ago, but for the last few, which still hold what was left over. */
async function addGrants(owner: Sql, accountId: string, grants: number): Promise<void> {
  const spent = (ENTRIES_PER_GRANT - 2) * CREDITS_PER_SPEND;
  const last = CREDITS_PER_SPEND;
  await owner`
    insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
      expired_credits, revoked_credits, starts_at, expires_at, created_at)
    select ${accountId}::uuid, gen_random_uuid(), 'promotional', 'bench:' || n, ${spent + LEFT_OVER}::bigint,
      case when live then ${LEFT_OVER - last}::bigint else 0 end, 0,
      case when live then ${spent + last}::bigint else ${spent}::bigint end,
      case when live then 0 else ${LEFT_OVER}::bigint end, 0,
      at, case when live then now() + interval '10 days' else at + interval '1 day' end, at
    from generate_series(1, ${grants}::int) as n,
      lateral (select n > ${grants - LIVE_GRANTS}::int as live,
        now() - interval '2 days' - (${grants}::int - n) * interval '1 day' as at) as facts`;
}

type Part = {
  readonly accountId: string;
  readonly first: number;
  readonly last: number;
  /** Grants after this one have not expired. */
  readonly live: number;
};

/** Entry 1 of a grant gives it, the last expires it unless it is live, the others spend. */
async function addMovements(owner: Sql, { accountId, first, last, live }: Part): Promise<void> {
  await owner`
    with moved as materialized (
      select g.id as grant_id, g.credits, g.created_at + k * interval '5 minutes' as at, k,
        row_number() over (order by n, k) + (select max(seq) from entries where account_id = ${accountId}) as seq,
        case when k = 1 then 'grant' when k = ${ENTRIES_PER_GRANT}::int and n <= ${live}::int then 'expire' else 'spend' end as kind
      from generate_series(${first}::int, ${last}::int) as n
      join grants g on g.account_id = ${accountId} and g.source = 'bench:' || n
      cross join generate_series(1, ${ENTRIES_PER_GRANT}::int) as k
    ), sized as materialized (
      select *, case kind when 'grant' then credits when 'expire' then ${LEFT_OVER} else ${CREDITS_PER_SPEND} end as amount
      from moved
    ), asked as (
      insert into commands (account_id, key, kind, fingerprint, answer, first_seq, last_seq, committed_at)
      select ${accountId}::uuid, 'bench:' || seq, kind, sha256(convert_to(kind || seq, 'UTF8')),
        case kind
          when 'grant' then jsonb_build_object('kind', 'granted', 'grantId', grant_id, 'credits', amount::text)
          else jsonb_build_object('kind', 'expired', 'credits', amount::text, 'from', jsonb_build_array(jsonb_build_object('grantId', grant_id, 'credits', amount::text)))
        end, seq, seq, at
      from sized where kind <> 'spend'
    )
    insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, category, resource)
    select ${accountId}::uuid, seq, grant_id,
      (case kind when 'grant' then 'issued' else 'available' end)::bucket,
      (case kind when 'grant' then 'available' when 'spend' then 'spent' else 'expired' end)::bucket, amount, at,
      case kind when 'spend' then gen_random_uuid() end, case kind when 'spend' then 1 end,
      case kind when 'spend' then 1 end, case kind when 'spend' then 'sonata-large' end
    from sized order by seq`;
}
