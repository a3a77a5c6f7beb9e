import { describe, expect, it } from "vitest";
import type { GrantView } from "@/lib/ledger/queries";
import { type Credits, credits, NO_CREDITS } from "@/lib/money/credits";
import { foldGrants } from "./fold-grants";

const day = (n: number) => new Date(Date.UTC(2026, 10, n));
const grant = (id: string, kind: GrantView["kind"], remaining: bigint, until = 30): GrantView => ({
  id,
  kind,
  source: `test:${id}`,
  credits: credits(10n),
  remaining: remaining as Credits,
  held: NO_CREDITS,
  spent: NO_CREDITS,
  paidBack: NO_CREDITS,
  revoked: NO_CREDITS,
  startsAt: day(1),
  expiresAt: day(until),
  createdAt: day(1),
  frozen: false,
});

describe("the list of what somebody has", () => {
  it("folds add-on credits that expire together, and no others", () => {
    const { lines, more } = foldGrants([
      grant("plan", "plan", 5n),
      grant("gift", "promotional", 5n),
      grant("a", "purchase", 3n, 20),
      grant("b", "purchase", 4n),
      grant("c", "purchase", 10n),
    ]);
    expect(
      lines.map((each) => [each.grants.map(({ id }) => id).join("+"), each.remaining, each.credits]),
    ).toEqual([
      ["plan", 5n, 10n],
      ["gift", 5n, 10n],
      ["a", 3n, 10n],
      ["b+c", 14n, 20n],
    ]);
    expect(more).toBe(0);
  });

  it("leaves out what is used up or was taken back, unless work still holds some of it", () => {
    const held = { ...grant("held", "plan", 0n), held: credits(2n) };
    expect(foldGrants([grant("gone", "plan", 0n), held]).lines.map((each) => each.grants[0].id)).toEqual([
      "held",
    ]);
  });

  it("has at most eight lines, and says how many more there are", () => {
    const { lines, more } = foldGrants(
      Array.from({ length: 11 }, (_, n) => grant(`g${n}`, "promotional", 1n)),
    );
    expect([lines.length, more]).toEqual([8, 3]);
  });
});
