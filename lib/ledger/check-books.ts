import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { shardingOf } from "../../db/sharding";
import { inBatches, inLanes, type ToRead } from "./account-batches";
import { forEachAccount, isNobodysTrouble, type TroubleLog } from "./each-account";
import { type Drift, findDriftOf, findWithoutBalance } from "./reconcile";

type Deps = { readonly db: Database; readonly log: TroubleLog };

/** What is stored and what the entries say differ. The log says where. */
export class BooksDrifted extends Error {
  override name = "BooksDrifted";

  constructor(readonly drift: readonly Drift[]) {
    super(`the books of ${new Set(drift.map((each) => each.accountId)).size} accounts differ`);
  }
}

/** It was told to stop before all books were compared: what was found until then is no verdict. */
export class CheckCutShort extends Error {
  override name = "CheckCutShort";
}

const ACCOUNTS_AT_A_TIME = 20_000;
/** Of one account in one log line. */
const MAX_LOGGED = 20;

/**
 * Compares every account's books with its entries (I1, I2, I4), some thousand accounts in a statement, so that none is long and
 * nothing but what differs comes out of the database; in a sharded one account after another, each of its own shard. Each account
 * that differs is a log line, one without a balance too, and then `BooksDrifted` is thrown; one whose entries take longer than a
 * query may keeps nobody behind it waiting, and counts as one that differs: nobody knows that it does not. Throws `CheckCutShort` when `goOn` ends it early.
 * `onCompared` is told how many accounts were compared by then.
 */
export async function checkBooks(
  { db, log }: Deps,
  goOn: () => boolean = () => true,
  onCompared: (accounts: number) => void = () => {},
): Promise<void> {
  const found: Drift[] = [];
  const tell = (drift: readonly Drift[]) => {
    found.push(...drift);
    for (const accountId of new Set(drift.map((each) => each.accountId))) {
      const own = drift.filter((each) => each.accountId === accountId);
      log.error({ accountId, drift: own.slice(0, MAX_LOGGED) }, "an account's books differ from its entries");
    }
  };
  const compare = async (ids: readonly string[]) => tell(await findDriftOf(db, ids));
  const isSharded = await shardingOf(db).find();
  let compared = 0;
  let last = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    if (!goOn()) throw new CheckCutShort("not all books were compared");
    const accounts = await listAccounts(db, last);
    const batches = isSharded ? accounts.map(({ accountId }) => [accountId]) : inBatches(accounts);
    await inLanes(batches, async (ids) => {
      if (!goOn()) return;
      found.push(...(await compareOrOneByOne(log, ids, compare)).map(notCompared));
      compared += ids.length;
      onCompared(compared);
    });
    const next = accounts.at(-1)?.accountId;
    if (next === undefined) break;
    last = next;
  }
  tell(await findWithoutBalance(db));
  if (found.length > 0) throw new BooksDrifted(found);
}

/** Of an account whose books could not be read. */
const notCompared = (accountId: string): Drift => ({
  accountId,
  grantId: null,
  what: "books not compared",
  stored: "unknown",
  entries: "unknown",
});

async function listAccounts(db: Database, after: string): Promise<ToRead[]> {
  const rows = await db.execute<{ account_id: string; entries: string }>(sql`
    select account_id, last_seq::text as entries from balances where account_id > ${after}
    order by account_id limit ${ACCOUNTS_AT_A_TIME}`);
  return rows.map(({ account_id, entries }) => ({ accountId: account_id, entries: BigInt(entries) }));
}

/** What fails for many is tried for each alone, so that one account's trouble is its own. Returns those that were not compared. */
async function compareOrOneByOne(
  log: TroubleLog,
  ids: readonly string[],
  compare: (ids: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  try {
    if (ids.length > 1) {
      await compare(ids);
      return [];
    }
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
  }
  const trouble = "an account's books could not be compared with its entries";
  return forEachAccount(ids, { log, trouble, step: (accountId) => compare([accountId]) });
}
