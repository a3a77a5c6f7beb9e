import postgres, { type Sql } from "postgres";
import { type Line, openLine } from "./line";

/** A migrated database with a movable clock, in which one wave is played after the other, each in an empty one. */
export type Lane = {
  readonly appUrl: string;
  readonly owner: Sql;
  /** Of the two processes, one each. */
  readonly lines: readonly [Line, Line];
  /** Moves the application's clock to so many milliseconds ahead of real time. */
  setClock(aheadMs: number): Promise<void>;
  /** Forgets whatever waves left behind. */
  empty(): Promise<void>;
  close(): Promise<void>;
};

/** So soon Postgres looks for a deadlock: whoever waited first is given up, and that is to be the application. */
const DEADLOCK_MS = 60;

/** Opens a lane on a database that nothing else uses, as its superuser. */
export async function openLane(databases: {
  readonly appUrl: string;
  readonly ownerUrl: string;
}): Promise<Lane> {
  const { appUrl, ownerUrl } = databases;
  const owner = postgres(ownerUrl, { max: 3, onnotice: () => {} });
  const role = new URL(appUrl).username;
  const database = new URL(ownerUrl).pathname.slice(1);
  await owner.unsafe(
    `alter role "${role}" in database "${database}" set deadlock_timeout = '${DEADLOCK_MS}ms'`,
  );
  const tables = await listEmptyTables(owner);
  // Nothing refers to a row that is not deleted as well, so no key has to be looked after; a `truncate` costs twenty times as much.
  const deletes = tables.map((name) => `delete from ${name}`).join("; ");
  const lines = [openLine(appUrl), openLine(appUrl)] as const;
  return {
    appUrl,
    owner,
    lines,
    setClock: async (aheadMs) =>
      void (await owner`update rehearsal.clock set ahead_ms = ${Math.round(aheadMs)}`),
    empty: () =>
      owner.begin(async (tx) => {
        await tx.unsafe(`set local session_replication_role = replica; ${deletes}`);
      }),
    close: async () => {
      for (const line of lines) await line.close();
      await owner.end({ timeout: 5 });
    },
  };
}

/** What a migration put into a table belongs there. */
async function listEmptyTables(owner: Sql): Promise<readonly string[]> {
  const tables = await owner<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = 'public' or (schemaname = 'graphile_worker' and tablename <> 'migrations')`;
  const empty: string[] = [];
  for (const { name } of tables)
    if ((await owner.unsafe(`select from ${name} limit 1`)).length === 0) empty.push(name);
  return empty;
}
