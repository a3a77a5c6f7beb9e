import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { connect } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { showProgress } from "../../lib/progress";
import { ROOT } from "../build";
import { startPostgres } from "../postgres";
import { installRehearsalClock, rehearsalClockOver } from "../rehearsal-clock";
import { endWhenTold } from "../when-told";
import { openWorld, type World } from "./world";
import { simulate, YEAR_BEGINS, YearBroken } from "./year";

const ROLE = { name: "refill_app", password: "year" };

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    accounts: { type: "string" },
    days: { type: "string" },
    "every-day": { type: "boolean" },
  },
});
const everyDay = values["every-day"] ?? false;
/** Three years of other lives each time, unless one is to be played again. */
const first = wholeNumber("--seed", values.seed, Date.now() % 0x7ffffff0);
const seeds = values.seed === undefined ? [first, first + 1, first + 2] : [first];
const accounts = wholeNumber("--accounts", values.accounts, 200);
const days = wholeNumber("--days", values.days, 365);

function wholeNumber(name: string, given: string | undefined, otherwise: number): number {
  const value = Number((given ?? String(otherwise)).replaceAll("_", ""));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`${name} wants a whole number, not "${given}".`);
  process.exit(2);
}

const progress = showProgress();
let stop = async () => {};
const { isTold } = endWhenTold(() => {
  progress.end();
  console.error("Stopped. What was said to play it again begins at its first day.");
  return stop();
});

for (const seed of seeds) {
  const started = performance.now();
  const again = `npm run test:year -- --seed ${seed} --accounts ${accounts} --days ${days}${everyDay ? " --every-day" : ""}`;
  console.log(`${accounts} accounts, ${days} days, seed ${seed}. To play it again: ${again}`);
  try {
    await liveApart(seed);
    console.log(`seed ${seed}: ${spell(performance.now() - started)}\n`);
  } catch (error) {
    if (isTold()) await new Promise(() => {}); // Its database was taken away; whoever did that ends the process.
    progress.end();
    console.error(error instanceof YearBroken ? `\n${error.message}` : error);
    console.error(
      `\nseed ${seed} stopped after ${spell(performance.now() - started)}. To play it again: ${again}`,
    );
    process.exit(1);
  }
}
process.exit(0);

/** Each year has a database of its own. */
async function liveApart(seed: number): Promise<void> {
  const dataDir = join(ROOT, ".data", `year-${process.pid}-${seed}`);
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
  try {
    await live(seed, (await starting).ownerUrl);
  } finally {
    await stop();
  }
}

async function live(seed: number, ownerUrl: string): Promise<void> {
  await migrateDatabase(ownerUrl, ROLE);
  await installRehearsalClock(ownerUrl, ROLE.name);
  // One connection moves the clock a thousand times: opening one for each takes longer than moving it.
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  const appUrl = new URL(ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const db = connect(appUrl.href, { max: 20 });
  const world = await openWorld(seed, { db, rehearsal: rehearsalClockOver(owner), start: YEAR_BEGINS });
  try {
    progress.step("days", days);
    await simulate(world, { accounts, days, everyDay, onDay: sayHowFar(world) });
    progress.end();
    console.log(`\n${world.figures.describe()}\nevery promise was kept`);
  } finally {
    await world.close();
    await db.pool.end({ timeout: 5 });
    await owner.end({ timeout: 5 });
  }
}

/** After every calm day what happened until then. */
function sayHowFar({ figures, now }: World): (day: number, calm: boolean) => void {
  const started = performance.now();
  return (day, calm) => {
    const took = performance.now() - started;
    const far = `day ${day} of ${days} (${now().toISOString().slice(0, 10)}), ${spell(took)}`;
    const told = `${figures.of("events", "handled")} events, ${figures.total("spend")} spends, ${figures.total("buy")} purchases`;
    if (calm) progress.aside(() => console.log(`${far}: all is well; ${told}`));
    progress.at(day);
  };
}

function spell(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
