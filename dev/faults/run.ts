import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrateDatabase } from "../../db/migrate";
import { ROOT } from "../build";
import { startPostgres } from "../postgres";
import { installRehearsalClock } from "../rehearsal-clock";
import { HISTORIES, HistoryBroken, playWave } from "./wave";
import { openWorld } from "./world";

const ROLE = { name: "refill_app", password: "faults" };
/** Then a new database begins: an old one's days and events would only be read again and again. */
const WAVES_A_DATABASE = 50;
const USAGE = "npm run test:faults -- [--seed <number>] [--histories <number>]";

const { values } = parseArgs({ options: { seed: { type: "string" }, histories: { type: "string" } } });
/** Told a seed, that one alone is played again; otherwise others each time. */
const first = wholeNumber(values.seed, Date.now() % 0x3fffffff);
const waves = Math.ceil(
  wholeNumber(values.histories, values.seed === undefined ? 20_000 : HISTORIES) / HISTORIES,
);

function wholeNumber(given: string | undefined, otherwise: number): number {
  const value = Number(given ?? otherwise);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(USAGE);
  process.exit(2);
}

let stop = async () => {};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stop().finally(() => process.exit(1)));

console.log(`${waves * HISTORIES} histories, seeds from ${first}`);
try {
  for (let wave = 0; wave < waves; wave += WAVES_A_DATABASE)
    await playInOneDatabase(first + wave, Math.min(WAVES_A_DATABASE, waves - wave));
  console.log("All of them ended well.");
} catch (error) {
  console.error(error instanceof HistoryBroken ? `\n${error.message}` : error);
  process.exitCode = 1;
} finally {
  await stop();
}

async function playInOneDatabase(seed: number, count: number): Promise<void> {
  const dataDir = join(ROOT, ".data", `faults-${process.pid}`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const server = await startPostgres({ dataDir, durable: false, databaseUrl: "" });
  stop = async () => {
    stop = async () => {};
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  await migrateDatabase(server.ownerUrl, ROLE);
  const rehearsal = await installRehearsalClock(server.ownerUrl, ROLE.name);
  const appUrl = new URL(server.ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const databases = { appUrl: appUrl.href, ownerUrl: server.ownerUrl, rehearsal };
  const world = await openWorld(databases, new Date("2027-02-01T00:00:00Z"));
  try {
    for (let wave = 0; wave < count; wave += 1) {
      const started = performance.now();
      await playWave(world, seed + wave);
      console.log(`seed ${seed + wave}: ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    }
    for (const [what, times] of [...world.counts].sort()) console.log(`  ${what}: ${times}`);
  } finally {
    await world.close();
  }
  await stop();
}
