import { eq, sql } from "drizzle-orm";
import { accounts, memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { openAccount } from "../../lib/billing/open-account";
import { billingPeriodAt } from "../../lib/calendar";
import { freePlan, planIdOf } from "../../lib/catalog/plans";
import { newId } from "../../lib/ids";
import type { Random } from "../simulation/random";
import type { Person } from "./scene";
import type { World } from "./world";

/** The first declines whatever it is charged, at the second the bank asks; the last, which pays, is the default. */
const CARDS = ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_visa"] as const;
/** Of three people, so many have a plan by agreement; the others begin on Free and subscribe. */
const SUBSCRIBES_EVERY = 3;

/** Accounts with cards, made while nothing fails. */
export async function makePeople(world: World, random: Random, count: number): Promise<readonly Person[]> {
  world.simulator.faults.clear();
  const people: Person[] = [];
  for (let made = 0; made < count; made += 1)
    people.push(await makePerson(world, random, made % SUBSCRIBES_EVERY === 0));
  return people;
}

async function makePerson(world: World, random: Random, subscribes: boolean): Promise<Person> {
  const [{ deps, stripe }] = world.instances;
  const userId = newId();
  const email = `${userId}@example.com`;
  const accountId = await transact(deps.db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    const anchor = new Date(clock?.now ?? Number.NaN);
    const id = await openAccount(tx, {
      name: "An account",
      plan: subscribes ? freePlan().id : planIdOf("starter"),
      cycleAnchor: anchor,
      period: billingPeriodAt(anchor, anchor),
    });
    await tx.insert(users).values({ id: userId, email, name: "A person" });
    await tx.insert(memberships).values({ accountId: id, userId, role: "owner" });
    return id;
  });
  const customer = await stripe.customers.create({ email, metadata: { account_id: accountId } });
  await deps.db.update(accounts).set({ stripeCustomerId: customer.id }).where(eq(accounts.id, accountId));
  const cards: string[] = [];
  for (const card of subscribes ? [] : CARDS)
    cards.push((await stripe.paymentMethods.attach(card, { customer: customer.id })).id);
  const [usual] = cards.slice(-1);
  if (usual) await deps.gateway.setDefaultCard(customer.id, usual);
  await syncPaymentMethods(deps, { accountId, customerId: customer.id });
  const habits = { wealth: 2, clumsiness: random.pick([0.05, 0.3]), likesYears: random.chance(0.2) };
  return { accountId, userId, customerId: customer.id, holds: [], cards, subscribes, habits };
}
