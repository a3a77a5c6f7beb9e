import {
  Connection,
  ConnectionLost,
  codeOf,
  type Inside,
  isLost,
  type OpenDriver,
  type Rows,
  type Spans,
} from "./connection";

/** One connection for oneself. What is sent on it without waiting goes in one round trip, and runs in order. */
export type Reserved = {
  unsafe(query: string, parameters?: readonly (string | null)[]): Promise<Rows>;
  /** What to tell of an error: what a statement was refused behind, rather than that it was refused. */
  reasonFor(error: unknown): unknown;
  release(): void;
};

/** A query that has been sent, or waits in line for a connection. `values` makes each row an array. */
export type Asked = Promise<Rows> & { values(): Promise<Rows> };

export type PoolOptions = {
  readonly max: number;
  /** How long a query may go unanswered before its connection is given up, and may wait in line for one. */
  readonly patienceMs: number;
  /** Told of every statement and transaction. */
  readonly spans?: Spans | undefined;
};

/** No connection was to be had: all are taken, or the database is away. Nothing was begun. */
export class DatabaseBusy extends Error {
  override name = "DatabaseBusy";
  readonly code = "DATABASE_BUSY";
}

/** Whoever wants to keep a connection waits no longer than this. */
export const ACQUIRE_MS = 2_000;
/** Unused for so long, a connection is closed. */
const IDLE_MS = 60_000;
/** Then it is replaced, so that what the server keeps for it does not grow for ever. */
const LIFETIME_MS = 45 * 60_000;
/** While others of ours work, one that was refused ("too many connections") is not asked for again at once. */
const REOPEN_AFTER_MS = 500;
const ENDED = "the pool was ended";

/** Ends somebody's waiting, one way or the other. */
type Give = (connection: Connection | DatabaseBusy) => void;

/**
 * Connections, each lent to one caller at a time: nobody's query waits behind a stranger's on the same connection, and
 * none is answered by what a stranger left on it. The driver's own pool does both, and loses connections for good when
 * one cannot be opened; so of the driver only single connections are used, and `Connection` says when one has ended.
 */
export class Pool {
  readonly #open: OpenDriver;
  readonly #options: PoolOptions;
  /** The one used last is lent first, so that those not needed grow old and are closed. */
  readonly #idle = new Map<Connection, NodeJS.Timeout>();
  readonly #live = new Set<Connection>();
  /** In order, and since when. */
  readonly #waiting = new Map<Give, number>();
  #opening = 0;
  #refusedUntil = 0;
  #ended = false;

  constructor(open: OpenDriver, options: PoolOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** How many connections are lent and idle now, and how many callers wait for one. */
  get usage(): { readonly inUse: number; readonly idle: number; readonly waiting: number } {
    const idle = this.#idle.size;
    return { inUse: this.#live.size - idle, idle, waiting: this.#waiting.size };
  }

  /** Connections it has at most. */
  get max(): number {
    return this.#options.max;
  }

  /** Asks on any connection. Rejects with `DatabaseBusy` when none is to be had; then nothing was asked. */
  unsafe(query: string, parameters?: readonly unknown[]): Asked {
    let asArrays = false;
    const answer = Promise.resolve().then(async () => {
      const connection = await this.#acquire(this.#options.patienceMs);
      try {
        const sent = connection.ask(query, parameters);
        return await (asArrays ? sent.values() : sent);
      } finally {
        this.#release(connection);
      }
    });
    const values = () => {
      asArrays = true;
      return answer;
    };
    return Object.assign(answer, { values });
  }

  /** A transaction on a connection of its own: as the driver's `begin`. Use `transact`. */
  async begin<T>(step: (inside: Inside) => Promise<T>): Promise<T> {
    const connection = await this.#acquire(ACQUIRE_MS);
    try {
      return await connection.begin(step);
    } finally {
      this.#release(connection);
    }
  }

  /** A connection for oneself, until it is released; rejects with `DatabaseBusy` after 2 s without one. */
  async reserve(): Promise<Reserved> {
    const connection = await this.#acquire(ACQUIRE_MS);
    connection.startAnew();
    return {
      unsafe: (query, parameters) => connection.ask(query, parameters),
      reasonFor: (error) => connection.reasonFor(error),
      release: () => this.#release(connection),
    };
  }

  /** Lends nothing more, and resolves when all is closed; what is lent is given so many seconds, or as long as it takes. */
  async end({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    this.#ended = true;
    this.#giveUp(new DatabaseBusy(ENDED));
    const lent = [...this.#live].filter((connection) => !this.#idle.has(connection));
    const returned = lent.map((connection) => new Promise<void>((resolve) => connection.onGone(resolve)));
    const late = () => {
      for (const connection of lent) connection.lose(new ConnectionLost(ENDED));
    };
    const timer = timeout === undefined ? undefined : setTimeout(late, timeout * 1_000);
    await Promise.all([
      ...returned,
      ...[...this.#idle.keys()].map((connection) => this.#dismiss(connection)),
    ]);
    clearTimeout(timer);
  }

  async #acquire(withinMs: number): Promise<Connection> {
    if (this.#ended) throw new DatabaseBusy(ENDED);
    const [last] = [...this.#idle.keys()].slice(-1);
    if (last) {
      clearTimeout(this.#idle.get(last));
      this.#idle.delete(last);
      return last;
    }
    return new Promise((resolve, reject) => {
      const give = (connection: Connection | DatabaseBusy) => {
        clearTimeout(timer);
        this.#waiting.delete(give);
        if (connection instanceof Connection) resolve(connection);
        else reject(connection);
      };
      const tooLate = new DatabaseBusy(`no database connection became free within ${withinMs} ms`);
      const timer = setTimeout(give, withinMs, tooLate);
      this.#waiting.set(give, performance.now());
      this.#openMore(1);
    });
  }

  #release(connection: Connection): void {
    if (connection.gone) return;
    // Somebody walked away from a question: its answer would be in the next one's way.
    if (connection.isBusy) connection.lose(new ConnectionLost("released before it had answered"));
    else if (this.#ended || performance.now() - connection.openedAt > LIFETIME_MS) {
      void this.#dismiss(connection);
      this.#openForWaiting();
    } else this.#lend(connection);
  }

  /** To whoever waits longest, or to nobody yet. */
  #lend(connection: Connection): void {
    const [first] = this.#waiting.keys();
    if (first) {
      first(connection);
      return;
    }
    const tooLong = () => void this.#dismiss(connection);
    this.#idle.set(connection, setTimeout(tooLong, IDLE_MS).unref());
  }

  async #dismiss(connection: Connection): Promise<void> {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    this.#live.delete(connection);
    await connection.end();
  }

  /** So many more connections, as far as there may be more. */
  #openMore(count: number): void {
    const { max, patienceMs, spans } = this.#options;
    const began = performance.now();
    if (this.#ended || began < this.#refusedUntil) return;
    const free = max - this.#live.size - this.#opening;
    for (let opened = 0; opened < Math.min(count, free); opened += 1) {
      this.#opening += 1;
      Connection.open(this.#open, patienceMs, spans).then(
        (connection) => this.#opened(connection, began),
        (error: Error) => this.#refused(error, began),
      );
    }
  }

  #openForWaiting(): void {
    this.#openMore(this.#waiting.size - this.#opening);
  }

  #opened(connection: Connection, began: number): void {
    if (connection.gone) {
      this.#refused(connection.gone, began);
      return;
    }
    this.#opening -= 1;
    this.#live.add(connection);
    connection.onGone(() => this.#lost(connection));
    if (this.#ended) void this.#dismiss(connection);
    else this.#lend(connection);
  }

  /**
   * The last one that is being opened decides. Where some are lent, one of them will be free, and later there may be
   * more. Where there are none, whoever waited when it was asked for need wait no longer; for who came later another is.
   */
  #refused(error: Error, began: number): void {
    this.#opening -= 1;
    if (this.#opening > 0) return;
    if (this.#live.size > 0) {
      this.#refusedUntil = performance.now() + REOPEN_AFTER_MS;
      setTimeout(() => this.#openForWaiting(), REOPEN_AFTER_MS + 1).unref();
      return;
    }
    this.#giveUp(new DatabaseBusy("the database gave no connection", { cause: error }), began);
    this.#openForWaiting();
  }

  /** What took one connection has most likely taken those that nobody has tried since. */
  #lost(connection: Connection): void {
    if (!this.#live.delete(connection)) return;
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    const others = new ConnectionLost("given up with another that was lost");
    for (const idle of [...this.#idle.keys()]) idle.lose(others);
    this.#openForWaiting();
  }

  #giveUp(error: DatabaseBusy, since = Number.POSITIVE_INFINITY): void {
    for (const [give, waitsSince] of [...this.#waiting]) if (waitsSince <= since) give(error);
  }
}

/** What a server says while it is going down or not up yet, and a machine when no server is there. */
const AWAY = new Set(["DATABASE_BUSY", "ECONNREFUSED", "57P01", "57P02", "57P03"]);
/** By this class a coordinator tells that the node of a shard cannot be reached: its own connection to us is well. */
const NODE_AWAY = /^08[0-9A-Z]{3}$/;

/** Whether the database could not be reached, also inside the ORM's wrapper. What was asked of it did not happen, or is not known. */
export function databaseIsAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  const away = isLost(error) || AWAY.has(code) || NODE_AWAY.test(code);
  return away || databaseIsAway((error as Error).cause);
}
