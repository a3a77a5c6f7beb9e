import { sqlState } from "../../db/transact";
import type { Random } from "../simulation/random";
import type { FaultRequest } from "../stripe/control/faults";
import { IMPATIENT_MS, type Instance } from "./instance";
import type { World } from "./world";

/** So many points a step passes at most, about. */
const POINTS = 12;

const KINDS: readonly (readonly [Pick<FaultRequest, "kind" | "ms">, number])[] = [
  [{ kind: "drop_before" }, 2],
  [{ kind: "drop_after" }, 4],
  [{ kind: "fail_before" }, 2],
  [{ kind: "fail_after" }, 3],
  [{ kind: "rate_limit" }, 2],
  [{ kind: "conflict" }, 2],
  [{ kind: "lock_timeout" }, 1],
  // Given up by whoever asked, and done all the same: before that, or long after.
  [{ kind: "slow_after", ms: IMPATIENT_MS + 300 }, 0.15],
  [{ kind: "slow_before", ms: IMPATIENT_MS + 300 }, 0.15],
];
const PATHS = [
  "/v1/payment_intents*",
  "/v1/refunds*",
  "/v1/disputes*",
  "/v1/customers*",
  "/v1/subscriptions*",
  "/v1/subscription_schedules*",
  "/v1/invoices*",
  "/v1/checkout/sessions*",
  "/v1/*",
];

/** Some of Stripe's next calls fail in one way or another, before or after they took effect. */
export function stir({ simulator }: World, random: Random): void {
  simulator.faults.clear();
  while (random.chance(0.35)) {
    const fault = random.weighted(KINDS);
    if (!fault) return;
    const match = { pathPattern: random.pick(PATHS), method: random.pick(["GET", "POST", "POST"]) };
    simulator.faults.add({ ...fault, times: 1 + random.whole(2), match });
  }
}

/** What is to become of a process during the next step: it crashes, or is cut off from its database. */
export function threaten(instance: Instance, random: Random): void {
  if (random.chance(0.2)) instance.crashAt(1 + random.whole(POINTS));
  if (random.chance(0.06)) instance.cutAt(1 + random.whole(POINTS));
  // "D" is a row, "C" the end of a statement, a commit among them: done, and nobody hears it.
  if (random.chance(0.06)) instance.cutAfter(random.pick(["D", "C", "C"]));
}

/** A customer whose queries fail while their rows stream, on the connections that everybody else uses. */
const FAILS_STREAMING = "select n, 1 / (3 - n) as part from generate_series(1, 5) n";
const DIVISION_BY_ZERO = "22012";

export async function failBeside(instance: Instance): Promise<void> {
  const failing = Array.from({ length: 4 }, async () => {
    const answer = await instance.deps.db.pool.unsafe(FAILS_STREAMING).then(
      () => "an answer",
      (error: unknown) => sqlState(error),
    );
    // Cut off it may be; but it is never told what others asked.
    if (answer === "an answer") throw new Error("a query that fails while its rows stream was answered");
    if (answer && answer !== DIVISION_BY_ZERO) throw new Error(`it failed with ${answer}`);
  });
  await Promise.all(failing);
}

const WAITS_MS = 400;
/** Long enough for whoever waits first to be the one that Postgres gives up. */
const OWN_DEADLOCK = "5s";

/**
 * Whoever locks the account first and its balance then meets somebody who did it the other way round: a deadlock, where what
 * is done takes both. What was given up is done again by `transact`.
 */
export async function deadlock(
  { lane }: World,
  accountId: string,
  act: () => Promise<unknown>,
): Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  await lane.owner
    .begin(async (tx) => {
      await tx.unsafe(`set local deadlock_timeout = '${OWN_DEADLOCK}'`);
      await tx`select from balances where account_id = ${accountId} for update`;
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      work = act();
      work.then(end, end);
      const [backend] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      for (let waited = 0; waited < WAITS_MS && !isOver; waited += 10) {
        const [blocked] = await tx`
          select from pg_stat_activity where ${backend?.pid ?? 0}::int = any(pg_blocking_pids(pid))`;
        if (blocked) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await tx`select from accounts where id = ${accountId} for no key update`;
    })
    .catch((error: unknown) => {
      if (sqlState(error) !== "40P01") throw error;
    });
  await work;
}
