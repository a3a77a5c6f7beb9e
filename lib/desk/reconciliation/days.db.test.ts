import { expect, it } from "vitest";
import { openTestDatabase } from "../../../dev/testing/database";
import { listComparedDays } from "./days";

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
