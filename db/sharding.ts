import type { Database } from "./client";

/** Whether this database keeps its accounts in shards. */
export type Sharding = {
  /** Null until it was found. */
  readonly known: boolean | null;
  /** Asks the database, once for all who ask until it answered. Rejects with what the database throws. */
  find(): Promise<boolean>;
  /** Asks again beside everything else, because something failed that should not; until then what was found holds. */
  doubt(): void;
};

/**
 * Asks the catalog instead of a setting, which could be wrong. `db:distribute` refuses while a process is connected, but
 * one that was idle and went on afterwards would go by what was: so it is asked again when something fails.
 */
function createSharding(db: Database): Sharding {
  let known: boolean | null = null;
  let asking: Promise<boolean> | null = null;
  const ask = async () => {
    try {
      known = await isSharded(db);
      return known;
    } finally {
      asking = null;
    }
  };
  return {
    get known() {
      return known;
    },
    find() {
      if (known !== null) return Promise.resolve(known);
      asking ??= ask();
      return asking;
    },
    doubt() {
      asking ??= ask();
      asking.catch(() => {}); // Whoever doubts again asks again.
    },
  };
}

const found = new WeakMap<Database, Sharding>();

/** One for each pool, so that everybody who uses it goes by the same answer. */
export function shardingOf(db: Database): Sharding {
  const sharding = found.get(db) ?? createSharding(db);
  found.set(db, sharding);
  return sharding;
}

async function isSharded(db: Database): Promise<boolean> {
  const ask = async (question: string) => {
    const [row] = await db.pool.unsafe(`select ${question} as yes`);
    return (row as { yes: boolean }).yes;
  };
  if (!(await ask("to_regclass('pg_catalog.pg_dist_partition') is not null"))) return false;
  // Hash-distributed: a table that is merely known to the cluster has another letter.
  return ask(
    "exists (select from pg_dist_partition where logicalrelid = 'balances'::regclass and partmethod = 'h')",
  );
}
