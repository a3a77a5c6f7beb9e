import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { plainArray } from "./set-sql";

export type BalanceWatch = {
  /**
   * Tells the number of the account's last entry at the next look, and then whenever it changed. Returns how to stop
   * being told.
   */
  watch(accountId: string, tell: (lastSeq: bigint) => void): () => void;
};

export type WatchOptions = {
  readonly everyMs: number;
  /** Told once when looking begins to fail; it goes on by itself. */
  readonly onTrouble: (error: unknown) => void;
};

type Watcher = {
  readonly accountId: string;
  readonly tell: (lastSeq: bigint) => void;
  reported: bigint | null;
};

/** Looks at all watched accounts in one query at a time, and at nothing while nobody watches. */
export function watchBalances(db: Reader, { everyMs, onTrouble }: WatchOptions): BalanceWatch {
  const watchers = new Set<Watcher>();
  let isLooking = false;
  let troubled = false;

  const look = async () => {
    try {
      const seqs = await readLastSeqs(db, new Set([...watchers].map((each) => each.accountId)));
      troubled = false;
      for (const each of watchers) {
        const seq = seqs.get(each.accountId);
        if (seq === undefined || seq === each.reported) continue;
        each.reported = seq;
        try {
          each.tell(seq);
        } catch (error) {
          onTrouble(error); // This watcher's alone: the others are told all the same.
        }
      }
    } catch (error) {
      if (!troubled) onTrouble(error);
      troubled = true;
    }
    isLooking = watchers.size > 0;
    if (isLooking) setTimeout(look, everyMs);
  };

  return {
    watch(accountId, tell) {
      const watcher: Watcher = { accountId, tell, reported: null };
      watchers.add(watcher);
      if (!isLooking) setTimeout(look, everyMs);
      isLooking = true;
      return () => watchers.delete(watcher);
    },
  };
}

async function readLastSeqs(
  db: Reader,
  accountIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, bigint>> {
  if (accountIds.size === 0) return new Map();
  const rows = await db.execute<{ account_id: string; last_seq: bigint }>(sql`
    select account_id, last_seq from balances where account_id = any(${plainArray([...accountIds])}::uuid[])`);
  return new Map(rows.map((row) => [row.account_id, row.last_seq]));
}
