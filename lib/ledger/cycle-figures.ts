import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { type Credits, credits, NO_CREDITS, sumCredits } from "../money/credits";
import { invariant } from "../result";
import { getBalance } from "./queries";

/**
 * What became of an account's credits in its running cycle, in credits, each figure zero or more:
 *
 *   total = left at the cycle's start + given since − revoked = used + paidBack + held + frozen + expired + remaining
 *
 * What is revoked of credits that had been used changes none of these: it is owed. What expired at or before the start is in none.
 */
export type CycleFigures = {
  readonly startedAt: Date;
  readonly total: Credits;
  /** Spent out of grants since the start, by entries: spends and captures, whatever grant they came from. */
  readonly used: Credits;
  /** What paid a debt out of grants since the start: credits that were used before, or beyond the balance. */
  readonly paidBack: Credits;
  /** Set aside for running work, also from grants that have expired since. */
  readonly held: Credits;
  /** Left of grants that may not be spent from until they are paid. */
  readonly frozen: Credits;
  /** Expired unused since the start; what expired at the start itself was the last cycle's. */
  readonly expired: Credits;
  /** Usable now. */
  readonly remaining: Credits;
  /** Of the total, what plan grants brought, and what all others did. */
  readonly totalPlan: Credits;
  readonly totalAddOn: Credits;
  /** Of the total, what was left at the cycle's start, by when it expires: the soonest first. */
  readonly carriedOver: readonly { readonly expiresAt: Date; readonly credits: Credits }[];
  /** Debt, outside the total: credits used that no grant had, or whose grant was revoked. What comes in next pays it. */
  readonly owed: Credits;
};

type Row = {
  start: string;
  /** Null where there is no grant. */
  kind: string | null;
  expires_at: string;
  is_new: boolean;
  remaining: bigint;
  held: bigint;
  used: string;
  paid_back: string;
  expired: string;
};

/**
 * The figures of the account's running cycle at this instant of the database's clock: the same that every page, the API and
 * mails show. Open the cycle first where `mustOpen` (`readBalance`, `loadBilling`). Throws when the account has no books.
 */
export async function getCycleFigures(db: Reader, accountId: string): Promise<CycleFigures> {
  const [balance, rows] = await Promise.all([
    getBalance(db, accountId),
    db.execute<Row>(sql`
      with moved as (
        select e.grant_id,
          coalesce(sum(e.credits) filter (where e.from_bucket in ('available', 'held') and e.to_bucket = 'spent'), 0) as used,
          coalesce(sum(e.credits) filter (where e.to_bucket = 'owed'), 0) as paid_back,
          coalesce(sum(e.credits) filter (where e.to_bucket = 'expired'), 0) as expired
        from entries as e join accounts as a on a.id = e.account_id and e.at >= a.period_start
        where e.account_id = ${accountId} and e.grant_id is not null group by 1
      )
      select a.period_start as start, g.kind, g.expires_at, g.starts_at >= a.period_start as is_new,
        case when g.expires_at <= a.period_start then 0 else g.remaining_credits end as remaining, g.held_credits as held,
        coalesce(m.used, 0) as used, coalesce(m.paid_back, 0) as paid_back,
        case when g.expires_at > a.period_start then least(g.expired_credits, coalesce(m.expired, 0)) else 0 end as expired
      from accounts as a
      left join current_grants as g on g.account_id = a.id and g.starts_at <= now()
        and (g.expires_at > a.period_start or g.held_credits > 0 or g.id in (select grant_id from moved))
      left join moved as m on m.grant_id = g.id
      where a.id = ${accountId}`),
  ]);
  const [first, ...others] = rows;
  invariant(first, `account ${accountId} has no row`);
  const grants = first.kind === null ? [] : [first, ...others];
  const brought = ({ remaining, held, used, paid_back, expired }: Row) =>
    credits(remaining + held + BigInt(used) + BigInt(paid_back) + BigInt(expired));
  const sumOf = (of: (row: Row) => bigint, list: readonly Row[] = grants) =>
    sumCredits(list.map((each) => credits(of(each))));
  const used = sumOf((row) => BigInt(row.used));
  const paidBack = sumOf((row) => BigInt(row.paid_back));
  const held = sumOf((row) => row.held);
  const totalPlan = sumOf(
    brought,
    grants.filter((each) => each.kind === "plan"),
  );
  const totalAddOn = sumOf(
    brought,
    grants.filter((each) => each.kind !== "plan"),
  );
  const total = sumCredits([totalPlan, totalAddOn]);
  const { remaining, frozen, owed } = balance;
  return {
    startedAt: new Date(first.start),
    total,
    used,
    paidBack,
    held,
    frozen,
    expired: credits(total - used - paidBack - held - frozen - remaining),
    remaining,
    totalPlan,
    totalAddOn,
    carriedOver: carriedOver(
      grants.filter((each) => !each.is_new).map((row) => [new Date(row.expires_at), brought(row)]),
    ),
    owed,
  };
}

function carriedOver(parts: readonly (readonly [Date, Credits])[]): CycleFigures["carriedOver"] {
  const sums = new Map<number, Credits>();
  for (const [at, amount] of parts)
    sums.set(at.getTime(), sumCredits([sums.get(at.getTime()) ?? NO_CREDITS, amount]));
  return [...sums]
    .filter(([, amount]) => amount > 0n)
    .sort(([a], [b]) => a - b)
    .map(([at, amount]) => ({ expiresAt: new Date(at), credits: amount }));
}
