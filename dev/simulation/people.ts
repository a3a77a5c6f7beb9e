import { sql } from "drizzle-orm";
import { memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { getAccountView } from "../../lib/billing/account-view";
import { openCycle } from "../../lib/billing/allowances/cycles/open";
import { openAccount } from "../../lib/billing/open-account";
import { billingPeriodAt } from "../../lib/calendar";
import { freePlan } from "../../lib/catalog/plans";
import { newId } from "../../lib/ids";
import { BUYING } from "./deeds/buying";
import { CARD_DEEDS } from "./deeds/cards";
import type { Deed, Scene } from "./deeds/deed";
import { PLAN_DEEDS } from "./deeds/plans";
import { SPENDING, spendBlindly } from "./deeds/spending";
import type { Person } from "./person";
import { type Random, randomOf } from "./random";
import type { World } from "./world";

const DEEDS: readonly Deed[] = [...SPENDING, ...BUYING, ...PLAN_DEEDS, ...CARD_DEEDS];
const DIARY_LINES = 60;

/** Somebody signs up, on Free, now. */
export async function join(world: World, number: number): Promise<Person> {
  const random = randomOf(world.seed, "habits", number);
  const userId = newId();
  const email = `${userId}@example.com`;
  const made = await transact(world.db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    const anchor = new Date(clock?.now ?? Number.NaN);
    const period = billingPeriodAt(anchor, anchor);
    const accountId = await openAccount(tx, {
      name: `Account ${number}`,
      plan: freePlan().id,
      cycleAnchor: anchor,
      period,
    });
    await tx.insert(users).values({ id: userId, email, name: "A person" });
    await tx.insert(memberships).values({ accountId, userId, role: "owner" });
    return { accountId, joinedAt: anchor };
  });
  return {
    ...made,
    number,
    userId,
    habits: {
      activity: random.pick([0, 0.02, 0.08, 0.2, 0.2, 0.4]),
      wealth: random.pick([0.2, 1, 1, 1, 2]),
      clumsiness: random.pick([0.05, 0.2, 0.5]),
      likesYears: random.chance(0.15),
      operated: random.pick([0, 0, 0.04, 0.15, 0.3]),
    },
    diary: [],
    holds: [],
    seenFreeAt: [],
    openedAt: [],
    used: 0n,
    owed: 0n,
    promises: new Map(),
  };
}

/** One visit: one thing, or several at once, as with two tabs and an assistant at work. */
export async function act(world: World, person: Person, random: Random): Promise<void> {
  if (random.chance(0.25))
    return note(world, person, "spend unseen", await spendBlindly(world, person, random));
  await openCycle(world.db, person.accountId); // As every page does first.
  person.openedAt.push(world.now());
  const view = await getAccountView(world.db, person.accountId);
  if (view.plan.id === "free") person.seenFreeAt.push(view.now);
  const atOnce = random.chance(0.12) ? 2 + random.whole(3) : 1;
  const scenes = Array.from({ length: atOnce }, (_, tab): Scene => {
    const own = randomOf(random.whole(2 ** 31), "tab", tab);
    return { world, person, random: own, view, alone: atOnce === 1 };
  });
  await Promise.all(scenes.map((scene) => doSomething(scene)));
}

async function doSomething(scene: Scene): Promise<void> {
  const deed = scene.random.weighted(DEEDS.map((each) => [each, each.weigh(scene)] as const));
  if (!deed) return;
  note(scene.world, scene.person, deed.name, await deed.run(scene));
}

function note(world: World, person: Person, name: string, outcome: string): void {
  world.figures.count(name, outcome);
  person.diary.push(`${world.now().toISOString()} ${name}: ${outcome}`);
  if (person.diary.length > DIARY_LINES) person.diary.shift();
}
