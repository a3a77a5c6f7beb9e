import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

/** One place where what is stored and what the entries say differ. */
export type Drift = {
  readonly accountId: string;
  readonly grantId: string | null;
  readonly what: string;
  readonly stored: string;
  readonly entries: string;
};

/**
 * Compares every stored balance and every part of every grant with the entries (invariants I1, I2 and I4). An
 * empty list is what it should return. Reads the whole ledger: for reports and tests, not for pages.
 */
export async function findDrift(db: Reader): Promise<readonly Drift[]> {
  const rows = await db.execute<{
    account_id: string;
    grant_id: string | null;
    what: string;
    stored: string;
    entries: string;
  }>(sql`
    with moved as (
      select account_id, grant_id, from_bucket as bucket, -credits as credits from entries
      union all
      select account_id, grant_id, to_bucket, credits from entries
    ),
    per_grant as (
      select account_id, grant_id, bucket, sum(credits) as credits from moved group by account_id, grant_id, bucket
    ),
    per_account as (
      select account_id, sum(credits) filter (where bucket = 'available') as available, sum(credits) as everything
      from per_grant group by account_id
    ),
    numbered as (select account_id, count(*) as entries, max(seq) as last_seq from entries group by account_id),
    stored as (
      select g.account_id, g.id as grant_id, p.bucket::bucket as bucket, p.credits
      from grants as g cross join lateral (values
        ('issued', -g.credits), ('available', g.remaining_credits), ('held', g.held_credits),
        ('spent', g.spent_credits), ('expired', g.expired_credits), ('revoked', g.revoked_credits)
      ) as p(bucket, credits)
    )
    select s.account_id, s.grant_id, 'grant ' || s.bucket as what, s.credits::text as stored, coalesce(e.credits, 0)::text as entries
    from stored s left join per_grant e on e.account_id = s.account_id and e.grant_id = s.grant_id and e.bucket = s.bucket
    where s.credits <> coalesce(e.credits, 0)
    union all
    select b.account_id, null, 'available', b.available_credits::text, coalesce(p.available, 0)::text
    from balances b left join per_account p on p.account_id = b.account_id
    where b.available_credits <> coalesce(p.available, 0)
    union all
    select account_id, null, 'books', '0', everything::text from per_account where everything <> 0
    union all
    select b.account_id, null, 'entry numbers', b.last_seq::text, coalesce(n.last_seq, 0)::text || ' of ' || coalesce(n.entries, 0)::text
    from balances b left join numbered n on n.account_id = b.account_id
    where b.last_seq <> coalesce(n.last_seq, 0) or b.last_seq <> coalesce(n.entries, 0)`);
  return rows.map(({ account_id, grant_id, ...rest }) => ({
    accountId: account_id,
    grantId: grant_id,
    ...rest,
  }));
}
