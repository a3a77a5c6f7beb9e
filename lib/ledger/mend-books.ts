import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { err, invariant, ok, type Result } from "../result";
import { addToMonths } from "./fold-months";
import { daysOf } from "./fold-usage";
import { lockBooks } from "./lock-books";
import { type Drift, findDriftOf, MONTH_WORD, USAGE_WORDS } from "./reconcile";
import { countCycles } from "./start-cycle";

/**
 * What differs that sums of the entries do not mend: they are missing, contradictory or of nothing, or something beside them is not
 * as they say (open holds, days of usage without entries). An operator has to look.
 */
export type MendError = { readonly code: "entries_unsound"; readonly drift: readonly Drift[] };

const isOfMonths = ({ what }: Drift): boolean => what.startsWith(MONTH_WORD);
const isOfUsage = ({ what }: Drift): boolean => USAGE_WORDS.some((word) => word === what);

/**
 * A step, after the account's own lock: writes anew what is stored of an account and must be what its entries add up to: its
 * balance, the parts of its grants, the running cycle's figures, usage, and credits by month. Returns what differed before: what was
 * stored, and what is there now; nothing where nothing differed. An error, whose transaction is to be rolled back, where something
 * differs still.
 */
export async function mendBooks(tx: Tx, accountId: string): Promise<Result<readonly Drift[], MendError>> {
  await lockBooks(tx, accountId);
  const [progress] = await tx.execute<{ seq: bigint }>(
    sql`select seq from usage_progress where account_id = ${accountId} for no key update`,
  );
  const [months] = await tx.execute<{ seq: bigint }>(
    sql`select seq from credit_month_progress where account_id = ${accountId} for no key update`,
  );
  const before = await findDriftOf(tx, [accountId]);
  if (before.length === 0) return ok(before);
  if (!(await areSound(tx, accountId))) return err({ code: "entries_unsound", drift: before });
  if (before.some((each) => !isOfUsage(each) && !isOfMonths(each))) {
    const grantIds = new Set(before.flatMap(({ grantId }) => grantId ?? []));
    await mendSums(tx, accountId, [...grantIds]);
  }
  if (progress && before.some(isOfUsage)) await mendUsage(tx, accountId, progress.seq);
  if (months && before.some(isOfMonths)) await addToMonths(tx, accountId, { last: months.seq, anew: true });
  const after = await findDriftOf(tx, [accountId]);
  if (after.length > 0) return err({ code: "entries_unsound", drift: after });
  // What they had added up to when they were last looked at may have been wrong as well.
  await tx.execute(sql`update checked_books set seq = 0, sums = '[]' where account_id = ${accountId}`);
  return ok(before);
}

/** What came into these buckets of a grant, less what left them. */
const net = (...buckets: readonly string[]) => {
  const list = sql.raw(buckets.map((each) => `'${each}'`).join(", "));
  return sql`sum(case when to_bucket in (${list}) then credits else 0 end - case when from_bucket in (${list}) then credits else 0 end)`;
};

/** What an account's entries add up to for each grant. What paid a debt was used: it counts as spent of its grant. */
const partsOf = (accountId: string) => sql`
  select grant_id, ${net("available")} as remaining, ${net("held")} as held, ${net("spent", "owed")} as spent,
    ${net("expired")} as expired, ${net("revoked")} as revoked,
    sum(case when to_bucket = 'owed' and from_bucket <> 'revoked' then credits else 0 end) as paid_back
  from entries where account_id = ${accountId} and grant_id is not null group by grant_id`;

/** What an account's entries add up to as debt. */
const owedOf = (accountId: string) => sql`
  (select coalesce(sum(case when from_bucket = 'owed' then credits when to_bucket = 'owed' then -credits else 0 end), 0)
    from entries where account_id = ${accountId})`;

/** Numbered without a gap, each of a grant that gave what was issued, and nothing below zero. */
async function areSound(tx: Tx, accountId: string): Promise<boolean> {
  const [row] = await tx.execute<{ sound: boolean }>(sql`
    with parts as (${partsOf(accountId)})
    select (select count(*) = coalesce(max(seq), 0) from entries where account_id = ${accountId})
      and ${owedOf(accountId)} >= 0
      and not exists (
        select from parts p full join (select * from grants where account_id = ${accountId}) g on g.id = p.grant_id
        where g.id is null or p.grant_id is null
          or p.remaining + p.held + p.spent + p.expired + p.revoked <> g.credits
          or least(p.remaining, p.held, p.spent, p.expired, p.revoked) < 0
      ) as sound`);
  return row?.sound ?? false;
}

async function mendSums(tx: Tx, accountId: string, grantIds: readonly string[]): Promise<void> {
  const [balance] = await tx.execute<{ active: string | null; cycle_start: string }>(
    sql`select active_grant_id as active, cycle_start from balances where account_id = ${accountId}`,
  );
  invariant(balance, "its row is locked");
  // Without an active grant and an instant until which nothing changes, whoever comes next reads everything and chooses anew.
  await tx.execute(sql`
    update balances set active_grant_id = null, active_credits = 0, stable_until = null,
      last_seq = (select coalesce(max(seq), 0) from entries where account_id = ${accountId}),
      owed_credits = ${owedOf(accountId)}
    where account_id = ${accountId}`);
  const ids = [...grantIds, ...(balance.active ? [balance.active] : [])];
  if (ids.length > 0)
    await tx.execute(sql`
      with parts as (${partsOf(accountId)})
      update grants as g set remaining_credits = p.remaining, held_credits = p.held, spent_credits = p.spent,
        expired_credits = p.expired, revoked_credits = p.revoked, paid_back_credits = p.paid_back,
        cycle_used_credits = 0, cycle_paid_back_credits = 0, cycle_expired_credits = 0
      from parts as p where g.account_id = ${accountId} and p.grant_id = g.id and g.id in (${sql.join(
        ids.map((id) => sql`${id}::uuid`),
        sql`, `,
      )})`);
  await countCycles(tx, [{ accountId, startsAt: new Date(balance.cycle_start) }]);
}

/** Days of which there are no entries stay: nothing that was counted is deleted, and an operator has to look. */
const mendUsage = (tx: Tx, accountId: string, seq: bigint) =>
  tx.execute(sql`
    insert into usage_days (account_id, day, category, resource, quarters, credits_until, spends_until, credits, spends, first_seq, last_seq)
    select a.account_id, a.day, a.category, a.resource, a.quarters, a.credits_until, a.spends_until,
      a.credits_until[cardinality(a.quarters)], a.spends_until[cardinality(a.quarters)], a.first_seq, a.last_seq
    from (${daysOf(accountId, 0n, seq)}) as a
    on conflict (account_id, day, category, resource) do update set
      quarters = excluded.quarters, credits_until = excluded.credits_until, spends_until = excluded.spends_until,
      credits = excluded.credits, spends = excluded.spends, first_seq = excluded.first_seq, last_seq = excluded.last_seq`);
