import { createHash } from "node:crypto";
import { DatabaseBusy, databaseIsAway } from "../../db/pool";
import { EventNotHandled, handleEvent } from "../../lib/billing/handle-event";
import { type Random, randomOf } from "../simulation/random";
import { comeBack } from "./bank";
import { checkEnded, checkExplained, checkSafety } from "./checks";
import { DEEDS, SUBSCRIBERS_DEEDS } from "./deeds";
import { Crash, type Instance } from "./instance";
import { runJobs } from "./jobs";
import type { Lane } from "./lane";
import { receive, store } from "./letters";
import { makePeople } from "./people";
import { checkPlans, checkPlansEnded } from "./plan-checks";
import type { Person } from "./scene";
import { deadlock, failBeside, stir, threaten } from "./trouble";
import { openWorld, type World } from "./world";

/** One history is what happens to one account; so many of them are told at once, by one seed. */
export const HISTORIES = 6;
const STEPS_EACH = 8;

/** Played again by its seed: what was done until then, and what does not hold. */
export class HistoryBroken extends Error {
  override name = "HistoryBroken";

  constructor(
    readonly seed: number,
    story: string,
    cause: unknown,
  ) {
    super(`seed ${seed} does not hold: ${story}`, { cause });
  }
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer than a step takes, so that each begins at the same instant whenever its seed is played. */
const STEP_MS = 3 * SECOND;
/** The schedule runs once a minute: within five everything has to have ended. */
const CALM_MINUTES = 5;
/**
 * Refunds that were under way when they were last read are read again after five minutes, and what events of a plan never told
 * is asked for within a day.
 */
const LATER = [6 * MINUTE, 90 * MINUTE, 8 * HOUR, 16 * HOUR];

/** How often something happened, by its name. */
export type Counts = Map<string, number>;

/**
 * Phase one: steps of all the accounts in turn, with whatever can fail failing. Phase two: nothing fails, and within five minutes
 * of the virtual clock everything ends. What must always hold is looked at after both. Resolves with what was done, a line for
 * each step. Throws `HistoryBroken`.
 */
export async function playWave(lane: Lane, seed: number, counts: Counts): Promise<readonly string[]> {
  const told: string[] = [];
  const world = await openWorld(lane);
  try {
    const people = await makePeople(world, randomOf(seed, "people"), HISTORIES);
    for (let step = 1; step <= HISTORIES * STEPS_EACH; step += 1)
      told.push(await playStep(world, people, seed, step, counts));
    await calmDown(world);
    await checkSafety(world, people);
    await checkPlans(world, people);
    for (let minute = 1; minute <= CALM_MINUTES; minute += 1) await goOn(world, people, MINUTE);
    await checkSafety(world, people);
    await checkEnded(world, people);
    for (const ms of LATER) await goOn(world, people, ms);
    await checkPlansEnded(world, people);
    await checkSafety(world, people);
    await checkPlans(world, people);
    await checkExplained(world);
    return told;
  } catch (error) {
    const story = [
      ...reasonsOf(error),
      `To play it again: npm run test:faults -- --seed ${seed}`,
      "What was done:",
      ...told,
      "Errors logged last:",
      ...world.errors.slice(-10),
    ].join("\n");
    throw new HistoryBroken(seed, story, error);
  } finally {
    for (const each of world.instances) counts.set("crashes", (counts.get("crashes") ?? 0) + each.crashes);
    await world.close();
  }
}

function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [String(error)];
  return [error.stack ?? error.message, ...reasonsOf(error.cause)];
}

/** Of every other seed, whose histories are the same each time: what is done at the same time takes turns. */
export const takesTurns = (seed: number): boolean => seed % 2 === 0;

/** What is drawn of a step is drawn of its number alone, whatever became of those before it. */
async function playStep(
  world: World,
  people: readonly Person[],
  seed: number,
  step: number,
  counts: Counts,
): Promise<string> {
  const random = randomOf(seed, "step", step);
  const person = random.pick(people);
  stir(world, random);
  const [here, there] = random.shuffled(world.instances) as [Instance, Instance];
  await world.passes(
    random.weighted([
      [STEP_MS, 24],
      [20 * SECOND, 6],
      [90 * SECOND, 3],
      [2 * HOUR, 0.7],
      [3 * DAY, 0.3],
      [29 * DAY, 0.4],
    ] as const) ?? STEP_MS,
  );
  threaten(here, random);
  const beside = random.chance(0.08) ? failBeside(here) : null;
  beside?.catch(() => {});
  const [name, draw] = drawAct(world, random, person, here, there);
  const act = () => (takesTurns(seed) ? world.turns.during(randomOf(seed, "turns", step), draw) : draw());
  const meets = random.chance(0.06);
  world.points.length = 0;
  const outcome = await outcomeOf(() => (meets ? deadlock(world, person.accountId, act) : act()));
  const way = createHash("sha256").update(world.points.join()).digest("hex").slice(0, 6);
  await beside;
  for (const each of world.instances) {
    each.spare();
    await each.restartIfDead();
  }
  for (const what of [name, `${name}: ${outcome}`]) counts.set(what, (counts.get(what) ?? 0) + 1);
  const { accountId } = person;
  return `${world.now().toISOString()} account ${people.indexOf(person) + 1} (${accountId}) ${name}: ${outcome} [${way}]`;
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
    const at = random.chance(0.5) ? here : there;
    return ["events", () => oneByOne(events, (event) => receive(at, event))];
  }
  if (random.chance(0.15)) return ["jobs", () => runJobs(here)];
  const deeds = person.subscribes ? SUBSCRIBERS_DEEDS : DEEDS;
  const [name, deed] = random.weighted(deeds) ?? ["nothing", () => Promise.resolve()];
  return [name, () => deed({ world, person, random, here, there })];
}

/** One that fails keeps none behind it from being done; the first failure is told. */
export async function oneByOne<T>(list: readonly T[], act: (each: T) => Promise<unknown>): Promise<void> {
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

/** From here on nothing fails, everybody who was sent to a bank says yes there, and what was not lost arrives. */
async function calmDown(world: World): Promise<void> {
  world.simulator.faults.clear();
  for (const each of world.instances) await each.restartPatiently();
  await receiveAll(world, world.instances[0]);
}

/** All that arrives at once is stored before any of it is handled, as jobs begin a moment later. */
async function receiveAll(world: World, at: Instance): Promise<void> {
  const events = world.letters.drawAll();
  const first = await outcomeOf(() => store(at, events));
  // What was cut off with work that went on beside it was not taken: it is delivered again.
  if (first === "cut off") await store(at, events);
  for (const { id } of events) await unlessPutOff(world, handleEvent(at.deps, id));
}

async function goOn(world: World, people: readonly Person[], ms: number): Promise<void> {
  const [{ deps }, other] = world.instances;
  await world.passes(ms);
  await receiveAll(world, other);
  const accountIds = people.map(({ accountId }) => accountId);
  await unlessPutOff(world, comeBack(deps, accountIds, "approve"));
  await unlessPutOff(world, runJobs(other));
}

/** What Stripe could not say yet, and what a busy machine had no connection for in time, is done in the next round. */
const unlessPutOff = (world: World, work: Promise<void>): Promise<void> =>
  work.catch((error: unknown) => {
    if (!(error instanceof EventNotHandled) && !databaseIsAway(error)) throw error;
    world.errors.push(`put off at ${world.now().toISOString()}: ${(error as Error).message}`);
  });
