import { sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { type Fold, type FoldDeps, type FoldOptions, foldAccount, foldAll } from "./fold";
import { ENTRY_MONTH, KIND_OF_GRANT } from "./month-sums";

/** Adds an account's new entries up into its months (`foldAccount`). */
export const foldMonths = (db: Database, accountId: string, options?: FoldOptions): Promise<void> =>
  foldAccount(db, MONTHS, accountId, options);

/** Folds the accounts that are behind (`foldAll`). Returns how many accounts it looked at. */
export const foldAllMonths = (deps: FoldDeps, goOn?: () => boolean): Promise<number> =>
  foldAll(deps, MONTHS, goOn);

const MONTHS: Fold = {
  progress: "credit_month_progress",
  trouble: "an account's credits could not be added up by month",
  add: (tx, accountId, after, last) => addToMonths(tx, accountId, { after, last }),
};

type Entries = {
  /** Left out, from the first. */
  readonly after?: bigint;
  readonly last: bigint;
  /** They are all there are: what was added up before is written over. */
  readonly anew?: boolean;
};

/** A step: adds entries up into an account's months. Months of which there are none stay as they are. */
export function addToMonths(tx: Tx, accountId: string, { after = 0n, last, anew = false }: Entries) {
  const before = anew ? sql`` : sql`t.credits + `;
  return tx.execute(sql`
    insert into credit_months as t (account_id, month, kind, from_bucket, to_bucket, credits)
    select e.account_id, ${ENTRY_MONTH}, ${KIND_OF_GRANT}, e.from_bucket, e.to_bucket, sum(e.credits)
    from entries as e left join grants as g on g.account_id = e.account_id and g.id = e.grant_id
    where e.account_id = ${accountId} and e.seq > ${String(after)}::bigint and e.seq <= ${String(last)}::bigint
    group by 1, 2, 3, 4, 5
    on conflict (account_id, month, kind, from_bucket, to_bucket) do update set
      credits = ${before}excluded.credits`);
}
