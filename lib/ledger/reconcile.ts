import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { IS_USAGE } from "./entry-category";
import { ENTRY_MONTH, KIND_OF_GRANT } from "./month-sums";
import { plainArray } from "./set-sql";

/** One place where what is stored and what the entries say differ. */
export type Drift = {
  readonly accountId: string;
  readonly grantId: string | null;
  readonly what: string;
  readonly stored: string;
  readonly entries: string;
};

/** What differs where usage is not what its entries add up to: its credits, and how many spends they were. */
export const USAGE_WORDS = ["usage", "usage spends"] as const;

/** What differs where credits by month are not what their entries add up to begins so. */
export const MONTH_WORD = "credits of ";

/**
 * Compares every debt and every part of every grant with the entries, and what is held with the open holds (invariants I1, I2 and
 * I4), the figures of the running cycle with the entries since its start (I25), and what usage and credits by month were added up
 * to with the entries until there. An empty list is what it should return. Reads the whole ledger: for reports and tests, not for pages.
 */
export const findDrift = (db: Reader): Promise<readonly Drift[]> => driftWhere(db, () => sql`true`);

/** The same of these accounts alone, in one statement: in a sharded database of one account, which its shard answers. */
export const findDriftOf = (db: Reader, accountIds: readonly string[]): Promise<readonly Drift[]> =>
  driftWhere(db, (column) => isAmong(column, accountIds));

const isAmong = (column: string, [only, ...others]: readonly string[]): SQL =>
  others.length === 0
    ? sql`${sql.raw(column)} = ${only}`
    : sql`${sql.raw(column)} = any(${plainArray([only ?? "", ...others])}::uuid[])`;

/**
 * The same of one account after another: what a sharded database answers each from its shard, while of all at once it would
 * gather the whole ledger on its coordinator. Each account is seen at a moment of its own.
 */
export async function findDriftByAccount(
  db: Reader,
  accountIds: readonly string[],
): Promise<readonly Drift[]> {
  const found: Drift[] = [];
  for (const accountId of accountIds) found.push(...(await findDriftOf(db, [accountId])));
  return found;
}

/** Accounts with entries and no balance, the first hundred. What has one is compared by that. */
export async function findWithoutBalance(db: Reader): Promise<readonly Drift[]> {
  const rows = await db.execute<{ account_id: string; entries: string }>(sql`
    select e.account_id, count(*)::text as entries from entries as e left join balances as b on b.account_id = e.account_id
    where b.account_id is null group by e.account_id order by e.account_id limit 100`);
  return rows.map(({ account_id: accountId, entries }) => ({
    accountId,
    grantId: null,
    what: "entries of no balance",
    stored: "none",
    entries,
  }));
}

/** CTEs: the running cycle's figures as grants have them (`figures`), where the entries say something else. */
const cycleFigures = (only: (column: string) => SQL): SQL => sql`
    -- Since the running cycle's start; of a grant that was over by then, what running work had held of it.
    counted as (
      select g.account_id, g.id as grant_id, sum(e.in_cycle) filter (where e.to_bucket = 'spent') as used,
        sum(e.in_cycle) filter (where e.to_bucket = 'owed' and e.from_bucket <> 'revoked' and g.expires_at > b.cycle_start) as paid_back,
        bool_or(e.from_bucket = 'revoked' and e.to_bucket = 'expired' and g.expires_at <= b.cycle_start) as restored,
        least(g.expired_credits, coalesce(sum(e.in_cycle) filter (where e.to_bucket = 'expired' and (e.from_bucket = 'held' or g.expires_at > b.cycle_start)), 0)) as expired
      from balances as b join grants as g on g.account_id = b.account_id
      join sums as e on e.account_id = g.account_id and e.grant_id = g.id and e.in_cycle > 0
      where ${only("b.account_id")} and ${only("g.account_id")} group by g.account_id, g.id
    ),
    paid_back as (
      select account_id, grant_id, sum(credits) as credits from sums
      where to_bucket = 'owed' and from_bucket <> 'revoked' group by 1, 2
    ),
    figures as (
      select g.account_id, g.id as grant_id, p.what, p.stored, p.entries
      from current_grants as g join balances as b on b.account_id = g.account_id
      left join counted as c on c.account_id = g.account_id and c.grant_id = g.id
      left join paid_back as d on d.account_id = g.account_id and d.grant_id = g.id
      cross join lateral (values
        ('paid back', g.paid_back_credits, coalesce(d.credits, 0)),
        ('used in the cycle', case when g.cycle_from = b.cycle_start then g.cycle_used_credits else 0 end, coalesce(c.used, 0)),
        ('paid back in the cycle', case when g.cycle_from = b.cycle_start then g.cycle_paid_back_credits else 0 end, coalesce(c.paid_back, 0)),
        ('expired in the cycle', case when g.cycle_from = b.cycle_start then g.cycle_expired_credits else 0 end,
          -- Of one that was over before, sums do not tell which of what expired was revoked and restored.
          case when c.restored then least(c.expired, g.cycle_expired_credits) else coalesce(c.expired, 0) end),
        ('grants not counted', case when g.cycle_from is distinct from b.cycle_start and (g.expires_at > b.cycle_start or g.held_credits > 0) then 1 else 0 end, 0)
      ) as p(what, stored, entries)
      where p.stored <> p.entries and ${only("g.account_id")} and ${only("b.account_id")}
    )`;

const quoted = (word: (typeof USAGE_WORDS)[number]): SQL => sql.raw(`'${word}'`);

/** What of the CTEs differs: a row each. */
const differences = (only: (column: string) => SQL): SQL => sql`
    select s.account_id, s.grant_id, 'grant ' || s.bucket as what, s.credits::text as stored, coalesce(e.credits, 0)::text as entries
    from stored s left join per_grant e on e.account_id = s.account_id and e.grant_id = s.grant_id and e.bucket = s.bucket
    where s.credits <> coalesce(e.credits, 0)
    union all
    select b.account_id, null, 'owed', b.owed_credits::text, coalesce(p.owed, 0)::text
    from balances b left join per_account p on p.account_id = b.account_id
    where b.owed_credits <> coalesce(p.owed, 0) and ${only("b.account_id")}
    union all
    select g.account_id, g.id, 'open holds', g.held_credits::text, coalesce(a.credits, 0)::text
    from grants g left join set_aside a on a.account_id = g.account_id and a.grant_id = g.id
    where g.held_credits <> coalesce(a.credits, 0) and ${only("g.account_id")}
    union all
    select p.account_id, p.grant_id, 'entries of no grant', 'none', p.credits::text
    from per_grant p left join grants g on g.account_id = p.account_id and g.id = p.grant_id and ${only("g.account_id")}
    where p.grant_id is not null and g.id is null
    union all
    select account_id, grant_id, what, stored::text, entries::text from figures
    union all
    select account_id, null, 'books', '0', everything::text from per_account where everything <> 0
    union all
    select p.account_id, null, 'entries of no balance', 'none', p.everything::text from per_account p
    left join balances b on b.account_id = p.account_id and ${only("b.account_id")} where b.account_id is null
    union all
    select coalesce(n.account_id, u.account_id), null, p.what, p.stored::text, p.entries::text
    from numbered n full join added_up u on u.account_id = n.account_id
    cross join lateral (values (${quoted(USAGE_WORDS[0])}, coalesce(u.usage, 0), coalesce(n.usage, 0)), (${quoted(USAGE_WORDS[1])}, coalesce(u.spends, 0), coalesce(n.spends, 0))) as p(what, stored, entries)
    where p.stored <> p.entries
    union all
    select coalesce(m.account_id, k.account_id), null,
      ${sql.raw(`'${MONTH_WORD}'`)} || concat_ws(' ', to_char(coalesce(m.month, k.month), 'YYYY-MM'), coalesce(m.kind, k.kind), coalesce(m.from_bucket, k.from_bucket), coalesce(m.to_bucket, k.to_bucket)),
      coalesce(k.credits, 0)::text, coalesce(m.credits, 0)::text
    from by_month m full join (select * from credit_months where ${only("account_id")}) k
      on k.account_id = m.account_id and k.month = m.month and k.kind = m.kind and k.from_bucket = m.from_bucket and k.to_bucket = m.to_bucket
    where coalesce(m.credits, 0) <> coalesce(k.credits, 0)
    union all
    select b.account_id, null, 'entry numbers', b.last_seq::text, coalesce(n.last_seq, 0)::text || ' of ' || coalesce(n.entries, 0)::text
    from balances b left join numbered n on n.account_id = b.account_id
    where (b.last_seq <> coalesce(n.last_seq, 0) or b.last_seq <> coalesce(n.entries, 0)) and ${only("b.account_id")}`;

async function driftWhere(db: Reader, only: (column: string) => SQL): Promise<readonly Drift[]> {
  const rows = await db.execute<{
    account_id: string;
    grant_id: string | null;
    what: string;
    stored: string;
    entries: string;
  }>(sql`
    -- The entries are read once; whatever is compared is made of these sums.
    with sums as materialized (
      select e.account_id, e.grant_id, e.from_bucket, e.to_bucket, ${ENTRY_MONTH} as month,
        sum(e.credits) as credits, count(*) as entries, max(e.seq) as last_seq,
        coalesce(sum(e.credits) filter (where e.seq <= m.seq), 0) as in_months,
        coalesce(sum(e.credits) filter (where e.at >= b.cycle_start), 0) as in_cycle,
        coalesce(sum(e.credits) filter (where ${IS_USAGE} and e.seq <= p.seq), 0) as usage,
        count(*) filter (where ${IS_USAGE} and e.line = 0 and e.seq <= p.seq) as spends
      from entries as e left join balances as b on b.account_id = e.account_id
        left join usage_progress as p on p.account_id = e.account_id
        left join credit_month_progress as m on m.account_id = e.account_id
      where ${only("e.account_id")} group by 1, 2, 3, 4, 5
    ),
    moved as (
      select account_id, grant_id, from_bucket as bucket, -credits as credits from sums
      union all
      select account_id, grant_id, to_bucket, credits from sums
    ),
    per_grant as (
      -- What paid a debt was used: it counts as spent of its grant.
      select account_id, grant_id, case when bucket = 'owed' and grant_id is not null then 'spent' else bucket end as bucket, sum(credits) as credits
      from moved group by 1, 2, 3
    ),
    per_account as (
      select account_id, -coalesce(sum(credits) filter (where bucket = 'owed'), 0) as owed, sum(credits) as everything
      from moved group by account_id
    ),
    set_aside as (
      select h.account_id, (s.share->>0)::uuid as grant_id, sum((s.share->>1)::bigint) as credits
      from holds as h cross join lateral jsonb_array_elements(h.shares) as s(share)
      where h.status = 'open' and ${only("h.account_id")} group by 1, 2
    ),
    numbered as (
      select account_id, sum(entries) as entries, max(last_seq) as last_seq, sum(usage) as usage, sum(spends) as spends
      from sums group by account_id
    ),
    added_up as (
      select account_id, sum(credits) as usage, sum(spends) as spends from usage_days where ${only("account_id")} group by account_id
    ),
    by_month as (
      select e.account_id, e.month, ${KIND_OF_GRANT} as kind, e.from_bucket, e.to_bucket, sum(e.in_months) as credits
      from sums as e left join grants as g on g.account_id = e.account_id and g.id = e.grant_id
      where e.in_months > 0 group by 1, 2, 3, 4, 5
    ),
    ${cycleFigures(only)},
    stored as (
      select g.account_id, g.id as grant_id, p.bucket::bucket as bucket, p.credits
      from current_grants as g cross join lateral (values
        ('issued', -g.credits), ('available', g.remaining_credits), ('held', g.held_credits),
        ('spent', g.spent_credits), ('expired', g.expired_credits), ('revoked', g.revoked_credits)
      ) as p(bucket, credits)
      where ${only("g.account_id")}
    )
    ${differences(only)}`);
  return rows.map(({ account_id, grant_id, ...rest }) => ({
    accountId: account_id,
    grantId: grant_id,
    ...rest,
  }));
}
