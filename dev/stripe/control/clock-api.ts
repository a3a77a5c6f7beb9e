import type { Core } from "../core";
import { hasEnded, periodEnd } from "../objects/subscription-rows";

type Fields = Record<string, unknown>;
type Outcome = { status: number; body: object };

const LATEST_MS = Date.UTC(2200, 0, 1);

/** What time it is in here, and what moving it would set off next. */
export function readClock(core: Core) {
  const nowMs = core.now();
  return {
    now: Math.floor(nowMs / 1000),
    iso: new Date(nowMs).toISOString(),
    offset_ms: core.offsetMs(),
    next_renewal: nextRenewal(core),
    pending_jobs: pendingJobs(core).length,
  };
}

/** Moves the time by `advanceMs`, or to the Unix seconds `to`, or to `at`, read as UTC. */
export async function moveClock(
  core: Core,
  time: { moveTo(atMs: number): Promise<void> },
  fields: Fields,
): Promise<Outcome> {
  const target = targetOf(core, fields);
  if (!Number.isFinite(target) || target < 0 || target > LATEST_MS)
    return {
      status: 400,
      body: { error: "advanceMs, to (Unix seconds) or at (a date and time): one of them" },
    };
  await time.moveTo(target);
  return { status: 200, body: readClock(core) };
}

function targetOf(core: Core, { advanceMs, to, at }: Fields): number {
  if (isGiven(advanceMs)) return core.now() + Number(advanceMs);
  if (isGiven(to)) return Number(to) * 1000;
  const text = isGiven(at) ? String(at) : "";
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** When the next period of a subscription on the simulator's own time ends, in seconds. */
export function nextRenewal(core: Core): number | null {
  const ends = core.store
    .list("subscription")
    .filter((row) => row.test_clock === null && !hasEnded(row) && row.status !== "incomplete")
    .map(periodEnd)
    .filter((end) => end * 1000 > core.now());
  return ends.length === 0 ? null : ends.reduce((a, b) => Math.min(a, b));
}

/** What will happen by itself, the next first. */
export function pendingJobs(core: Core) {
  return core.store
    .list("job")
    .reverse()
    .sort((a, b) => a.atMs - b.atMs);
}
