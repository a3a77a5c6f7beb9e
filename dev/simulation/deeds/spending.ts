import { newId } from "../../../lib/ids";
import type { Outcome } from "../../../lib/ledger/commit";
import type { SpendingAnswer, SpendingCommand } from "../../../lib/ledger/decide";
import { getBalance } from "../../../lib/ledger/queries";
import { credits, NO_CREDITS } from "../../../lib/money/credits";
import type { Person } from "../person";
import type { Random } from "../random";
import type { World } from "../world";
import type { Deed } from "./deed";

const PURPOSE = { category: "ai_processing", resource: null, reference: null } as const;
const HOUR = 3_600_000;

async function submit(
  world: World,
  person: Person,
  command: SpendingCommand,
): Promise<Outcome<SpendingAnswer>> {
  const outcome = await world.batcher.submit(person.accountId, { key: newId(), command });
  person.openedAt.push(world.now());
  const answer = outcome.kind === "done" ? outcome.answer : null;
  if (answer?.kind === "spent" || answer?.kind === "captured") {
    person.used += answer.credits;
    if (answer.kind === "captured") person.owed += answer.owed;
  }
  return outcome;
}

const wordOf = (outcome: Outcome<SpendingAnswer>): string =>
  outcome.kind === "refused" ? outcome.refusal.code : outcome.kind;

/** Mostly a little of what there is, now and then all of it, rarely more. */
async function amountFor(world: World, person: Person, random: Random): Promise<bigint> {
  const { remaining } = await getBalance(world.db, person.accountId);
  const share = random.weighted([
    [random.between(0.001, 0.05), 6],
    [random.between(0.05, 0.6), 3],
    [1, 1],
    [1.01, 0.3],
  ] as const);
  const amount = (remaining * BigInt(Math.round((share ?? 0) * 10_000))) / 10_000n;
  return amount > 0n ? amount : BigInt(1 + random.whole(100_000));
}

/** An assistant's call: nobody looked at a page before. */
export async function spendBlindly(world: World, person: Person, random: Random): Promise<string> {
  const amount = await amountFor(world, person, random);
  return wordOf(await submit(world, person, { kind: "spend", credits: credits(amount), purpose: PURPOSE }));
}

const spend: Deed = {
  name: "spend",
  weigh: () => 6,
  run: ({ world, person, random }) => spendBlindly(world, person, random),
};

const hold: Deed = {
  name: "hold",
  weigh: ({ person }) => (person.holds.length < 4 ? 3 : 0),
  async run({ world, person, random }) {
    const amount = await amountFor(world, person, random);
    const holdId = newId();
    const ttlMs = Math.round(random.between(HOUR / 60, 24 * HOUR));
    const command = { kind: "hold", holdId, credits: credits(amount), ttlMs, purpose: PURPOSE } as const;
    const outcome = await submit(world, person, command);
    if (outcome.kind === "refused") return wordOf(outcome);
    const held = { id: holdId, credits: amount };
    // The work is done at once, or takes until some other day.
    if (random.chance(0.7)) return `done, then ${await end(world, person, held, random)}`;
    person.holds.push(held);
    return wordOf(outcome);
  },
};

type Held = Person["holds"][number];

async function end(world: World, person: Person, held: Held, random: Random): Promise<string> {
  const { id: holdId } = held;
  if (random.chance(0.25)) return wordOf(await submit(world, person, { kind: "release", holdId }));
  const share = random.weighted([
    [0, 1],
    [random.between(0.1, 1), 6],
    [1, 2],
    [random.between(1, 1.6), 1],
  ] as const);
  const cost = (held.credits * BigInt(Math.round((share ?? 1) * 1_000))) / 1_000n;
  const command = { kind: "capture", holdId, credits: cost > 0n ? credits(cost) : NO_CREDITS } as const;
  return wordOf(await submit(world, person, command));
}

const endHold: Deed = {
  name: "end a hold",
  weigh: ({ person }) => person.holds.length * 2,
  async run({ world, person, random }) {
    const [held] = person.holds.splice(random.whole(person.holds.length), 1);
    return held ? end(world, person, held, random) : "none";
  },
};

export const SPENDING: readonly Deed[] = [spend, hold, endHold];
