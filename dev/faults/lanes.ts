import type { Lane } from "./lane";
import { type Counts, HISTORIES, HistoryBroken, playWave } from "./wave";

type Playing = {
  readonly lanes: readonly Lane[];
  /** Each is a wave of `HISTORIES`. */
  readonly seeds: readonly number[];
  readonly counts: Counts;
  /** Told after every wave how many histories have ended, and what was done or does not hold. False: no more are begun. */
  readonly onWave?: (told: number, wave: readonly string[] | HistoryBroken) => boolean;
};

/** Plays every seed, one after the other in each of the lanes side by side. Resolves with what does not hold. */
export async function playSeeds({
  lanes,
  seeds,
  counts,
  onWave,
}: Playing): Promise<readonly HistoryBroken[]> {
  const broken: HistoryBroken[] = [];
  const queue = seeds.values();
  let told = 0;
  let goesOn = true;
  const play = async (lane: Lane) => {
    for (const seed of queue) {
      const wave = await playWave(lane, seed, counts).catch((error: unknown) => {
        if (error instanceof HistoryBroken) return error;
        throw error;
      });
      const isBroken = wave instanceof HistoryBroken;
      if (isBroken) broken.push(wave);
      told += HISTORIES;
      goesOn = goesOn && (onWave?.(told, wave) ?? !isBroken);
      if (!goesOn) return;
    }
  };
  await Promise.all(lanes.map(play));
  return broken;
}
