import { asc, gt } from "drizzle-orm";
import type { Database } from "../../db/client";
import { balances } from "../../db/schema";
import { forEachAccount, type TroubleLog } from "./each-account";
import { findDriftByAccount } from "./reconcile";

type Deps = { readonly db: Database; readonly log: TroubleLog };

/** What is stored and what the entries say differ. The log says where. */
export class BooksDrifted extends Error {
  override name = "BooksDrifted";
}

/** It was told to stop before all books were compared: what was found until then is no verdict. */
export class CheckCutShort extends Error {
  override name = "CheckCutShort";
}

const AT_A_TIME = 200;
/** Of one account in one log line. */
const MAX_LOGGED = 20;

/**
 * Compares every account's books with its entries (I1, I2, I4), one account after another, so that no transaction is long
 * and each is asked of its own shard. Each account that differs is a log line, and then `BooksDrifted` is thrown; one whose
 * entries take longer than a query may is a line too, keeps nobody behind it waiting, and is no verdict. Throws
 * `CheckCutShort` when `goOn` ends it early.
 */
export async function checkBooks({ db, log }: Deps, goOn: () => boolean = () => true): Promise<void> {
  const drifted: string[] = [];
  const compare = async (accountId: string) => {
    const drift = await findDriftByAccount(db, [accountId]);
    if (drift.length === 0) return;
    drifted.push(accountId);
    log.error({ accountId, drift: drift.slice(0, MAX_LOGGED) }, "an account's books differ from its entries");
  };
  let last = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    if (!goOn()) throw new CheckCutShort("not all books were compared");
    const ids = await db
      .select({ id: balances.accountId })
      .from(balances)
      .where(gt(balances.accountId, last))
      .orderBy(asc(balances.accountId))
      .limit(AT_A_TIME);
    const trouble = "an account's books could not be compared with its entries";
    await forEachAccount(
      ids.map(({ id }) => id),
      { log, trouble, step: compare },
    );
    const next = ids.at(-1)?.id;
    if (next === undefined) break;
    last = next;
  }
  if (drifted.length > 0) throw new BooksDrifted(`the books of ${drifted.length} accounts differ`);
}
