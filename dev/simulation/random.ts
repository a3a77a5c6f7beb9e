/** Everything that is left to chance comes from one of these, and so from the seed. */
export type Random = {
  chance(probability: number): boolean;
  /** A whole number from 0 up to, and without, `below`. */
  whole(below: number): number;
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** One of these, the heavier the likelier; null when none weighs anything. */
  weighted<T>(list: readonly (readonly [T, number])[]): T | null;
  shuffled<T>(list: readonly T[]): T[];
};

/**
 * Chance of its own for whatever the words name: an account on a day draws the same numbers, whatever others drew.
 */
export function randomOf(seed: number, ...words: readonly (string | number)[]): Random {
  const next = mulberry32(hash(`${seed} ${words.join(" ")}`));
  const whole = (below: number) => Math.floor(next() * below);
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)] as T;
  return {
    chance: (probability) => next() < probability,
    whole,
    between: (from, to) => from + next() * (to - from),
    pick,
    weighted(list) {
      let left = next() * list.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [each, weight] of list) {
        if (weight > 0 && left < weight) return each;
        left -= weight;
      }
      return null;
    },
    shuffled(list) {
      const all = [...list];
      for (let last = all.length - 1; last > 0; last -= 1) {
        const other = whole(last + 1);
        [all[last], all[other]] = [all[other] as never, all[last] as never];
      }
      return all;
    },
  };
}

/** The generator of that name: 32 bits of state, good enough to choose what people do. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
