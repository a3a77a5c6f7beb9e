import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { addDays } from "@/lib/calendar";
import type { UsageView } from "@/lib/ledger/usage";
import { credits } from "@/lib/money/credits";
import { ticksFor, toBars } from "./bars";
import { listUsageCategories } from "./categories";

const viewOf = (days: readonly (readonly [string, number, bigint])[]): UsageView => ({
  credits: credits(0n),
  spends: 0n,
  days: days.map(([day, category, amount]) => ({
    day,
    category: listUsageCategories()[category]?.key ?? "platform",
    credits: credits(amount),
    spends: 1n,
  })),
  resources: [],
  resourceCount: 0,
  knownResources: [],
});

describe("the bars of a chart", () => {
  it("are days, also those without usage, and weeks from Monday on where days are too many", () => {
    const view = viewOf([["2026-11-03", 0, 5n]]);
    const days = toBars(view, { from: "2026-11-02", to: "2026-11-04" });
    expect(days.bars.map((each) => [each.from, each.total])).toEqual([
      ["2026-11-02", 0n],
      ["2026-11-03", 5n],
      ["2026-11-04", 0n],
    ]);
    const weeks = toBars(view, { from: "2026-08-05", to: "2026-11-25" });
    expect(weeks.unit).toBe("week");
    expect(weeks.bars.slice(0, 2)).toMatchObject([
      { from: "2026-08-05", to: "2026-08-09" }, // A Wednesday to a Sunday.
      { from: "2026-08-10", to: "2026-08-16" },
    ]);
    expect(weeks.bars.at(-1)).toMatchObject({ from: "2026-11-23", to: "2026-11-25" });
  });

  test.prop([
    fc.integer({ min: 0, max: 365 }),
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 365 }),
        fc.integer({ min: 0, max: 2 }),
        fc.bigInt({ min: 1n, max: 9n }),
      ),
    ),
  ])("add up to what was used on their days", (length, used) => {
    const from = "2026-01-01";
    const within = used.filter(([day]) => day <= length);
    const { bars } = toBars(viewOf(within.map(([day, ...rest]) => [addDays(from, day), ...rest])), {
      from,
      to: addDays(from, length),
    });
    const parts = bars.flatMap((bar) => bar.parts.map((each) => each.credits));
    const sum = within.reduce((total, [, , amount]) => total + amount, 0n);
    expect(bars.reduce((total, bar) => total + bar.total, 0n)).toBe(sum);
    expect(parts.reduce((total, part) => total + part, 0n)).toBe(sum);
    expect(bars.length).toBeLessThanOrEqual(92);
  });

  test.prop([fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n })])(
    "stand beside at most five round numbers that reach over the highest",
    (highest) => {
      const ticks = ticksFor(highest);
      expect(ticks.length >= 2 && ticks.length <= 5).toBe(true);
      expect((ticks.at(-1) ?? 0n) >= highest && (ticks.at(-1) ?? 0n) > 0n).toBe(true);
    },
  );
});
