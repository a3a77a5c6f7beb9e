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
  add: addToMonths,
};

function addToMonths(tx: Tx, accountId: string, after: bigint, last: bigint) {
  return tx.execute(sql`
    insert into credit_months as t (account_id, month, kind, from_bucket, to_bucket, credits)
    select e.account_id, ${ENTRY_MONTH}, ${KIND_OF_GRANT}, e.from_bucket, e.to_bucket, sum(e.credits)
    from entries as e left join grants as g on g.account_id = e.account_id and g.id = e.grant_id
    where e.account_id = ${accountId} and e.seq > ${String(after)}::bigint and e.seq <= ${String(last)}::bigint
    group by 1, 2, 3, 4, 5
    on conflict (account_id, month, kind, from_bucket, to_bucket) do update set
      credits = t.credits + excluded.credits`);
}
