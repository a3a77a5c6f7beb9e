/** A source of numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed: mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A pause such that events come independently of each other, `meanMs` apart on average. */
export const samplePause = (random: Random, meanMs: number): number => -Math.log(1 - random()) * meanMs;

/** Whole credits, at least one, half of them below the median; the larger `spread`, the longer the tail. */
export function sampleCredits(random: Random, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.round(median * Math.exp(spread * normal)));
}

export type Usage = {
  readonly category: "ai_processing" | "infrastructure" | "platform";
  readonly resource: string | null;
  readonly credits: number;
};

/** What an assistant does for one question of its user. */
export type Interaction = {
  /** Small costs known beforehand: what was looked up, and the platform's fee. */
  readonly spends: readonly Usage[];
  readonly call: Usage & {
    /** What was set aside beforehand: mostly too much, now and then too little. */
    readonly heldCredits: number;
    readonly takesMs: number;
    readonly fails: boolean;
  };
  /** The answer to a spend was lost on its way, so it is sent again with the same key. */
  readonly asksAgain: boolean;
  /** Somebody wants more than any balance holds. */
  readonly overreaches: boolean;
};

const MODELS = [
  { resource: "sonata-large", weight: 0.3, medianCredits: 5_000 },
  { resource: "sonata-small", weight: 0.4, medianCredits: 2_000 },
  { resource: "etude-mini", weight: 0.3, medianCredits: 800 },
] as const;
const LOOK_UPS = ["vector-search", "web-fetch", "code-sandbox"] as const;

/** What an interaction costs on average. */
export const MEAN_INTERACTION_CREDITS = 4_000;

/** Makes up the next interaction. */
export function sampleInteraction(random: Random): Interaction {
  const model = pickModel(random);
  const credits = sampleCredits(random, model.medianCredits, 0.9);
  return {
    spends: [...sampleLookUps(random), { category: "platform", resource: null, credits: 25 }],
    call: {
      category: "ai_processing",
      resource: model.resource,
      credits,
      heldCredits: Math.ceil(credits * sampleHeadroom(random)),
      takesMs: Math.min(10_000, samplePause(random, 2_000)),
      fails: random() < 0.04,
    },
    asksAgain: random() < 0.03,
    overreaches: random() < 0.01,
  };
}

function pickModel(random: Random): (typeof MODELS)[number] {
  let place = random();
  for (const model of MODELS) {
    place -= model.weight;
    if (place < 0) return model;
  }
  return MODELS[0];
}

function sampleLookUps(random: Random): Usage[] {
  const count = Math.floor(random() * 3);
  return Array.from({ length: count }, () => ({
    category: "infrastructure",
    resource: LOOK_UPS[Math.floor(random() * LOOK_UPS.length)] ?? null,
    credits: sampleCredits(random, 150, 0.6),
  }));
}

/** Most callers hold what the longest answer would cost; some know the price, some guess too low. */
function sampleHeadroom(random: Random): number {
  const habit = random();
  if (habit < 0.1) return 1;
  if (habit < 0.16) return 0.6 + 0.35 * random();
  return 1.2 + 1.8 * random();
}

const LASTS_MS = 24 * 3_600_000;
const SHORTEST_PAUSE_MS = 6_000;
const MAX_PAUSE_MS = 600_000;

/** How far apart interactions lie on average, so that a balance would last a day at this pace. */
export function meanPauseMs(availableCredits: number): number {
  const pause = (MEAN_INTERACTION_CREDITS * LASTS_MS) / Math.max(1, availableCredits);
  return Math.min(MAX_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pause));
}
