import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import { partialDays, wholeDays } from "./usage-days";

const days = { from: "2026-11-04", to: "2026-11-25" };
const at = (text: string) => new Date(`2026-${text}Z`);

it("leaves whole days as they are where there is no span", () => {
  expect([wholeDays(days), partialDays(days)]).toEqual([days, []]);
});

it("takes the day a cycle begins in as a part, and the end where it has come", () => {
  const running = { ...days, within: { start: at("11-04T08:14:00"), end: at("12-04T08:14:00") } };
  expect([wholeDays(running), partialDays(running)]).toEqual([
    { from: "2026-11-05", to: "2026-11-25" },
    ["2026-11-04"],
  ]);
  const over = { ...days, within: { start: at("11-04T00:00:00"), end: at("11-25T00:00:01") } };
  expect([wholeDays(over), partialDays(over)]).toEqual([
    { from: "2026-11-04", to: "2026-11-24" },
    ["2026-11-25"],
  ]);
  const short = { ...days, within: { start: at("11-04T01:00:00"), end: at("11-04T02:00:00") } };
  expect([wholeDays(short).from > wholeDays(short).to, partialDays(short)]).toEqual([true, ["2026-11-04"]]);
});

const BEGIN = Date.UTC(2026, 10, 4);
const hours = fc.integer({ min: 0, max: 24 * 20 });
test.prop([hours, hours, hours])("every instant of a span is in one whole day or one part", (a, b, hour) => {
  const [start, end] = [Math.min(a, b), Math.max(a, b) + 1];
  const span = (h: number) => new Date(BEGIN + h * 3_600_000);
  const filter = { ...days, within: { start: span(start), end: span(end) } };
  const day = span(hour).toISOString().slice(0, 10);
  const { from, to } = wholeDays(filter);
  const isWhole = from <= day && day <= to;
  const isPart = partialDays(filter).includes(day);
  expect(isWhole && isPart).toBe(false);
  if (start <= hour && hour < end) expect(isWhole || isPart).toBe(true);
  if (isWhole) {
    const at = Date.parse(day);
    expect(at >= span(start).getTime() && at + 86_400_000 <= span(end).getTime()).toBe(true);
  }
});
