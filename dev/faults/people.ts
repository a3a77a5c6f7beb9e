import { eq } from "drizzle-orm";
import { accounts } from "../../db/schema";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { makeAccount } from "../testing/factories";
import type { Person } from "./deeds";
import type { World } from "./world";

/** The first declines whatever it is charged; the last, which pays, is the default. */
const CARDS = ["pm_card_chargeCustomerFail", "pm_card_visa"] as const;

/** Accounts with cards, made while nothing fails. */
export async function makePeople(world: World, count: number): Promise<readonly Person[]> {
  world.simulator.faults.clear();
  const people: Person[] = [];
  for (let made = 0; made < count; made += 1) people.push(await makePerson(world));
  return people;
}

async function makePerson({ instances: [{ deps, stripe }] }: World): Promise<Person> {
  const { accountId, userId, email } = await makeAccount(deps.db);
  const customer = await stripe.customers.create({ email, metadata: { account_id: accountId } });
  await deps.db.update(accounts).set({ stripeCustomerId: customer.id }).where(eq(accounts.id, accountId));
  const cards: string[] = [];
  for (const card of CARDS)
    cards.push((await stripe.paymentMethods.attach(card, { customer: customer.id })).id);
  await deps.gateway.setDefaultCard(customer.id, cards.at(-1) ?? "");
  await syncPaymentMethods(deps, { accountId, customerId: customer.id });
  return { accountId, userId, customerId: customer.id, holds: [], cards };
}
