import { LATENCY_PROFILES } from "./latency";
import type { Switches } from "./switches";

type Fields = Record<string, unknown>;
type Outcome = { status: number; body: object };

/** How slow answers are, and whether there are limits; null when the path is about neither. */
export function answerTraffic(switches: Switches, call: string, fields: Fields): Outcome | null {
  const { latency, limits } = switches;
  const state = () => ({ status: 200, body: { latency: latency.profile, limits: limits.on } });
  switch (call) {
    case "GET /_sim/traffic":
      return state();
    case "POST /_sim/latency": {
      const profile = LATENCY_PROFILES.find((each) => each === fields.profile);
      const seed = fields.seed === undefined ? 1 : Number(fields.seed);
      if (!profile || !Number.isInteger(seed))
        return { status: 400, body: { error: "profile: none or real; seed: a whole number" } };
      latency.set(profile, seed);
      return state();
    }
    case "POST /_sim/limits":
      limits.on = fields.on === true || fields.on === "true";
      return state();
    default:
      return null;
  }
}
