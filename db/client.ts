import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";

/** A pool of connections. Transactions are opened through `transact`, never on it. */
export type Database = PostgresJsDatabase & { readonly pool: Pool };
export type Tx = Parameters<Parameters<PostgresJsDatabase["transaction"]>[0]>[0];
/** What a query that only reads may run on. */
export type Reader = Pick<PostgresJsDatabase, "select" | "execute">;
export type Pool = Sql<{ bigint: bigint }>;

export type ConnectOptions = {
  readonly max?: number;
  readonly applicationName?: string;
};

/** Opens a pool lazily: the first query connects. bigint columns come as bigint. */
export function connect(url: string, options: ConnectOptions = {}): Database {
  const pool = postgres(url, {
    max: options.max ?? 10,
    connect_timeout: 2,
    idle_timeout: 60,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    connection: {
      application_name: options.applicationName ?? "refill",
      // A statement that waits longer than a customer would is a bug or a stuck lock: fail it, nothing half done.
      statement_timeout: 15_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 15_000,
    },
  });
  return Object.assign(drizzle(preparing(pool)), { pool });
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

/**
 * Lets every query the ORM builds be prepared once per connection. Without it each costs a second round trip,
 * because the driver must ask the server for the parameter types every time.
 */
function preparing<T extends object>(sql: T): T {
  return new Proxy(sql, {
    get(target, property, receiver) {
      const found: unknown = Reflect.get(target, property, receiver);
      if (typeof found !== "function") return found;
      if (property === "unsafe") {
        return (query: string, parameters?: unknown[], options?: object) =>
          found.call(target, query, parameters, { ...options, prepare: true });
      }
      if (property === "begin" || property === "savepoint") {
        return (...args: unknown[]) => {
          const step = args.pop() as (inner: object) => unknown;
          return found.call(target, ...args, (inner: object) => step(preparing(inner)));
        };
      }
      return found;
    },
  });
}
