import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { checkBooks } from "../../lib/ledger/check-books";
import { checkMovedBooks } from "../../lib/ledger/moved-books";
import { startPostgres } from "../postgres";
import { openBenchAccounts } from "./accounts";
import { atMost, median, type Report } from "./report";
import { type Bench, runBench } from "./run";

const ROLE = { name: "refill_app", password: "bench" };

type Scene = { readonly owner: Sql; readonly db: Database };

async function open(bench: Bench): Promise<Scene> {
  bench.progress("Starting Postgres …");
  const dataDir = join(bench.dataDir("books"), "postgres");
  const { ownerUrl, stop } = await startPostgres({ dataDir, databaseUrl: "" });
  bench.onEnd(stop);
  await migrateDatabase(ownerUrl, ROLE);
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  bench.onEnd(() => owner.end({ timeout: 5 }));
  const appUrl = new URL(ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const db = connect(appUrl.href, { max: 4 });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  const accounts = bench.number("accounts", 5_000);
  bench.progress(`Opening ${accounts} accounts …`);
  await openBenchAccounts(ownerUrl, accounts);
  return { owner, db };
}

const ROUNDS_PER_STATEMENT = 20;

/** So many spends of one credit by every account in turn, as they come in a day, and what is stored of them. */
async function addSpends(owner: Sql, each: number): Promise<void> {
  for (let done = 0; done < each; done += ROUNDS_PER_STATEMENT) {
    const some = Math.min(ROUNDS_PER_STATEMENT, each - done);
    await owner`
      insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, category, resource)
      select b.account_id, b.last_seq + n, g.id, 'available', 'spent', 1, now(), gen_random_uuid(), 1, 1, 'sonata-large'
      from generate_series(1, ${some}::int) as n cross join balances b join grants g on g.account_id = b.account_id
      order by n, b.account_id`;
    await owner`
      with moved as (update grants set remaining_credits = remaining_credits - ${some}::int, spent_credits = spent_credits + ${some}::int,
        cycle_used_credits = cycle_used_credits + ${some}::int returning account_id)
      update balances b set last_seq = b.last_seq + ${some}::int from moved m where m.account_id = b.account_id`;
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

const plainSum = ({ owner }: Scene) => seconds(() => owner`select sum(credits) from entries`);

/** The largest the process's heap was while something ran, beside what it was before, in MB. */
async function heapGrowth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().heapUsed);
  }, 50);
  await work().finally(() => clearInterval(timer));
  return (most - before) / 1_048_576;
}

await runBench(["accounts", "moved", "all", "rounds"], async (bench): Promise<Report> => {
  const scene = await open(bench);
  const accounts = bench.number("accounts", 5_000);
  const [moved, all, rounds] = [
    bench.number("moved", 1_000_000),
    bench.number("all", 5_000_000),
    bench.number("rounds", 3),
  ];
  const incremental: number[] = [];
  const sumOfMoved: number[] = [];
  const look = async () => {
    const { drift, ...rest } = await checkMovedBooks(scene.db);
    if (drift.length > 0) throw new Error(`the books differ: ${JSON.stringify(drift.slice(0, 3))}`);
    return rest;
  };
  await look();
  for (let round = 0; round < rounds; round += 1) {
    bench.progress(`Round ${round + 1}: ${moved} entries …`);
    await addSpends(scene.owner, Math.ceil(moved / accounts));
    await scene.owner`vacuum analyze`;
    const plain = await plainSum(scene);
    incremental.push(await seconds(look));
    sumOfMoved.push(plain / (round + 1)); // Of as many entries as moved.
  }
  const missing = all - rounds * moved;
  if (missing > 0) await addSpends(scene.owner, Math.ceil(missing / accounts));
  await scene.owner`vacuum analyze`;
  bench.progress("Everything, from the first entry …");
  const plain = await plainSum(scene);
  let full = 0;
  const heap = await heapGrowth(async () => {
    full = await seconds(() => checkBooks({ db: scene.db, log: console }));
  });
  const [counted] = await scene.owner<{ entries: number }[]>`select count(*)::int as entries from entries`;
  const entries = counted?.entries ?? 0;
  return {
    bench: "books",
    tables: [
      {
        title: `Books of ${accounts} accounts with their entries`,
        columns: [
          { title: "look" },
          { title: "entries" },
          { title: "seconds", decimals: 2 },
          { title: "a plain sum of them, seconds", decimals: 2 },
        ],
        rows: [
          ["what moved", moved, median(incremental), median(sumOfMoved)],
          ["everything", entries, full, plain],
        ],
      },
    ],
    goals: [
      atMost("what moved", median(incremental), 1, "s"),
      atMost("everything", full, 60, "s"),
      atMost("heap while everything is read", heap, 100, "MB"),
    ],
    figures: { accounts, moved, entries, incremental, sumOfMoved, full, plain, heap },
  };
});
