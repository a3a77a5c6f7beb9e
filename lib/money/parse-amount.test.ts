import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { LOCALES } from "../auth/regional";
import { cents } from "./credits";
import { notationOf } from "./notation";
import { type AmountProblem, parseAmount, writeAmount } from "./parse-amount";
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
    ["$1,000.00", 100_000n],
    ["1,000", 100_000n],
    ["12.", 1_200n],
    ["50 USD", 5_000n],
    ["usd 50", 5_000n],
    ["US$50", 5_000n],
  ])("reads %j", (typed, expected) => {
    expect(parseAmount(typed, limits)).toEqual({ ok: true, cents: expected });
  });

  it.each<[unknown, AmountProblem]>([
    ["0", "too_small"],
    ["0.99", "too_small"],
    ["-1", "not_an_amount"],
    ["-0", "not_an_amount"],
    ["0.001", "too_many_decimals"],
    ["1.005", "another_notation"],
    ["1.0005", "too_many_decimals"],
    ["NaN", "not_an_amount"],
    ["Infinity", "not_an_amount"],
    ["1e3", "not_an_amount"],
    ["1e21", "not_an_amount"],
    ["0x10", "not_an_amount"],
    ["१००", "not_an_amount"],
    ["", "missing"],
    [" ", "missing"],
    ["12 34", "not_an_amount"],
    ["1,000,000", "too_large"],
    ["1.000.000", "too_large"],
    ["0,50", "too_small"],
    ["1,00", "another_notation"],
    ["1,00,000", "not_an_amount"],
    ["1,000 000", "not_an_amount"],
    ["0,000", "too_many_decimals"],
    ["10,00", "another_notation"],
    ["$ $5", "not_an_amount"],
    ["5$", "not_an_amount"],
    ["$5 USD", "not_an_amount"],
    ["12²", "not_an_amount"],
    ["99999999999", "too_large"],
    ["9".repeat(60), "too_large"],
    ["9".repeat(100_000), "not_an_amount"],
    ["10000.01", "too_large"],
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

  // The list, and decisions on it: what each locale reads, and what it asks about.
  const US: [string, string | null][] = [
    ["$1,000.00", "1000.00"],
    ["12.", "12.00"],
    ["50 USD", "50.00"],
    ["1 000", "?1000.00"],
    ["1.000,50", "?1000.50"],
    ["12,5", "?12.50"],
    ["1.000", "?1000.00"],
    ["\uff11\uff12\uff13", "?123.00"],
    ["1\u202f000", "?1000.00"],
    ["12 34", null],
  ];
  const GERMAN: [string, string | null][] = [
    ["1 000", "1000.00"],
    ["1.000,50", "1000.50"],
    ["12,5", "12.50"],
    ["1.000", "1000.00"],
    ["50 USD", "50.00"],
    ["1.000,50 $", "1000.50"],
    ["$1,000.00", "?1000.00"],
    ["12.", "?12.00"],
    ["12.50", "?12.50"],
    ["1,000", "?1000.00"],
    ["\uff11\uff12\uff13", "?123.00"],
    ["1.00", "?1.00"],
    ["1.0000", null],
  ];
  const listed = [
    ...US.map(([typed, means]) => ["en-US", typed, means] as const),
    ...GERMAN.map(([typed, means]) => ["de-DE", typed, means] as const),
    ["de-CH", "1’000.50", "1000.50"] as const,
    ["de-CH", "1'000.50", "1000.50"] as const,
    ["fr-FR", "1\u202f000,50", "1000.50"] as const,
    ["sv-SE", "1\u00a0000,50 USD", "1000.50"] as const,
  ];
  it.each(listed)("in %s reads %j as %s", (locale, typed, means) => {
    const parsed = parseAmount(typed, limits, notationOf(locale));
    const written = (amount: bigint) => writeAmount(amount, notationOf("en-US"));
    const read = parsed.ok
      ? written(parsed.cents)
      : parsed.problem === "another_notation"
        ? `?${written(parsed.reading)}`
        : null;
    expect(read).toBe(means);
  });

  test.prop([fc.bigInt({ min: 100n, max: 1_000_000n }), fc.constantFrom(...LOCALES)])(
    "reads back what a locale writes, and what is proposed to it",
    (amount, locale) => {
      const notation = notationOf(locale);
      const expected = { ok: true, cents: amount };
      expect(parseAmount(writeAmount(amount, notation), limits, notation)).toEqual(expected);
      const formatted = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 });
      expect(parseAmount(formatted.format(Number(amount) / 100), limits, notation)).toEqual(expected);
    },
  );

  test.prop([
    fc.bigInt({ min: 100n, max: 1_000_000n }),
    fc.constantFrom(...LOCALES),
    fc.constantFrom(...LOCALES),
  ])(
    "never takes an amount for another one, in whichever notation it was written",
    (amount, writer, reader) => {
      const formatted = new Intl.NumberFormat(writer, { minimumFractionDigits: 2 });
      const parsed = parseAmount(formatted.format(Number(amount) / 100), limits, notationOf(reader));
      const read = parsed.ok ? parsed.cents : parsed.problem === "another_notation" && parsed.reading;
      expect(read).toBe(amount);
    },
  );

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
      const read = parsed.ok ? parsed.cents : parsed.problem === "another_notation" && parsed.reading;
      if (read) expect(read >= limits.minCents && read <= limits.maxCents).toBe(true);
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
