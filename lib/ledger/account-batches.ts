/** An account with how many of its entries are to be read. */
export type ToRead = { readonly accountId: string; readonly entries: bigint };

/** So many accounts, or entries, in one statement: it takes a second or two, and less memory than the database gives a query. */
const ACCOUNTS_AT_A_TIME = 2_000;
const ENTRIES_AT_A_TIME = 250_000n;
/** Two of a database's processors are kept busy, and the rest is for everybody else. */
const LANES = 2;

/** Puts accounts together as one statement can read them; one with more entries than that is alone. */
export function inBatches(accounts: readonly ToRead[]): string[][] {
  const batches: string[][] = [];
  let entries = 0n;
  for (const each of accounts) {
    const batch = batches.at(-1);
    if (batch && batch.length < ACCOUNTS_AT_A_TIME && entries + each.entries <= ENTRIES_AT_A_TIME)
      batch.push(each.accountId);
    else {
      batches.push([each.accountId]);
      entries = 0n;
    }
    entries += each.entries;
  }
  return batches;
}

/** Works through them, two at once. The first that fails ends it, once the other has ended. */
export async function inLanes<T>(
  work: readonly T[],
  step: (each: T) => Promise<void>,
  lanes = LANES,
): Promise<void> {
  const left = [...work].reverse();
  const ended = await Promise.allSettled(
    Array.from({ length: lanes }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await step(next);
    }),
  );
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
