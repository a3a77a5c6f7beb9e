import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { expect } from "vitest";
import { type ConnectOptions, type Database, type Raw, rawOf } from "../../db/client";
import { transact, transactAtOnce } from "../../db/transact";
import { newId } from "../../lib/ids";
import type { DatabaseLine } from "./database-line";

/** Sends two rows, then fails: what `statement_timeout` does to a long answer, without the waiting. */
const FAILS_STREAMING = "select n, 1 / (3 - n) as part from generate_series(1, 5) n";
const KEEP = "insert into users (id, email, name) values ($1, $2, 'A person')";
const DIVISION_BY_ZERO = "22012";
export const AWAY = "away";

export type Scene = {
  readonly owner: Sql;
  /** Whose connections they are: nobody else's. */
  readonly role: { readonly name: string; readonly password: string };
  readonly db: Database;
  readonly line: DatabaseLine;
  readonly kept: string;
  readonly lost: string;
};
/** What happens; resolves with what its caller was told. */
type Strike = (scene: Scene) => Promise<unknown>;
type Fault = {
  readonly strike: Strike;
  /** The SQLSTATE, or `AWAY`, or the error's name. */
  readonly outcome: string;
  /** Whether the row `kept` is there afterwards. */
  readonly keeps?: true;
  readonly options?: ConnectOptions;
};

export const failure = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => null,
    (error: unknown) => error,
  );
export const keep = async (raw: Pick<Database["pool"], "unsafe"> | Raw, id: string): Promise<unknown> =>
  raw.unsafe(KEEP, [id, `${id}@example.com`]);

/** The statement is at fault: the connection is as good as before, and everybody else has what they asked for. */
export const STATEMENTS: Record<string, Fault> = {
  "a query fails while its rows stream": {
    strike: ({ db }) => failure(db.pool.unsafe(FAILS_STREAMING)),
    outcome: DIVISION_BY_ZERO,
  },
  "a query of the ORM fails while its rows stream": {
    strike: ({ db }) => failure(db.execute(sql.raw(FAILS_STREAMING))),
    outcome: DIVISION_BY_ZERO,
  },
  "a query takes longer than a statement may while its rows stream": {
    strike: ({ db }) =>
      failure(
        transact(db, async (tx) => {
          await tx.execute(sql`select set_config('statement_timeout', '150', true)`);
          await tx.execute(sql`select n, pg_sleep(n * 0.02), repeat('x', 9000) from generate_series(1, 9) n`);
        }),
      ),
    outcome: "57014",
  },
  "many queries in a row fail while their rows stream": {
    async strike({ db }) {
      const failures = await Promise.all(
        Array.from({ length: 40 }, () => failure(db.pool.unsafe(FAILS_STREAMING))),
      );
      return failures[0];
    },
    outcome: DIVISION_BY_ZERO,
  },
  "a query fails inside a transaction while its rows stream": {
    strike: ({ db, lost }) =>
      failure(
        transact(db, async (tx) => {
          await keep(rawOf(tx), lost);
          await tx.execute(sql.raw(FAILS_STREAMING));
        }),
      ),
    outcome: DIVISION_BY_ZERO,
  },
  "a savepoint fails while its rows stream, and the transaction goes on": {
    async strike({ db, kept, lost }) {
      let outcome: unknown = null;
      await transact(db, async (tx) => {
        await keep(rawOf(tx), kept);
        outcome = await failure(
          tx.transaction(async (nested) => {
            await keep(rawOf(nested), lost);
            await nested.execute(sql.raw(FAILS_STREAMING));
          }),
        );
        expect([...(await tx.execute(sql`select 'next' as answer`))]).toEqual([{ answer: "next" }]);
      });
      return outcome;
    },
    outcome: DIVISION_BY_ZERO,
    keeps: true,
  },
  "one of a batch sent at once fails while its rows stream": {
    strike: ({ db, lost }) =>
      failure(
        transactAtOnce(db, async (raw, finish) => {
          await finish(
            Promise.all([keep(raw, lost), raw.unsafe(FAILS_STREAMING), raw.unsafe("select 'behind'")]),
          );
        }),
      ),
    outcome: DIVISION_BY_ZERO,
  },
  "a constraint is violated": {
    async strike({ db, kept }) {
      await keep(db.pool, kept);
      return failure(keep(db.pool, kept));
    },
    outcome: "23505",
    keeps: true,
  },
  "a statement does not exist as it is written": {
    strike: ({ db }) => failure(db.pool.unsafe("select $1::int from nowhere", ["1"])),
    outcome: "42P01",
  },
  "a batch contains a value that cannot be sent": {
    strike: ({ db, lost }) =>
      failure(
        transactAtOnce(db, async (raw, finish) => {
          const unsendable = [undefined as unknown as string];
          await finish(Promise.all([keep(raw, lost), raw.unsafe("select $1::text", unsendable)]));
        }),
      ),
    outcome: "TypeError",
  },
  "a statement has more parameters than can be sent": {
    strike: ({ db }) =>
      failure(
        db.pool.unsafe(
          "select 1",
          Array.from({ length: 70_000 }, () => "1"),
        ),
      ),
    outcome: "TypeError",
  },
};

/** The connection is at fault, in the middle of something. */
export const LOSSES: Record<string, Fault> = {
  "the line is cut while a query runs": {
    async strike({ db, line, ...scene }) {
      const running = failure(db.execute(sql`select pg_sleep(1)`));
      await untilSleeping(scene);
      line.set("down");
      line.set("up");
      return running;
    },
    outcome: AWAY,
  },
  "the line is cut while rows are read": {
    strike({ db, line }) {
      line.cutAfter("D");
      return failure(db.execute(sql`select n, repeat('x', 1000) from generate_series(1, 5000) n`));
    },
    outcome: AWAY,
  },
  "the server ends the connection while rows are read": {
    async strike({ db, ...scene }) {
      const reading = failure(
        db.execute(sql`select n, pg_sleep(0.01 * n), repeat('x', 9000) from generate_series(1, 100) n`),
      );
      await untilSleeping(scene);
      await endConnections(scene);
      return reading;
    },
    outcome: AWAY,
  },
  "the server ends the connection between two statements of a transaction": {
    strike: ({ db, lost, ...scene }) =>
      failure(
        transact(db, async (tx) => {
          await keep(rawOf(tx), lost);
          await endConnections(scene);
          await keep(rawOf(tx), newId());
        }),
      ),
    outcome: AWAY,
  },
  "the server ends the connection between two statements sent on a reserved one": {
    strike: ({ db, lost, ...scene }) =>
      failure(
        transactAtOnce(db, async (raw, finish) => {
          await keep(raw, lost);
          await endConnections(scene);
          await finish(keep(raw, newId()));
        }),
      ),
    outcome: AWAY,
  },
  "the server ends every connection while nobody uses them": {
    async strike({ db, ...scene }) {
      await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`)]);
      await endConnections(scene);
      return new Error("nobody was there to be told");
    },
    outcome: "Error",
  },
  "the server waits longer than it may for a transaction": {
    strike: ({ db, lost }) =>
      failure(
        transact(db, async (tx) => {
          await tx.execute(sql`select set_config('idle_in_transaction_session_timeout', '50', true)`);
          await keep(rawOf(tx), lost);
          await new Promise((resolve) => setTimeout(resolve, 200));
          await keep(rawOf(tx), newId());
        }),
      ),
    outcome: AWAY,
  },
  "the server goes silent before a commit": {
    async strike({ db, line, lost }) {
      const cut = failure(
        transact(db, async (tx) => {
          await keep(rawOf(tx), lost);
          line.set("silent");
        }),
      );
      const outcome = await cut;
      line.set("down");
      line.set("up");
      return outcome;
    },
    outcome: AWAY,
    options: { patienceMs: 400 },
  },
};

/** There is no connection to be had, for a while. */
export const REFUSALS: Record<
  string,
  { begin(scene: Scene): Promise<void> | void; end(scene: Scene): Promise<void> | void }
> = {
  "nothing listens": { begin: ({ line }) => line.set("down"), end: ({ line }) => line.set("up") },
  "what listens closes at once": {
    begin: ({ line }) => line.set("closing"),
    end: ({ line }) => line.set("up"),
  },
  "the database is starting up": {
    begin: ({ line }) => line.set("starting up"),
    end: ({ line }) => line.set("up"),
  },
  "there are too many connections": {
    begin: async ({ owner, role }) => void (await owner.unsafe(`alter role ${role.name} connection limit 0`)),
    end: async ({ owner, role }) => void (await owner.unsafe(`alter role ${role.name} connection limit -1`)),
  },
  "the password is refused": {
    begin: async ({ owner, role }) => void (await owner.unsafe(`alter role ${role.name} password 'another'`)),
    end: async ({ owner, role }) =>
      void (await owner.unsafe(`alter role ${role.name} password '${role.password}'`)),
  },
};

type Whose = Pick<Scene, "owner" | "role">;

export const connectionsOf = async ({ owner, role }: Whose) => [
  ...(await owner`select state, query from pg_stat_activity where usename = ${role.name}`),
];

/** As the server does when it is stopped, or an operator; resolves when they have ended. */
export const endConnections = async ({ owner, role }: Whose): Promise<void> =>
  void (await owner`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = ${role.name}`);

async function untilSleeping(whose: Whose): Promise<void> {
  const sleeping = async () =>
    (await connectionsOf(whose)).some(({ state, query }) => state === "active" && query.includes("pg_sleep"));
  await expect.poll(sleeping, { timeout: 20_000 }).toBe(true);
}
