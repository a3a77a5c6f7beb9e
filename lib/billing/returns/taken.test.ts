import { expect, it } from "vitest";
import { cents, credits } from "../../money/credits";
import type { RefundFact } from "./decide";
import type { Reversal } from "./moves";
import type { News } from "./news";
import { sharedByAmount, takenForNews, takenSince } from "./taken";

const revoke = (used: bigint, unused: bigint): Reversal => ({
  ...{ kind: "revoke", grantId: "g", used: credits(used), unused: credits(unused), expired: credits(0n) },
});
const refunded = (id: string, amount: bigint): News => {
  const about: RefundFact = {
    ...{ id, refundId: id, amountCents: cents(amount), status: "succeeded" },
    ...{ unreadable: null, failureCode: null },
  };
  return { kind: "refunded", about };
};

it("tells of the second refund of an order what was taken for it, and not for the first", () => {
  // Both were taken before Stripe was asked.
  const reversals = [revoke(0n, 100n), revoke(50n, 150n)];
  const [second] = takenForNews([refunded("second", 20n)], reversals, () => credits(100n));
  expect(second).toEqual({ taken: 200n, used: 50n });
});

it.each([
  ["before both, of all of the first", [revoke(0n, 100n)], 100n],
  ["before both, of some of the first", [revoke(0n, 70n), revoke(0n, 100n)], 100n],
  ["between them", [revoke(0n, 100n), revoke(0n, 70n)], 70n],
])(
  "tells of the second of two halves what was taken for it where an operator took some %s",
  (_, reversals, taken) => {
    const dueWithout = (ids: ReadonlySet<string>) => credits(ids.has("second") ? 100n : 200n);
    expect(takenForNews([refunded("second", 20n)], reversals, dueWithout)).toEqual([{ taken, used: 0n }]);
  },
);

it("tells of what was taken since, and of nothing where some was given back", () => {
  const before = [revoke(0n, 100n)];
  expect(takenSince(before, [...before, revoke(30n, 0n)])).toEqual({ taken: 30n, used: 30n });
  const back: Reversal = { ...revoke(0n, 100n), kind: "restore" };
  expect(takenSince(before, [...before, back])).toEqual({ taken: 0n, used: 0n });
});

it("tells of no more used than taken, also where unused ones are given back at once with used ones taken", () => {
  const before = [revoke(0n, 50n)];
  const back: Reversal = { ...revoke(0n, 40n), kind: "restore" };
  expect(takenSince(before, [...before, back, revoke(60n, 0n)])).toEqual({ taken: 20n, used: 20n });
  expect(takenSince(before, [...before, back, revoke(30n, 0n)])).toEqual({ taken: 0n, used: 0n });
});

it("shares out what was taken for two that are heard of at once, to the last credit", () => {
  const news = [refunded("a", 1n), refunded("b", 2n)];
  const shares = sharedByAmount(news, { taken: credits(100n), used: credits(10n) });
  expect(shares.map(({ taken, used }) => [taken, used])).toEqual([
    [33n, 3n],
    [67n, 7n],
  ]);
});
