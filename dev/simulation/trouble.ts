import type { FaultRequest, Faults } from "../stripe/control/faults";
import type { Figures } from "./figures";
import type { Random } from "./random";

const PATHS = [
  "/v1/subscriptions*",
  "/v1/subscription_schedules*",
  "/v1/invoices*",
  "/v1/payment_intents*",
  "/v1/checkout/sessions*",
  "/v1/customers*",
  "/v1/payment_methods*",
] as const;

/** A closed connection is tried again once by the SDK, so one that is to be noticed closes twice. */
const KINDS: readonly (readonly [Pick<FaultRequest, "kind" | "times" | "ms">, number])[] = [
  [{ kind: "drop_after", times: 2 }, 4],
  [{ kind: "drop_before", times: 2 }, 2],
  [{ kind: "drop_after", times: 1 }, 2],
  [{ kind: "fail_after", times: 1 }, 4],
  [{ kind: "fail_before", times: 1 }, 2],
  [{ kind: "rate_limit", times: 2 }, 3],
  [{ kind: "lock_timeout", times: 1 }, 1],
  [{ kind: "conflict", times: 1 }, 1],
  [{ kind: "slow_before", times: 1, ms: 150 }, 2],
  [{ kind: "slow_after", times: 1, ms: 150 }, 2],
];
/** Carried out only when nobody waits for it any more. */
const TOO_SLOW: Pick<FaultRequest, "kind" | "times" | "ms"> = { kind: "slow_before", times: 1, ms: 3_200 };

/** Switches faults on for some of Stripe's calls; those of the last time that struck nobody go. */
export function stir(faults: Faults, random: Random, figures: Figures): void {
  faults.clear();
  while (random.chance(0.45)) {
    const fault = random.chance(0.02) ? TOO_SLOW : random.weighted(KINDS);
    if (!fault) return;
    const match = { pathPattern: random.pick(PATHS), method: random.pick(["GET", "POST", "POST"]) };
    faults.add({ ...fault, match });
    figures.count("faults", fault.kind);
  }
}
