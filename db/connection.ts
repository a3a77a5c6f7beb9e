import postgres, { type Sql } from "postgres";

export type Driver = Sql<{ bigint: bigint }>;
/** Opens one connection of the driver; the function is called when that connection ends, however it ends. */
export type OpenDriver = (onClose: () => void) => Driver;

/** A value as it goes to the database. Arrays, dates and JSON are written as text by whoever knows their type. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array;
/** A query of the driver: it is sent when somebody waits for it. */
type Sent = Promise<Rows> & { values(): Sent; reject(error: Error): void };
export type Rows = readonly object[];

/** What a transaction may do: nothing else of the driver is reachable, so that nothing goes round what is done here. */
export type Inside = {
  unsafe(query: string, parameters?: readonly unknown[]): Promise<Rows> & { values(): Promise<Rows> };
  savepoint<T>(step: (nested: Inside) => Promise<T>): Promise<T>;
};

/** Told of what is asked of the database, for who keeps traces of it. */
export type Spans = {
  /** As a statement is sent; what it returns is called as it ends, with its error where it has one. Null: nobody keeps a trace. */
  readonly ofStatement: (text: string) => ((error?: Error) => void) | null;
  /** Runs a transaction, of which the statements sent meanwhile are parts. */
  readonly ofTransaction: <T>(run: () => Promise<T>) => Promise<T>;
};

/** The connection went away, or went silent, under a query. Whether what it was doing was committed is not known. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
  readonly code = "CONNECTION_LOST";
}

/** Codes, not classes: the framework loads this module more than once, and each has classes of its own. */
const LOST = new Set([
  "CONNECTION_LOST",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether the driver reports a connection rather than a query. */
export const isLost = (error: unknown): error is Error => error instanceof Error && LOST.has(codeOf(error));

export const codeOf = (error: Error): string => String((error as Error & { code?: unknown }).code);

/** More would open the connection in vain: what takes longer is not answered by a database. */
const OPENING_MS = 2_500;
const GOODBYE_S = 1;
/** The protocol counts parameters in 16 bits, and the driver keeps one number back. */
const MAX_PARAMETERS = 65_533;

/**
 * One connection, from its opening to its end. The driver would use what it calls a connection again after it broke,
 * and much of the broken one lives on in it: its unsent bytes, its last error, rows it had begun to read, the
 * transaction that was open (porsager/postgres#1208, #1215, #1216). So one of these is used for one connection, by
 * one caller at a time, and thrown away as soon as something happened on it which the database itself did not say.
 */
export class Connection {
  readonly openedAt = performance.now();
  #gone: Error | null = null;
  #isOpen = false;
  /** What made the transaction on it fail, of which everything that was sent behind only says that it did. */
  #failedBy: Error | null = null;
  readonly #pending = new Set<Sent>();
  readonly #driver: Driver;
  readonly #whenGone = new Set<() => void>();
  #patienceMs = OPENING_MS;
  #spans: Spans | undefined;

  private constructor(open: OpenDriver) {
    this.#driver = open(() => this.lose(new ConnectionLost("the connection ended")));
  }

  /** Rejects with what the server or the machine said when there is no connection to be had. */
  static async open(open: OpenDriver, patienceMs: number, spans?: Spans): Promise<Connection> {
    const connection = new Connection(open);
    try {
      // Lent only once it has answered: the driver would send what is asked meanwhile over another one, one by one.
      await connection.ask("select 1");
    } catch (error) {
      connection.lose(error as Error);
      throw error;
    }
    connection.#isOpen = true;
    connection.#patienceMs = patienceMs;
    connection.#spans = spans;
    return connection;
  }

  /** Why nothing more can be asked; null while something can. */
  get gone(): Error | null {
    return this.#gone;
  }

  /** Whether something that was asked has no answer yet. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Calls the function when the connection is lost or was ended, until the returned function is called. */
  onGone(tell: () => void): () => void {
    this.#whenGone.add(tell);
    return () => void this.#whenGone.delete(tell);
  }

  /** Gives the connection up: whatever waits for it is rejected, and nothing more is sent on it. */
  lose(error: Error): void {
    if (this.#gone) return;
    this.#gone = error;
    for (const query of this.#pending) query.reject(error);
    void this.#driver.end({ timeout: 0 });
    // Where every attempt to open it was closed again, the driver waits to make another, and makes it although it was ended:
    // that one would stay open, used by nobody. By then it is open, or given up by `connect_timeout`.
    if (!this.#isOpen) setTimeout(() => void closeAgain(this.#driver), OPENING_MS).unref();
    for (const tell of this.#whenGone) tell();
  }

  /** Says goodbye to the server; resolves when the connection is closed. Nothing may be running on it. */
  async end(): Promise<void> {
    await this.#driver.end({ timeout: GOODBYE_S });
    this.lose(new ConnectionLost("the connection was ended"));
  }

  /**
   * What is to be told instead of an error: where a statement was refused because another one sent before it had failed, that
   * one's, whichever of the two was heard of first. A deadlock would not be known for one otherwise.
   */
  reasonFor(error: unknown): unknown {
    return this.#failedBy !== null && wasRefusedBehind(error) ? this.#failedBy : error;
  }

  /** Nothing has failed yet of what is sent from now on. */
  startAnew(): void {
    this.#failedBy = null;
  }

  /** Sends a statement. What is sent without waiting goes in one round trip, and runs in order. */
  ask(query: string, parameters?: readonly unknown[]): Sent {
    return this.#send(this.#driver, query, parameters);
  }

  /**
   * A transaction of the driver. Its promise is rejected as soon as the connection is lost; the driver's own never
   * settles then, for it would send a `rollback` into the closed socket, which throws where nobody can catch it.
   */
  async begin<T>(step: (inside: Inside) => Promise<T>): Promise<T> {
    const run = () => this.#begin(step);
    return this.#spans ? this.#spans.ofTransaction(run) : run();
  }

  async #begin<T>(step: (inside: Inside) => Promise<T>): Promise<T> {
    if (this.#gone) throw this.#gone;
    this.startAnew();
    let forget = () => {};
    const failure = new Promise<never>((_, reject) => {
      forget = this.onGone(() => reject(this.#gone));
    });
    failure.catch(() => {});
    // Between two answers of the step, it is the driver that asks: `begin`, then `commit` or `rollback`.
    let timer = this.#impatience();
    const guarded = async (inner: object) => {
      clearTimeout(timer);
      try {
        return await this.#untilLost(() => step(this.#inside(inner)));
      } finally {
        timer = this.#impatience();
      }
    };
    const work = this.#driver.begin(guarded) as Promise<T>;
    work.catch((error: unknown) => isLost(error) && this.lose(error));
    try {
      return await Promise.race([work, failure]);
    } catch (error) {
      throw this.reasonFor(error);
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  #impatience(): NodeJS.Timeout {
    return setTimeout(() => this.lose(silent(this.#patienceMs)), this.#patienceMs);
  }

  /** As the work ends; never, when the connection is gone by then. */
  async #untilLost<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      if (!this.#gone) return result;
    } catch (error) {
      if (!this.#gone) throw error;
    }
    return new Promise<never>(() => {});
  }

  #inside(inner: object): Inside {
    const { savepoint } = inner as {
      savepoint(step: (nested: object) => Promise<unknown>): Promise<unknown>;
    };
    return {
      unsafe: (query, parameters) => this.#send(inner, query, parameters),
      savepoint: <T>(step: (nested: Inside) => Promise<T>) => {
        if (this.#gone) throw this.#gone;
        const guarded = (nested: object) => this.#untilLost(() => step(this.#inside(nested)));
        return (savepoint.call(inner, guarded) as Promise<T>).catch((error: unknown) => {
          const reason = this.reasonFor(error);
          this.startAnew(); // It was rolled back, and the transaction may go on.
          throw reason;
        });
      },
    };
  }

  /**
   * Every query of the application goes through here. It is prepared once per connection: without that each costs a second
   * round trip, because the driver must ask the server for the parameter types every time.
   */
  #send(on: object, query: string, parameters: readonly unknown[] = []): Sent {
    if (this.#gone) throw this.#gone;
    refuseUnsendable(parameters);
    const { unsafe } = on as { unsafe(...args: unknown[]): Sent & { forEach(each: unknown): Sent } };
    const sent = unsafe.call(on, query, parameters, { prepare: true });
    // The driver counts rows per connection and keeps its count over an error: the next caller's rows would begin
    // behind those of the query that failed (porsager/postgres#1119, #1181). Added here, each to its own answer,
    // they are never counted.
    sent.forEach((row: object, answer: object[]) => void answer.push(row));
    return this.#watch(sent, query);
  }

  /** Learns of a lost connection before whoever waits for the query does, so that nothing else is sent on it. */
  #watch(query: Sent, text: string): Sent {
    const timer = this.#impatience();
    const ended = this.#spans?.ofStatement(text);
    this.#pending.add(query);
    const done = (error?: Error) => {
      clearTimeout(timer);
      ended?.(error);
      this.#pending.delete(query);
    };
    const answered = () => done();
    query.then(answered, (error: Error) => {
      done(error);
      if (!wasSaidByDatabase(error)) this.lose(error);
      else if (!wasRefusedBehind(error)) this.#failedBy ??= error;
    });
    return query;
  }
}

/** `end` does nothing the second time; this, which the driver's types leave out, ends each of its connections. */
const closeAgain = (driver: Driver) => (driver as unknown as { close(): Promise<void> }).close();

const silent = (ms: number) => new ConnectionLost(`the database did not answer within ${ms} ms`);

/** After such an error the connection is as it was; after one that ends the connection, or one of the driver's own, nobody knows. */
const wasSaidByDatabase = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && error.severity === "ERROR";

/** In a transaction that has failed the database refuses every statement but its end. Also inside the ORM's wrapper. */
const wasRefusedBehind = (error: unknown): boolean =>
  error instanceof Error && (codeOf(error) === "25P02" || wasRefusedBehind(error.cause));

/**
 * What the driver cannot put on the wire, it throws over while it builds the message, and blames the statement that
 * is running; the one that was refused takes the next one's answer.
 */
function refuseUnsendable(parameters: readonly unknown[]): void {
  if (parameters.length > MAX_PARAMETERS) {
    throw new TypeError(
      `a statement has ${parameters.length} parameters, and at most ${MAX_PARAMETERS} can be sent`,
    );
  }
  const at = parameters.findIndex((each) => !isParameter(each));
  if (at >= 0) throw new TypeError(`parameter ${at + 1} is no text, number, boolean, null or bytes`);
}

function isParameter(value: unknown): value is Parameter {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return true;
    default:
      return value === null || value instanceof Uint8Array;
  }
}
