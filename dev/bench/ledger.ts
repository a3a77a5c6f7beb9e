import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { bigint, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { connect } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { newId } from "../../lib/ids";
import { type Batcher, createBatcher } from "../../lib/ledger/batcher";
import { findDrift } from "../../lib/ledger/reconcile";
import { plainArray } from "../../lib/ledger/set-sql";
import { credits } from "../../lib/money/credits";
import { startPostgres } from "../postgres";
import { openBenchAccounts } from "./accounts";
import { apiGoals, apiTable, measureApi } from "./api";
import { measureBalance } from "./balance-reads";
import { atLeast, atMost, type Goal, median, percentile, type Report, type Table } from "./report";
import { type Bench, runBench } from "./run";

const ROLE = { name: "refill_app", password: "bench" };
const ACCOUNTS = 10_000;
const CALLERS = 256;
const USUAL_CALLERS = 64;
const BULK_ROWS = 1_000;
const PURPOSE = { category: "ai_processing", resource: "sonata-large", reference: null } as const;

type Scene = {
  readonly owner: Sql;
  /** As applications have it: the ORM over a pool of its default size. */
  readonly usual: PostgresJsDatabase;
  readonly batcher: Batcher;
  readonly accounts: readonly string[];
};

async function open(bench: Bench): Promise<Scene> {
  bench.progress("Starting Postgres …");
  const dataDir = join(bench.dataDir("ledger"), "postgres");
  const { ownerUrl, stop } = await startPostgres({ dataDir, databaseUrl: "" });
  bench.onEnd(stop);
  await migrateDatabase(ownerUrl, ROLE);
  const owner = postgres(ownerUrl, { max: 32, onnotice: () => {}, types: { bigint: postgres.BigInt } });
  bench.onEnd(() => owner.end({ timeout: 5 }));
  const [durable] = await owner<{ fsync: string; commit: string }[]>`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`;
  if (durable?.fsync !== "on" || durable.commit !== "on") throw new Error("the database is not durable");
  const appUrl = new URL(ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const db = connect(appUrl.href, { max: 10 });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  const batcher = createBatcher(db);
  bench.onEnd(() => batcher.close());
  bench.progress(`Opening ${ACCOUNTS} accounts …`);
  const accounts = await openBenchAccounts(ownerUrl, ACCOUNTS);
  await makeBaselineTables(owner);
  const usualPool = postgres(ownerUrl, { max: 10, onnotice: () => {} });
  bench.onEnd(() => usualPool.end({ timeout: 5 }));
  return { owner, usual: drizzle(usualPool), batcher, accounts };
}

const usualBalances = pgTable("usual_balances", {
  accountId: uuid("account_id").primaryKey(),
  credits: bigint("credits", { mode: "bigint" }).notNull(),
});
const usualSpends = pgTable("usual_spends", {
  id: uuid("id").primaryKey(),
  accountId: uuid("account_id").notNull(),
  credits: bigint("credits", { mode: "bigint" }).notNull(),
  at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
});

/** The same columns, checks and indexes as the ledger's entries, and what the usual way needs. */
async function makeBaselineTables(owner: Sql): Promise<void> {
  await owner.unsafe(`
    create table plain_entries (like entries including all) with (autovacuum_enabled = off);
    create table usual_balances (account_id uuid primary key, credits bigint not null check (credits >= 0));
    create table usual_spends (id uuid primary key, account_id uuid not null, credits bigint not null, at timestamptz not null default now());
    create index on usual_spends (account_id, at);
    insert into usual_balances select account_id, 1000000000000 from balances;`);
}

const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

type Load = { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };

/** Calls from so many callers, each waiting for its answer, for a time. */
async function loadOf(callers: number, ms: number, call: () => Promise<unknown>, worth = 1): Promise<Load> {
  const times: number[] = [];
  const started = performance.now();
  const end = started + ms;
  const caller = async () => {
    for (let now = started; now < end; ) {
      await call();
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - started) / 1_000;
  return {
    perSecond: (times.length * worth) / seconds,
    p50Ms: median(times),
    p99Ms: percentile(times, 99),
  };
}

const INSERT_ONE = `
  insert into plain_entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, line, category, resource)
  values ($1, $2, $3, 'available', 'spent', 100, now(), $4, 1, 0, 1, 'sonata-large')`;
const INSERT_BULK = `
  insert into plain_entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, line, category, resource)
  select m.account_id, m.seq, $4::uuid, 'available', 'spent', 100, now(), m.key, 1, 0, 1, 'sonata-large'
  from unnest($1::uuid[], $2::bigint[], $3::uuid[]) as m(account_id, seq, key)`;

let plainSeq = 0;

const insertOne = (owner: Sql, accounts: readonly string[]) => {
  plainSeq += 1;
  return owner.unsafe(INSERT_ONE, [anyOf(accounts), plainSeq, accounts[0] as string, randomUUID()], {
    prepare: true,
  });
};

const insertBulk = (owner: Sql, accounts: readonly string[]) => {
  const rows = Array.from({ length: BULK_ROWS }, () => {
    plainSeq += 1;
    return plainSeq;
  });
  return owner.unsafe(
    INSERT_BULK,
    [
      plainArray(rows.map(() => anyOf(accounts))),
      plainArray(rows),
      plainArray(rows.map(() => randomUUID())),
      accounts[0] as string,
    ],
    { prepare: true },
  );
};

/** Read the balance for update, write it back less, write the spend: one transaction each, through the ORM. */
const usualDebit = (db: PostgresJsDatabase, accountId: string) =>
  db.transaction(async (tx) => {
    const [balance] = await tx
      .select()
      .from(usualBalances)
      .where(eq(usualBalances.accountId, accountId))
      .for("update");
    if (!balance || balance.credits < 100n) throw new Error("too little");
    await tx
      .update(usualBalances)
      .set({ credits: balance.credits - 100n })
      .where(eq(usualBalances.accountId, accountId));
    await tx.insert(usualSpends).values({ id: newId(), accountId, credits: 100n });
  });

async function spend(batcher: Batcher, accountId: string, key: string = randomUUID()): Promise<void> {
  const outcome = await batcher.submit(accountId, {
    key,
    command: { kind: "spend", credits: credits(100n), purpose: PURPOSE },
    apiKey: 1,
  });
  if (outcome.kind === "refused") throw new Error(`refused: ${outcome.refusal.code}`);
}

async function holdAndCapture(batcher: Batcher, accountId: string): Promise<void> {
  const holdId = newId();
  const held = await batcher.submit(accountId, {
    key: randomUUID(),
    command: { kind: "hold", holdId, credits: credits(200n), ttlMs: 900_000, purpose: PURPOSE },
  });
  const captured = await batcher.submit(accountId, {
    key: randomUUID(),
    command: { kind: "capture", holdId, credits: credits(120n) },
  });
  if (held.kind !== "done" || captured.kind !== "done") throw new Error("a pair was refused");
}

const SCENARIOS = {
  insertOne: "single-row insert commits, 32 connections",
  insertOneLone: "single-row insert commits, one caller",
  bulkHot: "bulk insert of entries, one account",
  bulkMany: `bulk insert of entries, ${ACCOUNTS} accounts`,
  usualHot: `the usual way, one account, ${USUAL_CALLERS} callers`,
  usualMany: `the usual way, ${ACCOUNTS} accounts, ${USUAL_CALLERS} callers`,
  hot: `spends, one account, ${CALLERS} callers`,
  many: `spends, ${ACCOUNTS} accounts at random, ${CALLERS} callers`,
  lone: "spends, one account, one caller",
  pairs: `hold and capture, one account, ${CALLERS} callers`,
  repeated: `spends, one account, ${CALLERS} callers, 1 % repeated keys`,
} as const;
type Name = keyof typeof SCENARIOS;
const NAMES = Object.keys(SCENARIOS) as Name[];

function scenario({ owner, usual, batcher, accounts }: Scene, name: Name, ms: number): Promise<Load> {
  const hot = accounts[0] as string;
  switch (name) {
    case "insertOne":
      return loadOf(32, ms, () => insertOne(owner, accounts));
    case "insertOneLone":
      return loadOf(1, ms, () => insertOne(owner, accounts));
    case "bulkHot":
      return loadOf(1, ms, () => insertBulk(owner, [hot]), BULK_ROWS);
    case "bulkMany":
      return loadOf(1, ms, () => insertBulk(owner, accounts), BULK_ROWS);
    case "usualHot":
      return loadOf(USUAL_CALLERS, ms, () => usualDebit(usual, hot));
    case "usualMany":
      return loadOf(USUAL_CALLERS, ms, () => usualDebit(usual, anyOf(accounts)));
    case "hot":
      return loadOf(CALLERS, ms, () => spend(batcher, hot));
    case "many":
      return loadOf(CALLERS, ms, () => spend(batcher, anyOf(accounts)));
    case "lone":
      return loadOf(1, ms, () => spend(batcher, hot));
    case "pairs":
      return loadOf(CALLERS, ms, () => holdAndCapture(batcher, hot));
    case "repeated": {
      let key = randomUUID();
      return loadOf(CALLERS, ms, () => {
        if (Math.random() >= 0.01) key = randomUUID();
        return spend(batcher, hot, key);
      });
    }
  }
}

type Rounds = Record<Name, Load[]>;

/** Every scenario in every round, the order reversed each time, so that none has the better moments. */
async function measure(scene: Scene, bench: Bench, plan: { rounds: number; ms: number }): Promise<Rounds> {
  const found = Object.fromEntries(NAMES.map((name) => [name, [] as Load[]])) as Rounds;
  for (const name of NAMES) await scenario(scene, name, plan.ms / 2);
  // Every account has been spent from before, as in a process that has been up for a while.
  await Promise.all(scene.accounts.map((each) => spend(scene.batcher, each)));
  for (let round = 0; round < plan.rounds; round += 1) {
    bench.progress(`Round ${round + 1} of ${plan.rounds} …`);
    const turns = round % 2 === 0 ? NAMES : NAMES.toReversed();
    for (const name of turns) {
      // Nobody pays for what another has written.
      await scene.owner`checkpoint`;
      found[name].push(await scenario(scene, name, plan.ms));
    }
  }
  return found;
}

/** Bytes on disk per spend, indexes included, after so many spends of one account and of many. */
async function diskPerSpend({ owner, batcher, accounts }: Scene, spends: number): Promise<number> {
  const size = async () => {
    const [row] = await owner<{ bytes: bigint }[]>`select pg_total_relation_size('entries') as bytes`;
    return Number(row?.bytes);
  };
  const before = await size();
  for (let done = 0; done < spends; done += 5_000) {
    await Promise.all(Array.from({ length: 5_000 }, () => spend(batcher, anyOf(accounts))));
  }
  return ((await size()) - before) / spends;
}

/** Median of the rounds' own ratios: both halves of a round had the same moments of the machine. */
const ratioOf = (rounds: Rounds, a: Name, b: Name, figure: keyof Load = "perSecond"): number =>
  median(rounds[a].map((each, round) => each[figure] / (rounds[b][round]?.[figure] ?? Number.NaN)));

function goals(rounds: Rounds, diskBytes: number): Goal[] {
  return [
    atLeast("one hot account over the usual way", ratioOf(rounds, "hot", "usualHot"), 60, "ratio"),
    atLeast("one hot account over the bulk ceiling", ratioOf(rounds, "hot", "bulkHot"), 0.5, "ratio"),
    atLeast("many accounts over the usual way", ratioOf(rounds, "many", "usualMany"), 15, "ratio"),
    atLeast("many accounts over single-row inserts", ratioOf(rounds, "many", "insertOne"), 1.5, "ratio"),
    atMost(
      "lone caller's p50 over a single-row insert's",
      ratioOf(rounds, "lone", "insertOneLone", "p50Ms"),
      4,
      "ratio",
    ),
    atLeast("hold and capture pairs over spends", ratioOf(rounds, "pairs", "hot"), 0.4, "ratio"),
    atLeast("1 % repeated keys over none", ratioOf(rounds, "repeated", "hot"), 0.5, "ratio"),
    atMost("disk per spend, indexes included", diskBytes, 300, "bytes"),
  ];
}

function table(rounds: Rounds, plan: { rounds: number; ms: number }): Table {
  return {
    title: `Medians of ${plan.rounds} alternating rounds of ${plan.ms} ms`,
    columns: [
      { title: "work" },
      { title: "per second" },
      { title: "p50, ms", decimals: 2 },
      { title: "p99, ms", decimals: 2 },
    ],
    rows: NAMES.map((name) => [
      SCENARIOS[name],
      ...(["perSecond", "p50Ms", "p99Ms"] as const).map((figure) =>
        median(rounds[name].map((each) => each[figure])),
      ),
    ]),
  };
}

await runBench(["rounds", "ms", "spends", "entries", "reads", "memory-seconds"], async (bench) => {
  const scene = await open(bench);
  await scene.owner`vacuum analyze`;
  const plan = { rounds: bench.number("rounds", 5), ms: bench.number("ms", 2_000) };
  const rounds = await measure(scene, bench, plan);
  bench.progress("Weighing …");
  const diskBytes = await diskPerSpend(scene, bench.number("spends", 200_000));
  const drift = await findDrift(drizzle(scene.owner));
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);
  const api = await measureApi(bench, { ...plan, memorySeconds: bench.number("memory-seconds", 600) });
  const balance = await measureBalance(bench, 5_000_000);
  return {
    bench: "ledger",
    tables: [table(rounds, plan), apiTable(api), ...balance.tables],
    goals: [...goals(rounds, diskBytes), ...apiGoals(api), ...balance.goals],
    figures: { ...plan, rounds, diskBytesPerSpend: diskBytes, api, balance: balance.figures },
  } satisfies Report;
});
