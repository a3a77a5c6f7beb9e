import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import { ceilQuarter, floorQuarter, quarterAt, quarterRuns } from "./quarters";

it("a day in Kathmandu is a piece of two days of UTC, and all quarters between two instants are in one run each", () => {
  expect(quarterRuns(new Date("2026-11-24T18:15Z"), new Date("2026-11-25T18:15Z"))).toEqual([
    { day: "2026-11-24", first: 73, last: 95 },
    { day: "2026-11-25", first: 0, last: 72 },
  ]);
  expect(quarterRuns(new Date("2026-11-25T00:00Z"), new Date("2026-11-25T00:00Z"))).toEqual([]);
});

const QUARTER_MS = 900_000;
const instants = fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 });

test.prop([instants])("an instant is in the quarter that begins before it", (instant) => {
  const at = new Date(instant);
  const { day, quarter } = quarterAt(at);
  const start = Date.parse(`${day}T00:00:00Z`) + quarter * QUARTER_MS;
  expect([start <= instant, instant < start + QUARTER_MS]).toEqual([true, true]);
  expect(floorQuarter(at).getTime()).toBe(start);
  expect(ceilQuarter(at).getTime()).toBe(start === instant ? start : start + QUARTER_MS);
});

test.prop([instants, fc.integer({ min: 0, max: 500 })])("runs have every quarter once", (instant, count) => {
  const start = floorQuarter(new Date(instant));
  const runs = quarterRuns(start, new Date(start.getTime() + count * QUARTER_MS));
  const all = runs.flatMap(({ day, first, last }) =>
    Array.from(
      { length: last + 1 - first },
      (_, index) => Date.parse(`${day}T00:00:00Z`) + (first + index) * QUARTER_MS,
    ),
  );
  expect(all).toEqual(Array.from({ length: count }, (_, index) => start.getTime() + index * QUARTER_MS));
});
