import type { Sql } from "postgres";

/**
 * Makes every reading of this account's entries fail in the middle, as a statement that took too long does: newest
 * first, some rows are sent and then none. Nobody else's entries are touched. Needs entries with numbers on both
 * sides of `atSeq`. Returns how to mend it.
 */
export async function breakReadingEntries(
  owner: Sql,
  accountId: string,
  atSeq: number,
): Promise<() => Promise<void>> {
  await owner.unsafe(`create policy breaks_reading on entries using (
    case when account_id = '${accountId}' then 1 / (seq - ${atSeq}) is not null else true end) with check (true)`);
  await owner.unsafe("alter table entries enable row level security");
  // Few rows would be sorted before the first is sent, and fail by then.
  const plans = ["enable_sort", "enable_seqscan", "enable_bitmapscan"];
  await alterDatabase(
    owner,
    plans.map((plan) => `set ${plan} = off`),
  );
  return async () => {
    await owner.unsafe("alter table entries disable row level security");
    await owner.unsafe("drop policy breaks_reading on entries");
    await alterDatabase(
      owner,
      plans.map((plan) => `reset ${plan}`),
    );
  };
}

/** For everybody who connects to it: whoever is connected has to do so again. */
async function alterDatabase(owner: Sql, changes: readonly string[]): Promise<void> {
  const [database] = await owner<{ name: string }[]>`select current_database() as name`;
  for (const change of changes) await owner.unsafe(`alter database ${database?.name} ${change}`);
  await owner`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
}

export type Counts = { right: number; refused: number; readonly wrong: string[] };

/**
 * Callers, each asking again as soon as it was answered, until `enough` says so. A caller throws what was wrong about
 * its answer, and otherwise says whether it was given one or told that there is none.
 */
export async function askUntil(
  enough: (counts: Counts) => boolean,
  callers: readonly (() => Promise<"right" | "refused">)[],
): Promise<Counts> {
  const counts: Counts = { right: 0, refused: 0, wrong: [] };
  const keepAsking = async (ask: () => Promise<"right" | "refused">) => {
    while (!enough(counts)) {
      try {
        counts[await ask()] += 1;
      } catch (error) {
        counts.wrong.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(callers.map(keepAsking));
  return counts;
}

export const answers = ({ right, refused, wrong }: Counts): number => right + refused + wrong.length;
