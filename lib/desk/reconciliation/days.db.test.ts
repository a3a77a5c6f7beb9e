import { expect, it } from "vitest";
import { openTestDatabase } from "../../../dev/testing/database";
import { findComparedDay, listComparedDays, MAX_LINES } from "./days";

const test = openTestDatabase();
const LINE = { kind: "charge_differs", object: "ch_1", why: "It differs.", toDo: "Look." };

const keep = (day: string, drift: number, result: object) =>
  test.owner`insert into reconciled_days (day, finished_at, drift, result)
    values (${day}, now(), ${drift}, ${JSON.stringify(result)}::text::jsonb)`;
const read = async () => {
  const { days } = await listComparedDays(test.db, { before: null, most: 10, onlyDrift: false });
  return days.map(({ day, lines, unreadable }) => [day, lines.map(({ cents }) => cents), unreadable]);
};

it("counts lines that it cannot read, and shows those that it can, to the cent", async () => {
  await keep("2026-11-01", 0, { totals: {}, lines: [] });
  await keep("2026-11-02", 3, {
    totals: {},
    lines: [{ ...LINE, cents: "9007199254740993" }, { ...LINE, cents: "1.5" }, { kind: "x" }],
  });
  await keep("2026-11-03", 4, { totals: "none", lines: [LINE] });
  await keep("2026-11-04", 0, { lines: null });
  expect(await read()).toEqual([
    ["2026-11-04", [], 1],
    ["2026-11-03", [], 4],
    ["2026-11-02", [9_007_199_254_740_993n], 2],
    ["2026-11-01", [], 0],
  ]);
});

it("reads no more than fifty lines of a day at a time, whatever it has, and the others from where they are asked for", async () => {
  const lines = Array.from({ length: 2 * MAX_LINES + 7 }, (_, at) => ({ ...LINE, object: `ch_${at}` }));
  await keep("2026-10-01", lines.length, { totals: { usd: { chargedCents: "5" } }, lines });
  const { days } = await listComparedDays(test.db, { before: "2026-10-02", most: 1, onlyDrift: true });
  const first = { kept: lines.length, from: 0, drift: lines.length, unreadable: 0 };
  expect(days).toMatchObject([first]);
  expect(days[0]?.lines.map(({ object }) => object)).toEqual(
    lines.slice(0, MAX_LINES).map(({ object }) => object),
  );
  expect(days[0]?.chargedCents.get("usd")).toBe(5n);
  const last = await findComparedDay(test.db, { of: "2026-10-01", from: 2 * MAX_LINES });
  expect(last?.lines.map(({ object }) => object)).toEqual(
    lines.slice(2 * MAX_LINES).map(({ object }) => object),
  );
  const behind = await findComparedDay(test.db, { of: "2026-10-01", from: 9_999_999 });
  expect(behind).toMatchObject({ lines: [], kept: lines.length, unreadable: 0 });
  expect(await findComparedDay(test.db, { of: "2026-10-02", from: 0 })).toBeNull();
});
