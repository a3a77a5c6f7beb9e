import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { lastingPool, type Pool } from "./pool";

/** A pool of connections. Transactions are opened through `transact`, never on it. */
export type Database = PostgresJsDatabase & { readonly pool: Pool };
export type Tx = Parameters<Parameters<PostgresJsDatabase["transaction"]>[0]>[0];
/** What a query that only reads may run on. */
export type Reader = Pick<PostgresJsDatabase, "select" | "execute">;

/** Runs a statement as it is written, prepared once per connection. Timestamps come as text. */
export type Raw = {
  unsafe<T extends object>(query: string, parameters?: readonly (string | null)[]): Promise<readonly T[]>;
};

/** The driver's own transaction under the ORM's, for hot paths: what is sent without waiting goes in one round trip. */
export const rawOf = (tx: Tx): Raw => {
  const { session } = tx._ as unknown as { session: { client: Raw } };
  return session.client;
};

export type ConnectOptions = {
  readonly max?: number;
  readonly applicationName?: string;
  /** How long a query may go unanswered before its connection is given up. */
  readonly patienceMs?: number;
};

/** A customer has gone by then: longer is a bug, a stuck lock or a database that is no longer there. */
const STATEMENT_MS = 15_000;

/** Opens a pool lazily: the first query connects. bigint columns come as bigint. */
export function connect(url: string, options: ConnectOptions = {}): Database {
  const pool = lastingPool(() => open(url, options), options.patienceMs ?? STATEMENT_MS + 1_000);
  return Object.assign(drizzle(pool), { pool });
}

function open(url: string, options: ConnectOptions): Pool {
  const pool = postgres(url, {
    max: options.max ?? 10,
    connect_timeout: 2,
    idle_timeout: 60,
    // The default waits longer after each refusal, up to 20 s: a database that is back would seem away.
    backoff: () => 0.05,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    connection: {
      application_name: options.applicationName ?? "refill",
      // Fail it, nothing half done.
      statement_timeout: STATEMENT_MS,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: STATEMENT_MS,
    },
  });
  drizzle(pool); // Sets how dates and JSON come and go, on each pool anew.
  return pool;
}

/** Whether the database answers within so many milliseconds. Never throws. */
export async function databaseAnswers(db: Database, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const answer = db.pool.unsafe("select 1").then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answer, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
