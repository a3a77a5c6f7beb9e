import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { cents } from "./credits";
import { type AmountProblem, parseAmount } from "./parse-amount";
import { creditsForCents, dollarsToCover } from "./rate";

const limits = { minCents: cents(100n), maxCents: cents(1_000_000n) };
const problemOf = (typed: unknown): AmountProblem | null => {
  const parsed = parseAmount(typed, limits);
  return parsed.ok ? null : parsed.problem;
};

describe("typed amounts", () => {
  it.each([
    ["12", 1_200n],
    ["12.5", 1_250n],
    ["12.50", 1_250n],
    ["$12.34", 1_234n],
    [" 1 ", 100n],
    ["10000", 1_000_000n],
    ["10000.00", 1_000_000n],
    ["007", 700n],
  ])("reads %j", (typed, expected) => {
    expect(parseAmount(typed, limits)).toEqual({ ok: true, cents: expected });
  });

  it.each<[unknown, AmountProblem]>([
    ["0", "too_small"],
    ["0.99", "too_small"],
    ["-1", "not_an_amount"],
    ["-0", "not_an_amount"],
    ["0.001", "too_many_decimals"],
    ["1.005", "too_many_decimals"],
    ["NaN", "not_an_amount"],
    ["Infinity", "not_an_amount"],
    ["1e3", "not_an_amount"],
    ["1e21", "not_an_amount"],
    ["0x10", "not_an_amount"],
    ["१००", "not_an_amount"],
    ["", "missing"],
    [" ", "missing"],
    ["12 34", "not_an_amount"],
    ["1,000,000", "thousands_separator"],
    ["$1,000.00", "thousands_separator"],
    ["1,5", "thousands_separator"],
    ["99999999999", "too_large"],
    ["9".repeat(60), "too_large"],
    ["9".repeat(100_000), "not_an_amount"],
    ["10000.01", "too_large"],
    ["12.", "not_an_amount"],
    [".5", "not_an_amount"],
    ["$", "not_an_amount"],
    ["12\u0000", "not_an_amount"],
    ["\u202e12", "not_an_amount"],
    [[5], "not_an_amount"],
    [{}, "not_an_amount"],
    [12, "not_an_amount"],
    [true, "not_an_amount"],
    [null, "missing"],
    [undefined, "missing"],
  ])("refuses %j as %s", (typed, problem) => {
    expect(problemOf(typed)).toBe(problem);
  });

  test.prop([fc.bigInt({ min: 100n, max: 1_000_000n })])(
    "reads back every amount within the limits",
    (amount) => {
      const typed = `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`;
      expect(parseAmount(typed, limits)).toEqual({ ok: true, cents: amount });
    },
  );

  test.prop([fc.string({ unit: "binary" })])(
    "never throws, and never leaves the limits, whatever is typed",
    (typed) => {
      const parsed = parseAmount(typed, limits);
      if (parsed.ok) expect(parsed.cents >= limits.minCents && parsed.cents <= limits.maxCents).toBe(true);
    },
  );
});

const CREDITS_PER_CENT = 800n;

describe("the rate", () => {
  it.each([
    [10_000n, 8_000_000n],
    [50_000n, 40_000_000n],
    [100_000n, 80_000_000n],
    [200_000n, 160_000_000n],
    [1_234n, 987_200n],
  ])("gives %d cents their credits exactly", (amount, expected) => {
    expect(creditsForCents(cents(amount), CREDITS_PER_CENT)).toBe(expected);
  });

  test.prop([fc.bigInt({ min: 1n, max: 1_000_000n })])(
    "covers what is wanted with whole dollars, and not one more",
    (amount) => {
      const wanted = creditsForCents(cents(amount), CREDITS_PER_CENT);
      const dollars = dollarsToCover(wanted, CREDITS_PER_CENT);
      expect(dollars % 100n).toBe(0n);
      expect(creditsForCents(dollars, CREDITS_PER_CENT) >= wanted).toBe(true);
      expect(creditsForCents(dollars, CREDITS_PER_CENT) - wanted < 100n * CREDITS_PER_CENT).toBe(true);
    },
  );
});
