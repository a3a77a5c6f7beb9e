import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { migrateDatabase } from "../../db/migrate";
import { showProgress } from "../../lib/progress";
import { ROOT } from "../build";
import { startPostgres } from "../postgres";
import { installRehearsalClock } from "../rehearsal-clock";
import { endWhenTold } from "../when-told";
import { type Lane, openLane } from "./lane";
import { playSeeds } from "./lanes";
import { type Counts, HISTORIES, HistoryBroken } from "./wave";

const ROLE = { name: "refill_app", password: "faults" };
/** More wait for each other: a lane is one half Node and one half Postgres. */
const LANES = 3;
/** Then a lane has a new database: rows that were deleted are read over until then. */
const WAVES_A_DATABASE = 100;
/** So many are told of, then no more are begun. */
const MANY_BROKEN = 5;
const USAGE =
  "npm run test:faults -- [--seed <number>] [--times <number>] [--histories <number>] [--lanes <number>]";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    times: { type: "string" },
    histories: { type: "string" },
    lanes: { type: "string" },
  },
});
/** Told a seed, that one alone is played again; otherwise others each time. */
const first = wholeNumber(values.seed, Date.now() % 0x3fffffff);
/** Given, the same seed is played so often. */
const times = values.times === undefined ? null : Math.max(1, wholeNumber(values.times, 1));
const histories =
  (times ?? 0) * HISTORIES || wholeNumber(values.histories, values.seed === undefined ? 20_000 : HISTORIES);
const mostBroken = times === null ? MANY_BROKEN : 1;
const waves = Math.max(1, Math.ceil(histories / HISTORIES));
const lanes = Math.min(waves, Math.max(1, wholeNumber(values.lanes, LANES)));

function wholeNumber(given: string | undefined, otherwise: number): number {
  const value = Number(given ?? otherwise);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(USAGE);
  process.exit(2);
}

const started = performance.now();
const progress = showProgress();
const counts: Counts = new Map();
const broken: HistoryBroken[] = [];
let stop = async () => {};
const { isTold } = endWhenTold(() => {
  progress.end();
  console.error("Stopped. A wave that broke is played again by its seed.");
  return stop();
});

say(`${waves * HISTORIES} histories, ${times === null ? "seeds from" : `${times} times seed`} ${first}`);
progress.step("histories", waves * HISTORIES);
try {
  const perServer = WAVES_A_DATABASE * lanes;
  for (let wave = 0; wave < waves && broken.length < mostBroken; wave += perServer)
    await playOnOneServer(wave, Math.min(perServer, waves - wave));
  progress.end();
  summarize();
} catch (error) {
  if (isTold()) await new Promise(() => {}); // Its database was taken away; whoever did that ends the process.
  progress.end();
  console.error(error);
  process.exitCode = 1;
} finally {
  await stop();
}

async function playOnOneServer(from: number, count: number): Promise<void> {
  const dataDir = join(ROOT, ".data", `faults-${process.pid}`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const starting = startPostgres({ dataDir, durable: false, databaseUrl: "" });
  const end = async () => {
    await starting.then((server) => server.stop()).catch(() => {}); // What did not start only left files.
    await rm(dataDir, { recursive: true, force: true });
  };
  let ending: Promise<void> | null = null;
  stop = () => {
    ending ??= end();
    return ending;
  };
  const opened = await openLanes((await starting).ownerUrl, Math.min(lanes, count));
  const seeds = Array.from({ length: count }, (_, index) => (times === null ? first + from + index : first));
  const onWave = (told: number, wave: readonly string[] | HistoryBroken) => {
    if (wave instanceof HistoryBroken) {
      broken.push(wave);
      progress.aside(() => console.error(`\n${wave.message}\n`));
    } else if (waves === 1) say(wave.join("\n"));
    else if (times !== null) progress.aside(() => say(`went the way ${wayOf(wave)}`));
    progress.at(from * HISTORIES + told);
    return broken.length < mostBroken;
  };
  await playSeeds({ lanes: opened, seeds, counts, onWave });
  for (const each of opened) await each.close();
  await stop();
}

/** The same for two stories that went the same way from step to step. */
function wayOf(story: readonly string[]): string {
  const ways = story.map((line) => line.slice(line.lastIndexOf("["))).join();
  return createHash("sha256").update(ways).digest("hex").slice(0, 6);
}

/** One migrated database, and copies of it. */
async function openLanes(ownerUrl: string, count: number): Promise<readonly Lane[]> {
  await migrateDatabase(ownerUrl, ROLE);
  const original = new URL(ownerUrl);
  const maintenance = new URL(ownerUrl);
  maintenance.pathname = "/template1";
  const sql = postgres(maintenance.href, { max: 1, onnotice: () => {} });
  const opened: Lane[] = [];
  for (let lane = 0; lane < count; lane += 1) {
    const own = new URL(ownerUrl);
    own.pathname = `/faults_${lane}`;
    await sql.unsafe(`create database "faults_${lane}" template "${original.pathname.slice(1)}"`);
    await installRehearsalClock(own.href, ROLE.name);
    const app = new URL(own);
    Object.assign(app, { username: ROLE.name, password: ROLE.password });
    opened.push(await openLane({ appUrl: app.href, ownerUrl: own.href }));
  }
  await sql.end();
  return opened;
}

function summarize(): void {
  say(`What was done, and how it ended:`);
  for (const [what, times] of [...counts].sort()) say(`  ${what}: ${times}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  if (broken.length === 0) {
    say(`All ended well, in ${seconds} s.`);
    return;
  }
  say(`${broken.length} did not hold: ${broken.map(({ seed }) => `--seed ${seed}`).join(", ")}`);
  process.exitCode = 1;
}

function say(line: string): void {
  progress.aside(() => console.log(line));
}
