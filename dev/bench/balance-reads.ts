import { join } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { getBalance } from "../../lib/ledger/queries";
import { findDrift } from "../../lib/ledger/reconcile";
import { startPostgres } from "../postgres";
import { makeAccount } from "../testing/factories";
import { addHistory } from "./history";
import { atMost, median, percentile, type Report } from "./report";
import type { Bench } from "./run";

const MAX_RATIO = 1.2;
const ROLE = { name: "refill_app", password: "bench" };
const WARM_UP_READS = 1_000;
/** A grant a day: enough that both accounts have the same number of them in the running cycle, whose figures a balance tells. */
const FEW_ENTRIES = 4_000;

type Subject = { readonly accountId: string; readonly entries: number; readonly grants: number };

type Round = { readonly p50Ms: number; readonly p99Ms: number };

type Figures = Subject & { readonly rounds: readonly Round[] };

type Scene = { readonly owner: Sql; readonly db: Database };

async function open(bench: Bench): Promise<Scene> {
  bench.progress("Starting Postgres …");
  const dataDir = join(bench.dataDir("balance"), "postgres");
  const { ownerUrl, stop } = await startPostgres({ dataDir, databaseUrl: "" });
  bench.onEnd(stop);
  await migrateDatabase(ownerUrl, ROLE);
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  bench.onEnd(() => owner.end({ timeout: 5 }));
  const appUrl = new URL(ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const db = connect(appUrl.href, { max: 1 });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  return { owner, db };
}

/** An account with at least this many entries behind it. Its history grows in grants as well as in entries. */
async function makeSubject({ owner, db }: Scene, wanted: number): Promise<Subject> {
  const { accountId, periodStart } = await makeAccount(db);
  await addHistory({ owner, db }, { accountId, startsAt: periodStart }, wanted);
  const [counted] = await owner<{ entries: number; grants: number }[]>`
    select (select count(*)::int from entries where account_id = ${accountId}) as entries,
      (select count(*)::int from grants where account_id = ${accountId}) as grants`;
  if (!counted || counted.entries < wanted) throw new Error("the history is shorter than asked for");
  return { accountId, ...counted };
}

/** The made-up history has to satisfy what a real one does, or the figures would tell of something else. */
async function checkBooks({ owner }: Scene): Promise<void> {
  const drift = await findDrift(drizzle(owner));
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);
}

/** Reads one balance so many times in a row on one connection. */
async function readRound(db: Database, { accountId }: Subject, reads: number): Promise<Round> {
  const times: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const started = performance.now();
    await getBalance(db, accountId);
    times.push(performance.now() - started);
  }
  return { p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) };
}

/** Rounds on the accounts in turn, the order reversed every time, so that neither has the better moments. */
async function measure(
  { db }: Scene,
  subjects: readonly Subject[],
  { rounds, reads }: { rounds: number; reads: number },
): Promise<readonly Figures[]> {
  const found = subjects.map((): Round[] => []);
  for (const subject of subjects) await readRound(db, subject, WARM_UP_READS);
  for (let round = 0; round < rounds; round += 1) {
    const turns = subjects.map((subject, index) => ({ subject, mine: found[index] }));
    if (round % 2 === 1) turns.reverse();
    for (const { subject, mine } of turns) mine?.push(await readRound(db, subject, reads));
  }
  return subjects.map((subject, index) => ({ ...subject, rounds: found[index] ?? [] }));
}

const middle = ({ rounds }: Figures, figure: keyof Round): number =>
  median(rounds.map((each) => each[figure]));

/** Median of the rounds' own ratios: both halves of a round had the same moments of the machine. */
const ratioOf = (many: Figures, few: Figures, figure: keyof Round): number =>
  median(many.rounds.map((each, round) => each[figure] / (few.rounds[round]?.[figure] ?? Number.NaN)));

function report(few: Figures, many: Figures, { rounds, reads }: { rounds: number; reads: number }): Report {
  const ratio = { p50: ratioOf(many, few, "p50Ms"), p99: ratioOf(many, few, "p99Ms") };
  const both = [few, many].map((each) => ({
    entries: each.entries,
    grants: each.grants,
    p50Ms: middle(each, "p50Ms"),
    p99Ms: middle(each, "p99Ms"),
  }));
  return {
    bench: "balance",
    tables: [
      {
        title: `Reading a balance, medians of ${rounds} alternating rounds of ${reads} reads`,
        columns: [
          { title: "entries behind it" },
          { title: "grants" },
          { title: "p50, ms", decimals: 3 },
          { title: "p99, ms", decimals: 3 },
        ],
        rows: both.map((each) => [each.entries, each.grants, each.p50Ms, each.p99Ms]),
      },
    ],
    goals: [atMost("p50 with many entries over p50 with few", ratio.p50, MAX_RATIO, "ratio")],
    figures: { rounds, readsPerRound: reads, few: both[0], many: both[1], ratio },
  };
}

/** Balance reads of an account with few entries behind it and one with many, in a database of their own. */
export async function measureBalance(bench: Bench, fallbackEntries: number): Promise<Report> {
  const scene = await open(bench);
  const entries = bench.number("entries", fallbackEntries);
  bench.progress(`Making histories of ${FEW_ENTRIES} and ${entries} entries …`);
  const few = await makeSubject(scene, FEW_ENTRIES);
  const many = await makeSubject(scene, entries);
  await scene.owner`vacuum analyze`;
  await checkBooks(scene);
  bench.progress("Reading …");
  const plan = { rounds: bench.number("rounds", 20), reads: bench.number("reads", 500) };
  const [a, b] = await measure(scene, [few, many], plan);
  if (!a || !b) throw new Error("an account was not measured");
  return report(a, b, plan);
}
