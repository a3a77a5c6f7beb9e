import { asc, gt } from "drizzle-orm";
import type { Database } from "../../db/client";
import { balances } from "../../db/schema";
import { type Drift, findDriftByAccount } from "./reconcile";

type Deps = {
  readonly db: Database;
  readonly log: { error(context: object, message: string): void };
};

/** What is stored and what the entries say differ. The log says where. */
export class BooksDrifted extends Error {
  override name = "BooksDrifted";
}

const AT_A_TIME = 200;
const MOST_LOGGED = 20;

/**
 * Compares every account's books with its entries (I1, I2, I4), one account after another, so that no transaction is long
 * and each is asked of its own shard. Throws `BooksDrifted` when any differs, with the first twenty places in one log line.
 * `goOn` may end the round early: what was compared until then counts.
 */
export async function checkBooks({ db, log }: Deps, goOn: () => boolean = () => true): Promise<void> {
  const drift: Drift[] = [];
  let last = "00000000-0000-0000-0000-000000000000";
  while (goOn()) {
    const ids = await db
      .select({ id: balances.accountId })
      .from(balances)
      .where(gt(balances.accountId, last))
      .orderBy(asc(balances.accountId))
      .limit(AT_A_TIME);
    drift.push(
      ...(await findDriftByAccount(
        db,
        ids.map(({ id }) => id),
      )),
    );
    const next = ids.at(-1)?.id;
    if (next === undefined || drift.length >= MOST_LOGGED) break;
    last = next;
  }
  if (drift.length === 0) return;
  log.error({ drift: drift.slice(0, MOST_LOGGED) }, "books do not agree with their entries");
  throw new BooksDrifted(`books differ from their entries in ${drift.length} places or more`);
}
