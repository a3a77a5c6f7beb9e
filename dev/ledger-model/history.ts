import fc from "fast-check";
import type { ModelAccount, ModelGrant } from "./model";

/** What is done, and how long after what came before; still to be made definite by the state it meets. */
export type Step = {
  readonly what: What;
  readonly pause: Pause;
  readonly size: number;
  readonly target: number;
  readonly length: number;
  readonly kind: (typeof GRANT_KINDS)[number];
  readonly startsInMs: number;
};

/** A history is one number per command, so that a hundred thousand of them cost seconds. 0 is no command. */
export type History = {
  /** Whether commands of one instant are decided on one draft, as in a batch, or each from a state of its own. */
  readonly isBatched: boolean;
  readonly codes: readonly number[];
};

export const COMMANDS_A_HISTORY = 40;

type What =
  | "grant"
  | "spend"
  | "hold"
  | "capture"
  | "release"
  | "expire"
  | "freeze"
  | "unfreeze"
  | "extend"
  | "revoke"
  | "restore"
  | "adjust";
/** Milliseconds, or as far as the next instant at which something begins or ends. */
type Pause = number | "to just before" | "to" | "to just after";

const GRANT_KINDS = ["plan", "purchase", "promotional", "adjustment"] as const;
const WEIGHTS: readonly (readonly [What, number])[] = [
  ["grant", 7],
  ["spend", 6],
  ["hold", 5],
  ["capture", 4],
  ["release", 2],
  ["expire", 2],
  ["revoke", 2],
  ["restore", 2],
  ["freeze", 1],
  ["unfreeze", 1],
  ["extend", 2],
  ["adjust", 1],
];
const WHATS = [null, ...WEIGHTS.flatMap(([what, weight]) => new Array<What>(weight).fill(what))];
const PAUSES: readonly Pause[] = [
  ...[0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 13, 20],
  ...(["to just before", "to", "to", "to just after"] as const),
];
const SIZES = 16;
const TARGETS = 8;
const LENGTHS_MS = [1, 2, 3, 4, 5, 7, 9, 12, 16, 22, 30, 45, 70, 110, 300, 1_000];
const STARTS_IN_MS = [0, 0, 0, 0, 0, -3, 4, 12];
const CODES =
  WHATS.length *
  PAUSES.length *
  SIZES *
  TARGETS *
  LENGTHS_MS.length *
  GRANT_KINDS.length *
  STARTS_IN_MS.length;

export const histories: fc.Arbitrary<History> = fc.noBias(
  fc.record({
    isBatched: fc.boolean(),
    codes: fc.array(fc.nat(CODES - 1), { minLength: COMMANDS_A_HISTORY, maxLength: COMMANDS_A_HISTORY }),
  }),
);

/** Reads one number as a step, or null where it is none. The first digit says what, so that 0 is nothing. */
export function readStep(code: number): Step | null {
  let rest = code;
  const digit = (base: number) => {
    const value = rest % base;
    rest = (rest - value) / base;
    return value;
  };
  const pick = <T>(list: readonly T[]) => list[digit(list.length)] as T;
  const what = pick(WHATS);
  if (what === null) return null;
  return {
    what,
    pause: pick(PAUSES),
    size: digit(SIZES),
    target: digit(TARGETS),
    length: pick(LENGTHS_MS),
    kind: pick(GRANT_KINDS),
    startsInMs: pick(STARTS_IN_MS),
  };
}

export function instantOf({ pause }: Step, account: ModelAccount): number {
  if (typeof pause === "number") return account.nowMs + pause;
  const next = account.nextInstant();
  if (next === null) return account.nowMs;
  if (pause === "to") return next;
  return pause === "to just after" ? next + 1 : Math.max(next - 1, account.nowMs);
}

/** Small amounts; what is there exactly, and one more. */
export function amountOf({ size }: Step, available: number): number {
  if (size === 13) return Math.max(available, 1);
  if (size === 14) return available + 1;
  return size === 15 ? 40 : size + 1;
}

/** Nothing, less, all, more than was held; all there is besides, and more than that. */
export function capturedOf({ size }: Step, held: number, available: number): number {
  const chosen = [0, Math.floor(held / 2), held, held + 1, held + available, held + available + 3];
  return chosen[size] ?? size - 5;
}

/** A part, all that is left to be revoked, and one more. */
export function revokedOf({ size }: Step, left: number): number {
  const chosen = [left, left + 1, Math.ceil(left / 2)];
  return Math.max(chosen[size] ?? size - 2, 1);
}

/** All that was taken, a part of it from the back, or more than was taken. */
export function restoredOf({ size }: Step, grant: ModelGrant | null): ModelGrant["takenFrom"] {
  const from = grant?.takenFrom ?? { used: 0, unused: 0, expired: 0 };
  const sum = from.used + from.unused + from.expired;
  if (sum === 0 || size === 0) return { used: 0, unused: (grant?.revoked ?? 0) + 1, expired: 0 };
  const wanted = size < 6 ? sum : Math.min(size - 5, sum);
  const used = Math.min(from.used, wanted);
  const unused = Math.min(from.unused, wanted - used);
  return { used, unused, expired: wanted - used - unused };
}

/** Earlier, the same, or (mostly) later by little or by much. */
export function extendedOf({ size, length }: Step, expiresMs: number): number {
  if (size < 2) return expiresMs - size;
  return expiresMs + (size % 2 === 0 ? 1 : length);
}

/** One of the latest, or (rarely) null for one that does not exist. */
export function targetOf<T>({ target, length }: Step, list: readonly T[]): T | null {
  if (target === TARGETS - 1) return null;
  const back = length % 3 === 0 ? target + TARGETS : target;
  return list[list.length - 1 - (back % list.length)] ?? null;
}
