import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { credits } from "../money/credits";
import { groupSpends, type Span, type UsageLine, windowBefore } from "./usage-lines";

const spans = fc.array(
  fc
    .tuple(fc.bigInt({ min: 1n, max: 60n }), fc.bigInt({ min: 0n, max: 12n }))
    .map(([first, length]): Span => ({ first, last: first + length })),
  { maxLength: 6 },
);

describe("looking back through an account's entries", () => {
  test.prop([spans, fc.bigInt({ min: 1n, max: 7n })])(
    "visits every entry of every span once, newest first, and none in between",
    (given, most) => {
      const visited: bigint[] = [];
      let before: bigint | null = null;
      for (;;) {
        const window: Span | null = windowBefore(given, before, most);
        if (!window) break;
        expect(window.last - window.first < most).toBe(true);
        for (let seq = window.last; seq >= window.first; seq -= 1n) visited.push(seq);
        before = window.first;
      }
      const wanted = new Set<bigint>();
      for (const { first, last } of given) for (let seq = first; seq <= last; seq += 1n) wanted.add(seq);
      expect(visited).toEqual([...wanted].sort((a, b) => Number(b - a)));
    },
  );
});

const line = (seq: number, place: number, amount: bigint): UsageLine => ({
  seq: BigInt(seq),
  line: place,
  at: new Date(0),
  category: "platform",
  resource: null,
  reference: null,
  credits: credits(amount),
  grant: { id: String(seq), kind: "plan", startsAt: new Date(0) },
  holdId: null,
});

describe("lines of spends", () => {
  it("come together, and those whose first line is missing stay apart", () => {
    const read = [line(9, 0, 4n), line(7, 1, 2n), line(6, 0, 1n), line(4, 2, 8n), line(3, 1, 8n)];
    const { spends, open } = groupSpends(read);
    expect(spends.map((each) => [each.seq, each.credits, each.from.map((part) => part.credits)])).toEqual([
      [9n, 4n, [4n]],
      [6n, 3n, [1n, 2n]],
    ]);
    expect(open.map((each) => each.seq)).toEqual([4n, 3n]);
  });
});
