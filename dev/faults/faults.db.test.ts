import { expect, it, onTestFinished } from "vitest";
import { openTestDatabase } from "../testing/database";
import { openLane } from "./lane";
import { playSeeds } from "./lanes";
import { type Counts, HISTORIES } from "./wave";

/** Two lanes: while one waits for Postgres the other goes on. */
const databases = [openTestDatabase({ clock: true }), openTestDatabase({ clock: true })];

/** The same histories every time, unless told another seed. */
const SEED = Number(process.env.FAULTS_SEED ?? 1);
const WAVES = Number(process.env.FAULTS_WAVES ?? 50);

it(`${WAVES * HISTORIES} histories end well, whatever fails (seeds from ${SEED})`, {
  timeout: 1_800_000,
  retry: 0,
}, async () => {
  const lanes = await Promise.all(databases.map(openLane));
  onTestFinished(async () => void (await Promise.all(lanes.map((each) => each.close()))));
  const counts: Counts = new Map();
  const seeds = Array.from({ length: WAVES }, (_, wave) => SEED + wave);
  const broken = await playSeeds({ lanes, seeds, counts });
  expect(broken.map(({ message }) => message)).toEqual([]);
  for (const what of [
    ...["crashes", "buy: done", "buy: crashed", "plan: done", "events: done", "refund: done"],
    ...["undo: done", "at the desk: done", "at the desk: crashed", "at Stripe: done", "credit note: done"],
  ])
    expect(counts.get(what) ?? 0, what).toBeGreaterThan(0);
});
