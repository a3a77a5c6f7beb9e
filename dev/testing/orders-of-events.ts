/** Every order of so many events, the first being 0: 720 of six. */
export const ordersOf = (events: readonly number[]): number[][] =>
  events.length === 0
    ? [[]]
    : events.flatMap((first) =>
        ordersOf(events.filter((each) => each !== first)).map((rest) => [first, ...rest]),
      );

/** Numbers from a seed, the same each time: each below what is given. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed % 0x7fffffff || 1;
  return (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
}

/** In which order events are told of, and those of which nobody tells. */
export type Telling = { readonly told: readonly number[]; readonly lost: ReadonlySet<number> };

/** Orders of six events: so many by seed, or all 720; in half of them nobody tells of some of the events. */
export function pickTellings(next: (below: number) => number, howMany: number | "all"): readonly Telling[] {
  const all = ordersOf([0, 1, 2, 3, 4, 5]);
  const chosen = howMany === "all" ? all : Array.from({ length: howMany }, () => all[next(all.length)] ?? []);
  return chosen.map((told) => ({
    told,
    lost: new Set(next(2) === 0 ? [] : told.filter(() => next(3) === 0)),
  }));
}
