import postgres, { type Sql } from "postgres";

/** The clock that the application's role sees in one database: the real one, moved by an offset. */
export type RehearsalClock = {
  /** Moves it to so many milliseconds ahead of real time; a negative number is a past. */
  setOffset(ms: number): Promise<void>;
  offset(): Promise<number>;
};

/**
 * Makes the application's time in this database movable, with nothing of it in what ships: for its role the unqualified
 * `now()` and `clock_timestamp()` become ours, and so do the columns' defaults. Only connections opened afterwards see
 * it. Safe to run again, which keeps the offset and takes in columns that came since.
 */
export async function installRehearsalClock(ownerUrl: string, appRole: string): Promise<RehearsalClock> {
  await asOwner(ownerUrl, async (sql) => {
    await sql.unsafe(CLOCK);
    await changeDefaults(sql, { from: "now()", to: "rehearsal.now()" });
    const role = quoteName(appRole);
    await sql.unsafe(`
      grant usage on schema rehearsal to ${role};
      grant select on rehearsal.clock to ${role};
      alter role ${role} in database ${quoteName(await databaseName(sql))} set search_path = rehearsal, public, pg_catalog`);
  });
  return {
    setOffset: (ms) => asOwner(ownerUrl, (sql) => setOffset(sql, ms)),
    offset: () => asOwner(ownerUrl, readOffset),
  };
}

/** The clock of a database that has one, over a connection of its owner that somebody else keeps open, and closes. */
export const rehearsalClockOver = (owner: Sql): RehearsalClock => ({
  setOffset: (ms) => setOffset(owner, ms),
  offset: () => readOffset(owner),
});

/** Gives the application real time back, and leaves nothing behind: for measuring what ships. */
export async function removeRehearsalClock(ownerUrl: string, appRole: string): Promise<void> {
  await asOwner(ownerUrl, async (sql) => {
    await changeDefaults(sql, { from: "rehearsal.now()", to: "now()" });
    await sql.unsafe(`
      alter role ${quoteName(appRole)} in database ${quoteName(await databaseName(sql))} reset search_path;
      drop schema if exists rehearsal cascade`);
  });
}

/** One connection per call: nothing is left open when the database goes away. */
async function asOwner<T>(ownerUrl: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

// The schedule's jobs are made with JavaScript's time, which is not moved: behind it they would not be due.
const CLOCK = `
  create schema if not exists rehearsal;
  create table if not exists rehearsal.clock (
    is_the_only boolean primary key default true check (is_the_only),
    ahead_ms bigint not null
  );
  insert into rehearsal.clock (ahead_ms) values (0) on conflict do nothing;
  create or replace function rehearsal.now() returns timestamptz language sql stable parallel safe as
    $$ select pg_catalog.now() + ahead_ms * interval '1 millisecond' from rehearsal.clock $$;
  create or replace function rehearsal.clock_timestamp() returns timestamptz language sql volatile as
    $$ select pg_catalog.clock_timestamp() + ahead_ms * interval '1 millisecond' from rehearsal.clock $$;
  create or replace function rehearsal.make_due() returns trigger language plpgsql as $$
    begin
      new.run_at := least(new.run_at, rehearsal.now());
      return new;
    end $$;
  create or replace trigger rehearsal_makes_scheduled_jobs_due
    before insert or update of run_at on graphile_worker._private_jobs for each row
    when (new.payload::jsonb ? '_cron' and new.attempts = 0) execute function rehearsal.make_due()`;

async function databaseName(sql: Sql): Promise<string> {
  const [row] = await sql<{ name: string }[]>`select current_database() as name`;
  return row?.name ?? "";
}

/** A default calls the function it was created with, whoever inserts. */
async function changeDefaults(sql: Sql, { from, to }: { from: string; to: string }): Promise<void> {
  const columns = await sql<{ table: string; column: string }[]>`
    select c.relname as table, a.attname as column
    from pg_attrdef d
    join pg_class c on c.oid = d.adrelid and c.relnamespace = 'public'::regnamespace
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where pg_get_expr(d.adbin, d.adrelid) = ${from}`;
  for (const { table, column } of columns) {
    await sql.unsafe(`alter table ${quoteName(table)} alter column ${quoteName(column)} set default ${to}`);
  }
}

async function setOffset(sql: Sql, ms: number): Promise<void> {
  const before = await readOffset(sql);
  await sql`update rehearsal.clock set ahead_ms = ${Math.round(ms)}`;
  if (ms >= before) return;
  // What was queued at the later time would wait until it comes round again.
  await sql`update graphile_worker._private_jobs set run_at = least(run_at, rehearsal.now()) where run_at > rehearsal.now()`;
}

async function readOffset(sql: Sql): Promise<number> {
  const [row] = await sql<{ ahead_ms: string }[]>`select ahead_ms from rehearsal.clock`;
  if (!row) throw new Error("the database's rehearsal clock has no offset");
  return Number(row.ahead_ms);
}

const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
