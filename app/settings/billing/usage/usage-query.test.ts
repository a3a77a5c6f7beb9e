import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { daysBetween } from "../days";
import { exportPath, readUsageQuery, usagePath } from "./usage-query";

const period = { start: new Date("2026-11-04T08:14:00Z"), end: new Date("2026-12-04T08:14:00Z") };
const when = { period, now: new Date("2026-11-25T23:30:00Z"), timeZone: "UTC" };
const read = (raw: Record<string, string | string[]>) => readUsageQuery(raw, when);
const queryOf = (path: string) => Object.fromEntries(new URL(path, "http://host").searchParams);

describe("what a usage page is asked for", () => {
  it.each([
    [{}, "2026-11-04", "2026-11-25", "cycle"],
    [{ range: "7d" }, "2026-11-19", "2026-11-25", "7d"],
    [{ range: "90d" }, "2026-08-28", "2026-11-25", "90d"],
    [{ from: "2026-10-27", to: "2026-11-25" }, "2026-10-27", "2026-11-25", "30d"],
    [{ from: "2026-11-01", to: "2026-11-02" }, "2026-11-01", "2026-11-02", null],
    [{ from: "2026-11-01" }, "2026-11-01", "2026-11-25", null],
    [{ to: "2026-11-02" }, "2026-10-04", "2026-11-02", null],
    [{ from: "2026-11-01", to: "2099-01-01" }, "2026-11-01", "2026-11-25", null],
    [{ from: "2025-11-25", to: "2026-11-25" }, "2025-11-25", "2026-11-25", null],
  ] as const)("%j is %s to %s", (raw, from, to, preset) => {
    expect(read(raw)).toMatchObject({ filter: { from, to }, preset, problems: [] });
  });

  it.each<Record<string, string | string[]>>([
    { range: "all" },
    { from: "2026-11-26" },
    { from: "2026-11-02", to: "2026-11-01" },
    { from: "2026-02-30" },
    { from: "2025-11-24", to: "2026-11-25" },
    { from: "yesterday" },
    { from: "०२-११-२०२६" },
    { to: "2026-1-1" },
    { from: ["2026-11-01", "2026-11-02"] },
    { range: ["7d", "7d"] },
    { from: "0000-01-01", to: "0000-03-01" },
    { to: "0001-01-01" },
    { from: "-271821-04-20" },
    { to: "9999-12-31" },
    { to: "2".repeat(10_000) },
  ])("%j is no range: the cycle stands in", (raw) => {
    expect(read(raw)).toMatchObject({ preset: "cycle", problems: ["range"] });
  });

  it("goes back no further than the first day there is", () => {
    expect(read({ to: "1970-01-05" }).filter).toMatchObject({ from: "1970-01-01", to: "1970-01-05" });
  });

  it("knows the cycle before, to the millisecond, and only where there was one", () => {
    const lastCycle = { start: new Date("2026-10-04T08:14:00Z"), end: period.start };
    const asked = readUsageQuery({ range: "last" }, { ...when, lastCycle });
    expect(asked).toMatchObject({ preset: "last", problems: [] });
    expect(asked.filter).toMatchObject({ from: "2026-10-04", to: "2026-11-04", within: lastCycle });
    expect(asked.presets.map(({ id }) => id)).toContain("last");
    expect(readUsageQuery(queryOf(usagePath(asked.filter)), { ...when, lastCycle }).filter).toEqual(
      asked.filter,
    );
    expect(read({ range: "last" })).toMatchObject({ preset: "cycle", problems: ["range"] });
    expect(read({}).presets.map(({ id }) => id)).not.toContain("last");
  });

  it("goes by the customer's days", () => {
    const of = (timeZone: string, raw: Record<string, string>) => readUsageQuery(raw, { ...when, timeZone });
    expect(of("Asia/Kathmandu", { range: "7d" })).toMatchObject({
      filter: { from: "2026-11-20", to: "2026-11-26", timeZone: "Asia/Kathmandu" },
      today: "2026-11-26",
    });
    expect(of("America/New_York", { to: "2026-11-26" }).filter.to).toBe("2026-11-25");
    const early = { start: new Date("2026-11-04T02:00:00Z"), end: new Date("2026-12-04T02:00:00Z") };
    const asked = readUsageQuery({}, { ...when, period: early, timeZone: "America/New_York" });
    expect(asked.filter).toMatchObject({ from: "2026-11-03", to: "2026-11-25", within: early });
  });

  it("takes a category and a model, or none", () => {
    expect(read({ category: "platform", model: "large" }).filter).toMatchObject({
      category: "platform",
      resource: "large",
    });
    expect(read({ category: "", model: "" }).filter).toMatchObject({ category: null, resource: null });
    expect(read({ model: "(none)" }).filter.resource).toBe("");
    expect(read({ category: "toString" }).problems).toEqual(["category"]);
    expect(read({ model: "\u0000" }).problems).toEqual(["model"]);
    expect(read({ model: "x".repeat(201) }).problems).toEqual(["model"]);
  });

  test.prop([
    fc.dictionary(
      fc.constantFrom("range", "from", "to", "category", "model"),
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          "7d",
          "platform",
          "2026-11-09",
          "2026-10-01",
          "1970-01-02",
          "0000-01-01",
          "9999-12-31",
        ),
        fc.array(fc.string()),
      ),
    ),
  ])("is always a range of at most 366 days, and its address says the same again", (raw) => {
    const { filter } = read(raw);
    const days = daysBetween(filter.from, filter.to);
    expect(days >= 0 && days < 366).toBe(true);
    expect(read(queryOf(exportPath(filter))).filter).toEqual(filter);
    expect(read(queryOf(usagePath({ ...filter, before: "7" })))).toMatchObject({ filter, problems: [] });
  });
});
