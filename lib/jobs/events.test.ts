import { expect, it } from "vitest";
import { gapSeconds, MAX_TRIES } from "./events";

it("the tries at an event go on for three days, ever more rarely", () => {
  const gaps = Array.from({ length: MAX_TRIES - 1 }, (_, index) => gapSeconds(index + 1));
  expect(gaps[0]).toBeLessThan(5);
  expect(gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0))).toBe(true);
  const days = gaps.reduce((sum, gap) => sum + gap, 0) / 86_400;
  expect(days).toBeGreaterThan(3);
  expect(days).toBeLessThan(3.2);
});
