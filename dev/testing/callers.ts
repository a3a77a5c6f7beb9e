import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { type Database, rawOf } from "../../db/client";
import { transact, transactAtOnce } from "../../db/transact";

const QUERY = "select n, $2::text as whose from generate_series($1::int, $1::int + 2) n";
const CALLERS = 12;

type Way = (db: Database, parameters: string[]) => Promise<readonly object[]>;

/** Every way a query can go to the database. */
const WAYS: readonly Way[] = [
  (db, parameters) => db.pool.unsafe(QUERY, parameters),
  (db, [first, whose]) =>
    db.execute(
      sql`select n, ${whose}::text as whose from generate_series(${first}::int, ${first}::int + 2) n`,
    ),
  (db, parameters) => transact(db, (tx) => rawOf(tx).unsafe(QUERY, parameters)),
  (db, parameters) =>
    transactAtOnce(db, async (raw, finish) => {
      const asked = raw.unsafe(QUERY, parameters);
      await finish(asked);
      return asked;
    }),
];

type Answered = { readonly caller: number; readonly rows: readonly object[] };

/** Callers by every way, all at once, each asking for rows of its own. */
export const startCallers = (db: Database): Promise<Answered>[] =>
  Array.from({ length: CALLERS }, async (_, caller) => {
    const way = WAYS[caller % WAYS.length] as Way;
    return { caller, rows: await way(db, [String(caller), `caller ${caller}`]) };
  });

/** All of what was asked for, and nothing else. */
export function expectOwnAnswer({ caller, rows }: Answered): void {
  expect([...rows]).toEqual([0, 1, 2].map((more) => ({ n: caller + more, whose: `caller ${caller}` })));
}

export async function expectRightAnswers(db: Database): Promise<void> {
  for (const answered of await Promise.all(startCallers(db))) expectOwnAnswer(answered);
}

/** As many transactions at once as there may be connections, on as many of them: none was lost on the way. */
export async function expectEveryConnection(db: Database, max: number): Promise<void> {
  const pids = new Set<unknown>();
  let arrived = () => {};
  const all = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const hold = () =>
    transact(db, async (tx) => {
      pids.add((await tx.execute(sql`select pg_backend_pid() as pid`))[0]?.pid);
      if (pids.size === max) arrived();
      await all;
    });
  await Promise.all(Array.from({ length: max }, hold));
  expect(pids.size).toBe(max);
}
