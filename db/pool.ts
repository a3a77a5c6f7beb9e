import postgres, { type Sql } from "postgres";

export type Pool = Sql<{ bigint: bigint }> & {
  /** Closes every connection as soon as it is idle; not in the driver's types. */
  close?(): Promise<void>;
};

/** One connection for oneself. What is sent on it without waiting goes in one round trip, and runs in order. */
export type Reserved = {
  unsafe(query: string, parameters?: readonly (string | null)[]): Promise<readonly object[]>;
  release(): void;
};

/** The connection went away, or went silent, under a query. Whether what it was doing was committed is not known. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
}

type Work = (inner: object) => unknown;
/** A query of the driver: a promise that begins when somebody waits for it. `reject` is not in its types. */
type Query = Promise<unknown> & { values(): Query; reject(error: Error): void };

/** How the driver reports a connection rather than a query; anything the database itself said has another code. */
const LOST = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);
/** Until then what still runs on a pool that was replaced has ended one way or the other. */
const RETIRE_AFTER_MS = 30_000;

/**
 * A pool that outlives its server. The driver reuses a connection that died: it sends its own `rollback` into the
 * closed socket, which throws where nobody can catch it; what was left unsent keeps the connection from ever opening
 * again; and a transaction that goes on would go on inside somebody else's (porsager/postgres#1208, #1215, #1216).
 * So after a loss everything new goes to a fresh pool, and a transaction that lost its connection can do nothing more.
 * A query that has no answer within `patienceMs` counts as lost.
 */
export function lastingPool(open: () => Pool, patienceMs: number): Pool {
  let current = open();
  const retired = new Map<Pool, NodeJS.Timeout>();

  const retire = (pool: Pool) => {
    if (pool !== current) return;
    current = open();
    void pool.close?.();
    const end = () => {
      retired.delete(pool);
      void pool.end({ timeout: 0 });
    };
    retired.set(pool, setTimeout(end, RETIRE_AFTER_MS).unref());
  };

  const unsafe = (query: string, parameters?: unknown[], options?: object) => {
    const pool = current;
    const sent = prepared(pool, query, parameters, options);
    return watch(sent, patienceMs, () => retire(pool));
  };

  const begin = (...args: unknown[]) => {
    const pool = current;
    const step = args.pop() as Work;
    return beginOn(pool, args, step, patienceMs, () => retire(pool));
  };

  const reserve = async (): Promise<Reserved> => {
    const pool = current;
    const connection = await pool.reserve();
    const pending = new Set<Query>();
    let lost: Error | null = null;
    const lose = (error: Error) => {
      lost ??= error;
      retire(pool);
      // The driver forgets what it was given behind the query that failed.
      for (const query of pending) query.reject(lost);
    };
    return {
      unsafe(query, parameters) {
        if (lost) throw lost;
        const sent = prepared(connection, query, parameters as unknown[]);
        const done = () => void pending.delete(sent);
        pending.add(sent);
        sent.then(done, done);
        return watch(sent, patienceMs, lose) as Promise<readonly object[]>;
      },
      // One that was lost is left to its pool, which is closed.
      release: () => void (lost ?? connection.release()),
    };
  };

  const end = async (options?: { timeout?: number }) => {
    for (const timer of retired.values()) clearTimeout(timer);
    const old = [...retired.keys()].map((pool) => pool.end({ timeout: 0 }));
    await Promise.all([current.end(options), ...old]);
  };

  const own: Record<PropertyKey, unknown> = { unsafe, begin, reserve, end };
  return new Proxy(current, {
    get: (_, property) => own[property] ?? Reflect.get(current, property),
    apply: (_, __, args) => Reflect.apply(current, undefined, args),
  });
}

async function beginOn(
  pool: Pool,
  args: unknown[],
  step: Work,
  patienceMs: number,
  onLost: () => void,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  let lost: Error | null = null;
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  const lose = (error: Error) => {
    lost ??= error;
    onLost();
    fail(lost);
  };
  /** Never settles once the connection is gone: the driver would answer an error with a `rollback` on it. */
  const guarded = async (inner: Pool) => {
    try {
      const result = await step(guardedTransaction(inner, () => lost, lose, patienceMs));
      if (lost) return await new Promise<never>(() => {});
      return result;
    } catch (error) {
      if (lost) return await new Promise<never>(() => {});
      throw error;
    } finally {
      // What follows is the driver's own `commit` or `rollback`.
      timer = setTimeout(() => lose(silent(patienceMs)), patienceMs);
    }
  };
  const work = Reflect.apply(pool.begin, pool, [...args, guarded]) as Promise<unknown>;
  work.catch((error: unknown) => isLost(error) && lose(error));
  try {
    return await Promise.race([work, failure]);
  } finally {
    clearTimeout(timer);
  }
}

function guardedTransaction(
  inner: object,
  lostBy: () => Error | null,
  lose: (error: Error) => void,
  patienceMs: number,
): object {
  return new Proxy(inner, {
    get(target, property, receiver) {
      const found: unknown = Reflect.get(target, property, receiver);
      if (typeof found !== "function") return found;
      if (property === "unsafe") {
        return (query: string, parameters?: unknown[], options?: object) => {
          const lost = lostBy();
          if (lost) throw lost;
          return watch(prepared(target, query, parameters, options), patienceMs, lose);
        };
      }
      if (property === "savepoint") {
        return (...args: unknown[]) => {
          const lost = lostBy();
          if (lost) throw lost;
          const step = args.pop() as Work;
          const guarded = async (nested: object) => {
            try {
              return await step(guardedTransaction(nested, lostBy, lose, patienceMs));
            } catch (error) {
              if (lostBy()) return await new Promise<never>(() => {});
              throw error;
            }
          };
          return found.call(target, ...args, guarded);
        };
      }
      return found;
    },
  });
}

/**
 * Lets every query the ORM builds be prepared once per connection. Without it each costs a second round trip,
 * because the driver must ask the server for the parameter types every time.
 */
function prepared(on: object, query: string, parameters?: unknown[], options?: object): Query {
  const { unsafe } = on as { unsafe(...args: unknown[]): Query };
  return unsafe.call(on, query, parameters, { ...options, prepare: true });
}

/** Tells of a lost connection before whoever waits for the query hears of it, so that nothing else is sent on it. */
function watch(query: Query, patienceMs: number, onLost: (error: Error) => void): Query {
  const timer = setTimeout(() => {
    const error = silent(patienceMs);
    onLost(error);
    query.reject(error);
  }, patienceMs);
  query.then(
    () => clearTimeout(timer),
    (error: unknown) => {
      clearTimeout(timer);
      if (isLost(error)) onLost(error);
    },
  );
  return query;
}

const silent = (ms: number) => new ConnectionLost(`the database did not answer within ${ms} ms`);

/** What a server says while it is going down or not up yet, and a machine when no server is there. */
const AWAY = new Set([...LOST, "ECONNREFUSED", "57P01", "57P02", "57P03"]);

/** Whether the database could not be reached, also inside the ORM's wrapper. What was asked of it did not happen, or is not known. */
export function databaseIsAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  return error instanceof ConnectionLost || AWAY.has(String(code)) || databaseIsAway(error.cause);
}

const isLost = (error: unknown): error is Error =>
  error instanceof ConnectionLost ||
  (error instanceof Error &&
    !(error instanceof postgres.PostgresError) &&
    LOST.has(String((error as Error & { code?: unknown }).code)));
