import { isLive, readStripe, soldBy } from "../simulation/at-stripe";
import { findMistaken } from "../simulation/invariants";
import { idOf } from "../stripe/ids";
import { mustHold } from "./checks";
import type { Person } from "./scene";
import type { World } from "./world";

type Billed = { readonly id: string; readonly status: string };
type Shown = { readonly id: string; readonly plan: string; readonly plan_status: string };

const atStripe = (world: World, people: readonly Person[]) =>
  readStripe(world.simulator.store, new Map(people.map((each) => [each.customerId, each.accountId])));

/** What holds of plans at every committed moment. */
export async function checkPlans(world: World, people: readonly Person[]): Promise<void> {
  const stripeOf = atStripe(world, people);
  mustHold(
    "I21, I22: what we know of plans agrees with itself",
    await findMistaken(world.instances[0].deps.db),
  );
  for (const { accountId } of people) {
    const { subscriptions, charges } = stripeOf(accountId);
    const live = subscriptions.filter(isLive);
    mustHold("nobody has two subscriptions", live.length > 1 ? live.map(({ id }) => id) : []);
    const paid = charges.map(({ order, invoice }) => order ?? invoice);
    mustHold(
      "I9: every charge is for an order or an invoice",
      paid.filter((each) => each === null),
    );
    mustHold(
      "I9: an order or invoice is charged once",
      paid.filter((each, index) => paid.indexOf(each) !== index),
    );
  }
}

/** Once whatever Stripe did was heard of: plan and invoices are what Stripe says, and what was paid for was given. */
export async function checkPlansEnded(world: World, people: readonly Person[]): Promise<void> {
  const { owner } = world.lane;
  const stripeOf = atStripe(world, people);
  mustHold(
    "I18: whatever was chosen for a period's end is at Stripe",
    await owner`select id, pending_change from subscriptions where pending_change is not null`,
  );
  for (const { accountId, subscribes } of people) {
    if (!subscribes) continue;
    const { subscriptions, invoices } = stripeOf(accountId);
    const known = await owner<Billed[]>`select id, status from invoices where account_id = ${accountId}`;
    const ours = new Map(known.map(({ id, status }) => [id, status]));
    const differing = invoices.filter(({ id, status }) => ours.get(id) !== status);
    mustHold(
      "I10: every invoice of a plan is known as it is",
      differing.map(({ id, status }) => ({ id, status, here: ours.get(id) ?? null })),
    );
    const given = await owner<{ id: string }[]>`
      select distinct invoice_id as id from allowances where account_id = ${accountId} and payment = 'paid'`;
    const paying = invoices.filter(({ status, paidCents }) => status === "paid" && paidCents > 0n);
    mustHold(
      "I13, I19: what was paid for was given",
      paying.map(({ id }) => id).filter((id) => !given.some((each) => each.id === id)),
    );
    const live = subscriptions.find(isLive);
    const sold = live && soldBy(world.simulator.store, idOf(live.items.data[0]?.price));
    const [shown] = await owner<Shown[]>`select id, plan, plan_status from accounts where id = ${accountId}`;
    mustHold(
      "I21: the plan that is shown is the one at Stripe",
      shown?.plan === (sold?.plan ?? "free") ? [] : [{ shown, atStripe: sold ?? null }],
    );
  }
}
