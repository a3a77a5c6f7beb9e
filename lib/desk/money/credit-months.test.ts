import { describe, expect, it } from "vitest";
import type { MonthSum } from "../../ledger/month-sums";
import { creditMonths, monthAfter } from "./credit-months";

const sum = (
  month: string,
  kind: MonthSum["kind"],
  from: MonthSum["from"],
  to: MonthSum["to"],
  credits: bigint,
): MonthSum => ({ month, kind, from, to, credits });

describe("credits by month", () => {
  it("carries what is unspent and owed over months in which nothing moved", () => {
    const months = creditMonths(
      [
        sum("2025-11", "plan", "issued", "available", 100n),
        sum("2025-11", "plan", "available", "spent", 30n),
        sum("2025-11", "plan", "available", "held", 20n),
        sum("2025-11", "none", "owed", "spent", 7n),
        sum("2026-01", "purchase", "issued", "available", 50n),
        sum("2026-01", "purchase", "available", "owed", 7n),
        sum("2026-01", "plan", "held", "expired", 20n),
      ],
      "2026-02",
    );
    expect(months.map(({ month }) => month)).toEqual(["2025-11", "2025-12", "2026-01", "2026-02"]);
    expect(months[0]).toMatchObject({ grantedInAll: 100n, used: 37n, unspentInAll: 70n, owed: 7n });
    expect(months[1]).toMatchObject({ grantedInAll: 0n, used: 0n, unspentInAll: 70n, owed: 7n });
    expect(months[2]).toMatchObject({
      granted: { purchase: 50n },
      used: 0n,
      expired: 20n,
      unspent: { plan: 50n, purchase: 43n },
      owed: 0n,
    });
    expect(months[3]).toMatchObject({ unspentInAll: 93n, owed: 0n });
  });

  it("counts what was spent and then revoked as used, and as owed until it is put back", () => {
    const spent = [
      sum("2026-01", "purchase", "issued", "available", 100n),
      sum("2026-01", "purchase", "available", "spent", 100n),
      sum("2026-02", "purchase", "spent", "revoked", 100n),
      sum("2026-02", "none", "owed", "spent", 100n),
    ];
    expect(creditMonths(spent, "2026-02")[1]).toMatchObject({ used: 0n, revoked: 100n, owed: 100n });
    const restored = [...spent, sum("2026-03", "purchase", "revoked", "owed", 100n)];
    expect(creditMonths(restored, "2026-02")[2]).toMatchObject({ used: 0n, revoked: -100n, owed: 0n });
  });

  it("is empty before anything moved, and knows what comes after December", () => {
    expect(creditMonths([], "2026-02")).toEqual([]);
    expect(monthAfter("2025-12")).toBe("2026-01");
  });
});
