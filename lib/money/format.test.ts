import { describe, expect, it } from "vitest";
import { cents, credits } from "./credits";
import { formatCents, formatCredits, formatCreditsShort, formatDollars, formatMinor } from "./format";

describe("amounts as people read them", () => {
  it("groups credits as the locale does", () => {
    expect(formatCredits(credits(12_517_700n), "en-US")).toBe("12,517,700");
    expect(formatCredits(credits(12_517_700n), "de-DE")).toBe("12.517.700");
  });

  it("stays exact beyond what a float can hold", () => {
    expect(formatCredits(credits(9_007_199_254_740_993n), "en-US")).toBe("9,007,199,254,740,993");
    expect(formatCents(cents(900_719_925_474_099_301n), "en-US")).toBe("$9,007,199,254,740,993.01");
  });

  it("shortens without promising more than there is", () => {
    expect(formatCreditsShort(credits(24_000_000n), "en-US")).toBe("24M");
    expect(formatCreditsShort(credits(12_990_000n), "en-US")).toBe("12.9M");
    expect(formatCreditsShort(credits(987_200n), "en-US")).toBe("987.2K");
  });

  it("writes prices with cents, and whole dollars without where asked", () => {
    expect(formatCents(cents(50_000n), "en-US")).toBe("$500.00");
    expect(formatDollars(cents(50_000n), "en-US")).toBe("$500");
    expect(formatDollars(cents(1_205n), "en-US")).toBe("$12.05");
  });

  it.each([
    [123_456n, "usd", "$1,234.56"],
    [-50_000n, "eur", "-€500.00"],
    [1_234n, "jpy", "¥1,234"],
    // Stripe counts these in hundredths, though nobody pays with any.
    [500_000n, "huf", "HUF 5,000.00"],
    [500_000n, "isk", "ISK 5,000.00"],
    [500_000n, "ugx", "UGX 5,000.00"],
    [1_234n, "mga", "MGA 1,234"],
    [12_340n, "kwd", "KWD 12.340"],
  ])("reads %s of %s as Stripe counts it", (amount, currency, expected) => {
    expect(formatMinor(amount, currency, "en-US").replaceAll("\u00a0", " ")).toBe(expected);
  });
});
