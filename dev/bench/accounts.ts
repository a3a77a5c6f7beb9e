import postgres, { type Sql } from "postgres";
import { newId } from "../../lib/ids";
import { plainArray } from "../../lib/ledger/set-sql";

/** Opens so many accounts with more than a measurement can spend. Returns their ids. */
export async function openBenchAccounts(ownerUrl: string, count: number): Promise<readonly string[]> {
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  try {
    const ids = Array.from({ length: count }, newId);
    await open(owner, ids);
    return ids;
  } finally {
    await owner.end({ timeout: 5 });
  }
}

/** Each with one grant that lasts for the whole measurement. */
async function open(owner: Sql, ids: readonly string[]): Promise<void> {
  const all = plainArray(ids);
  await owner.unsafe(
    `insert into accounts (id, name, plan, cycle_anchor, period_start, period_end)
     select id, 'bench', 'premium', now() - interval '1 day', now() - interval '1 day', now() + interval '29 days'
     from unnest($1::uuid[]) as a(id)`,
    [all],
  );
  await owner.unsafe(
    "insert into balances (account_id, last_seq) select id, 1 from unnest($1::uuid[]) as a(id)",
    [all],
  );
  await owner.unsafe(
    `insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
       expired_credits, revoked_credits, starts_at, expires_at, created_at, cycle_from)
     select id, gen_random_uuid(), 'plan', 'bench', 1000000000000, 1000000000000, 0, 0, 0, 0,
       now() - interval '1 day', now() + interval '29 days', now() - interval '1 day', '1970-01-01Z'
     from unnest($1::uuid[]) as a(id)`,
    [all],
  );
  await owner.unsafe(
    `insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
     select account_id, 1, id, 'issued', 'available', credits, created_at from grants where account_id = any($1::uuid[])`,
    [all],
  );
}
