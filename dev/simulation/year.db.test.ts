import { expect, it } from "vitest";
import { openTestDatabase } from "../testing/database";
import { openWorld } from "./world";
import { simulate, YEAR_BEGINS } from "./year";

const test = openTestDatabase({ clock: true });

/** Every run plays the same lives, unless told another seed. */
const SEED = Number(process.env.YEAR_SEED ?? 20_270_314);
const [ACCOUNTS, DAYS] = [20, 60];

it(`keeps every promise to ${ACCOUNTS} accounts through ${DAYS} days of late, lost and doubled events (seed ${SEED})`, {
  timeout: 300_000,
  retry: 0, // Its database is the first try's.
}, async () => {
  if (!test.rehearsal) throw new Error("the database was opened with a clock");
  const world = await openWorld(SEED, { db: test.db, rehearsal: test.rehearsal, start: YEAR_BEGINS });
  try {
    await simulate(world, { accounts: ACCOUNTS, days: DAYS });
    // It was a life: bought, renewed, failed, and told of by events that were late or lost.
    const { figures } = world;
    expect(figures.total("allowances paid for")).toBeGreaterThan(ACCOUNTS / 2);
    expect(figures.total("operator")).toBeGreaterThan(2 * ACCOUNTS);
    expect(figures.total("buy")).toBeGreaterThan(ACCOUNTS);
    for (const [kind, what] of [
      ["events", "handled"],
      ["events", "lost"],
      ["events", "put off"],
      ["charges", "for credits"],
      ["charges", "for plans"],
    ] as const)
      expect(figures.of(kind, what), `${kind} ${what}`).toBeGreaterThan(0);
  } finally {
    await world.close();
  }
});
