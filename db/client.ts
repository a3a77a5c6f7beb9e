import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { type Addressed, forPostgres } from "./address";
import type { Driver, Spans } from "./connection";
import { Pool } from "./pool";

/** A pool of connections. Transactions are opened through `transact`, never on it. */
export type Database = PostgresJsDatabase & {
  readonly pool: Pool;
  /** Told of what transactions said with `tellWhenCommitted`; what it throws is heard by nobody. */
  onCommitted?: (event: unknown) => void;
  /** Whether its connections keep what they were opened with; behind a pooler they do not. */
  readonly keepsSettings: boolean;
};
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
  /** Told the text of every statement as it is sent. */
  readonly onStatement?: (text: string) => void;
  /** Told of every statement and transaction, by who keeps traces. */
  readonly spans?: Spans;
  /** How a connection's socket is opened, already connected; left out, as the address says. For tests that cut it. */
  readonly openSocket?: () => Promise<unknown>;
  /** Connections that are there already; left out, the pool has its own. For tests that start many processes anew. */
  readonly pool?: Pool;
};

/** A customer has gone by then: longer is a bug, a stuck lock or a database that is no longer there. */
const STATEMENT_MS = 15_000;
/** What the server itself gives up, in milliseconds, by the names of its settings. */
export const SESSION_LIMITS_MS = {
  statement_timeout: STATEMENT_MS,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: STATEMENT_MS,
} as const;

/** Opens a pool lazily: the first query connects. bigint columns come as bigint. */
export function connect(address: Addressed, options: ConnectOptions = {}): Database {
  const { max = 10, patienceMs = STATEMENT_MS + 1_000, spans } = options;
  const pool =
    options.pool ?? new Pool((onClose) => open(address, options, onClose), { max, patienceMs, spans });
  const keepsSettings = typeof address === "string" || address.prepare !== false;
  return Object.assign(drizzle(asDriver(pool)), { pool, keepsSettings });
}

/** The ORM asks for nothing more of a driver than this, and a place for its settings. */
const asDriver = (pool: Pool) =>
  ({
    unsafe: (query: string, parameters: unknown[]) => pool.unsafe(query, parameters),
    begin: (step: Parameters<Pool["begin"]>[0]) => pool.begin(step),
    options: { parsers: {}, serializers: {} },
  }) as unknown as Driver;

/** One connection: how many there are, and how long each is kept, the pool decides. */
function open(address: Addressed, options: ConnectOptions, onClose: () => void): Driver {
  const [url, reached] = forPostgres(address);
  const driver = postgres(url, {
    ...reached,
    ...(options.openSocket ? { socket: options.openSocket } : {}),
    max: 1,
    connect_timeout: 2,
    idle_timeout: 0,
    max_lifetime: 0,
    onclose: onClose,
    // No query of the driver's own: if the connection broke under it, its promise would be rejected with nobody to hear it.
    fetch_types: false,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    debug: options.onStatement ? (_, text) => options.onStatement?.(text) : false,
    connection: {
      application_name: options.applicationName ?? "refill",
      // Fail it, nothing half done. A pooler takes none of these: there they are the role's (`db:migrate`).
      ...(reached.prepare ? SESSION_LIMITS_MS : {}),
    },
  });
  drizzle(driver); // Sets how dates and JSON come and go.
  return driver;
}
