import { expect, it } from "vitest";
import { openTestDatabase } from "../testing/database";
import { HISTORIES, playWave } from "./wave";
import { openWorld } from "./world";

const test = openTestDatabase({ clock: true });

/** The same histories every time, unless told another seed. */
const SEED = Number(process.env.FAULTS_SEED ?? 1);
const WAVES = Number(process.env.FAULTS_WAVES ?? 3);

it(`${WAVES * HISTORIES} histories end well, whatever fails (seeds from ${SEED})`, {
  timeout: 600_000,
  retry: 0,
}, async () => {
  if (!test.rehearsal) throw new Error("the database was opened with a clock");
  const world = await openWorld(
    { appUrl: test.appUrl, ownerUrl: test.ownerUrl, rehearsal: test.rehearsal },
    new Date("2027-02-01T00:00:00Z"),
  );
  try {
    for (let wave = 0; wave < WAVES; wave += 1) await playWave(world, SEED + wave);
    // Both crashed, and things were bought and paid back.
    for (const what of ["buy: done", "buy: crashed", "events: done", "refund: done"])
      expect(world.counts.get(what) ?? 0, what).toBeGreaterThan(0);
    expect(world.instances.map(({ crashes }) => crashes > 0)).toEqual([true, true]);
    const [done] = await world.owner`
      select (select count(*) from order_payments)::int as bought,
        (select count(*) from order_refunds where status = 'succeeded')::int as refunded`;
    expect(done?.bought).toBeGreaterThan(0);
    expect(done?.refunded).toBeGreaterThan(0);
  } finally {
    await world.close();
  }
});
