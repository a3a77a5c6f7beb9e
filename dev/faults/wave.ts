import { DatabaseBusy, databaseIsAway } from "../../db/pool";
import { EventNotHandled, handleEvent } from "../../lib/billing/handle-event";
import { sweepReturns } from "../../lib/billing/orders/returns/sweep";
import { sweepOrders } from "../../lib/billing/orders/sweep";
import { expireDue } from "../../lib/ledger/expire-due";
import { type Random, randomOf } from "../simulation/random";
import type { FaultRequest } from "../stripe/control/faults";
import { checkEnded, checkExplained, checkSafety } from "./checks";
import { DEEDS, type Person } from "./deeds";
import { Crash, type Instance } from "./instance";
import { receive } from "./letters";
import { makePeople } from "./people";
import type { World } from "./world";

/** One history is what happens to one account; so many of them are told at once. */
export const HISTORIES = 10;
const STEPS_EACH = 12;

/** Played again by its seed: what was done until then, and what does not hold. */
export class HistoryBroken extends Error {
  override name = "HistoryBroken";
}

/** So often, and so far apart, the jobs run in phase two: within five minutes everything has to have ended. */
const CALM_ROUNDS = 10;
const CALM_ROUND_MS = 30_000;
/** Refunds that were under way when they were last read are read again after five minutes: one of them may end in between. */
const MORE_ROUNDS = 3;

/**
 * Phase one: steps of all the accounts in turn, with whatever can fail failing. Phase two: nothing fails, and within five minutes
 * of the virtual clock everything ends. What must always hold is looked at in between and at the end. Throws `HistoryBroken`.
 */
export async function playWave(world: World, seed: number): Promise<void> {
  const random = randomOf(seed, "wave");
  const told: string[] = [];
  try {
    await world.passes(nextNoon(world.now()));
    const begun = world.now();
    const people = await makePeople(world, HISTORIES);
    for (let step = 0; step < HISTORIES * STEPS_EACH; step += 1)
      told.push(await playStep(world, random, random.pick(people)));
    await calmDown(world);
    await checkSafety(world, people);
    await runCalmRounds(world, CALM_ROUNDS);
    await checkSafety(world, people);
    await checkEnded(world, people);
    await runCalmRounds(world, MORE_ROUNDS);
    await checkExplained(world, begun);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new HistoryBroken(
      `seed ${seed} does not hold: ${why}\nTo play it again: npm run test:faults -- --seed ${seed}\nWhat was done last:\n${told.slice(-60).join("\n")}\nErrors logged last:\n${world.errors.slice(-10).join("\n")}`,
      { cause: error },
    );
  }
}

const DAY_MS = 86_400_000;
/** A wave has a day of its own. */
const nextNoon = (now: Date): number => DAY_MS - (now.getTime() % DAY_MS) + DAY_MS / 2;

async function playStep(world: World, random: Random, person: Person): Promise<string> {
  stir(world, random);
  const [here, there] = random.shuffled(world.instances) as [Instance, Instance];
  await world.passes(
    random.weighted([
      [0, 4],
      [1_000, 4],
      [20_000, 2],
      [90_000, 1],
    ] as const) ?? 0,
  );
  if (random.chance(0.2)) here.crashAt(1 + random.whole(12));
  const cut = random.chance(0.06) ? cutConnections(world) : null;
  const [name, act] = drawAct(world, random, person, here, there);
  world.count(name);
  const outcome = await outcomeOf(act);
  await cut;
  for (const each of world.instances) {
    each.crashAt(null);
    await each.restartIfDead();
  }
  world.count(`${name}: ${outcome}`);
  return `${world.now().toISOString()} ${person.accountId} ${name}: ${outcome}`;
}

function drawAct(
  world: World,
  random: Random,
  person: Person,
  here: Instance,
  there: Instance,
): readonly [string, () => Promise<unknown>] {
  if (random.chance(0.25)) {
    const events = world.letters.draw(random);
    return ["events", () => oneByOne(events, (event) => receive(random.chance(0.5) ? here : there, event))];
  }
  if (random.chance(0.15)) return ["jobs", () => runJobs(here)];
  const [name, deed] = random.weighted(DEEDS) ?? ["nothing", () => Promise.resolve()];
  return [name, () => deed({ world, person, random, here, there })];
}

/** One that fails keeps none behind it from being done; the first failure is told. */
async function oneByOne<T>(list: readonly T[], act: (each: T) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  for (const each of list) await act(each).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** What may become of a step while everything can fail; anything else is a bug. */
async function outcomeOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return "done";
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof Crash) return "crashed";
      if (cause instanceof EventNotHandled) return "put off";
      if (cause instanceof DatabaseBusy || databaseIsAway(cause)) return "cut off";
    }
    throw error;
  }
}

const KINDS: readonly (readonly [Pick<FaultRequest, "kind">, number])[] = [
  [{ kind: "drop_before" }, 2],
  [{ kind: "drop_after" }, 4],
  [{ kind: "fail_before" }, 2],
  [{ kind: "fail_after" }, 3],
  [{ kind: "rate_limit" }, 2],
  [{ kind: "conflict" }, 2],
  [{ kind: "lock_timeout" }, 1],
];
const PATHS = ["/v1/payment_intents*", "/v1/refunds*", "/v1/disputes*", "/v1/customers*", "/v1/*"];

/** Some of Stripe's next calls fail in one way or another, before or after they took effect. */
function stir({ simulator }: World, random: Random): void {
  simulator.faults.clear();
  while (random.chance(0.35)) {
    const fault = random.weighted(KINDS);
    if (!fault) return;
    const match = { pathPattern: random.pick(PATHS), method: random.pick(["GET", "POST", "POST"]) };
    simulator.faults.add({ ...fault, times: 1 + random.whole(2), match });
  }
}

/** Cuts every connection of both instances, whatever is on it. */
async function cutConnections({ owner }: World): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3));
  await owner`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename <> current_user and pid <> pg_backend_pid()`;
}

/** From here on nothing fails; what was not lost arrives. */
async function calmDown(world: World): Promise<void> {
  world.simulator.faults.clear();
  for (const each of world.instances) {
    each.crashAt(null);
    await each.restartIfDead();
  }
  for (const event of world.letters.drawAll()) await unlessPutOff(receive(world.instances[0], event));
}

async function runCalmRounds(world: World, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await world.passes(CALM_ROUND_MS);
    await unlessPutOff(runJobs(world.instances[round % 2 === 0 ? 0 : 1]));
  }
}

/** What Stripe could not say yet is asked again in the next round. */
const unlessPutOff = (work: Promise<void>): Promise<void> =>
  work.catch((error: unknown) => {
    if (!(error instanceof EventNotHandled)) throw error;
  });

/** What the worker's schedule runs of this: every order, refund, event and hold that is due. */
async function runJobs({ deps }: Instance): Promise<void> {
  await sweepOrders(deps);
  await sweepReturns(deps);
  await expireDue(deps);
  const due = await deps.db.execute<{ id: string }>(
    "select id from stripe_events where handled_at is null and parked_reason is null order by created_at limit 200",
  );
  await oneByOne(due, ({ id }) => handleEvent(deps, id));
}
