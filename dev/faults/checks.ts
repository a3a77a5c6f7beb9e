import { findDriftOf } from "../../lib/ledger/reconcile";
import { reconcileDay } from "../../lib/reconciliation/reconcile";
import type { Person } from "./scene";
import type { World } from "./world";

const idsOf = (people: readonly Person[]) => people.map(({ accountId }) => accountId);

/** What holds at every committed moment. Throws with what does not. */
export async function checkSafety(world: World, people: readonly Person[]): Promise<void> {
  const ids = idsOf(people);
  const drift = await findDriftOf(world.instances[0].deps.db, ids);
  mustHold("I1, I2, I4: the books are what their entries say", drift);
  mustHold(
    "I8: a paid order has its grant and its payment once, and no other order has any",
    await world.lane.owner`
      select o.id, o.status, count(p.order_id)::int as payments, count(g.id)::int as grants from orders o
      left join order_payments p on p.account_id = o.account_id and p.order_id = o.id
      left join grants g on g.account_id = o.account_id and g.source = 'order:' || o.id
      where o.account_id = any(${ids}::uuid[]) group by o.account_id, o.id
      having count(p.order_id) <> count(g.id) or count(g.id) > 1 or count(g.id) <> (o.paid_at is not null)::int`,
  );
  mustHold("I9: at most one charge of an order succeeds", chargedTwice(world, people));
  mustHold("I14: what was asked for once is paid back once", refundedTwice(world, people));
  mustHold(
    "I14: of an order not more is revoked than it gave",
    await world.lane.owner`
      select o.id from orders o join order_reversals r on r.account_id = o.account_id and r.order_id = o.id
      where o.account_id = any(${ids}::uuid[]) group by o.account_id, o.id, o.credits
      having sum(case r.kind when 'revoke' then r.used + r.unused + r.expired when 'restore' then -(r.used + r.unused + r.expired) else 0 end)
        not between 0 and o.credits`,
  );
}

function chargedTwice({ simulator }: World, people: readonly Person[]): readonly string[] {
  const own = new Set(people.map((each) => each.customerId));
  const charges = simulator.store
    .list("charge")
    .filter(({ customer, status }) => status === "succeeded" && own.has(String(customer)));
  return namedTwice(charges.map(({ metadata }) => metadata.order_id));
}

function refundedTwice({ simulator }: World, people: readonly Person[]): readonly string[] {
  const own = new Set(idsOf(people));
  const refunds = simulator.store
    .list("refund")
    .filter(({ metadata, status }) => own.has(metadata?.account_id ?? "") && status !== "failed");
  return namedTwice(refunds.map(({ metadata }) => metadata?.refund_id));
}

function namedTwice(names: readonly (string | undefined)[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (name && seen.has(name)) twice.add(name);
    if (name) seen.add(name);
  }
  return [...twice];
}

/** I18: five minutes after the last fault everything has ended. */
export async function checkEnded(world: World, people: readonly Person[]): Promise<void> {
  const ids = idsOf(people);
  mustHold(
    "I18: every order, refund, event, hold and payment has reached an end",
    await world.lane.owner`
      select 'order' as what, id::text, status::text from orders where account_id = any(${ids}::uuid[]) and parked_reason is null
        and (status in ('processing', 'requires_action') or (cancel_requested_at is not null and status in ('pending', 'declined')))
      union all
      select 'refund', id::text, status::text from order_refunds where account_id = any(${ids}::uuid[]) and status = 'requested'
      union all
      select 'refund of an invoice', id::text, status::text from invoice_refund_requests where account_id = any(${ids}::uuid[]) and status = 'requested'
      union all
      select 'event', id, type from stripe_events where handled_at is null and parked_reason is null
      union all
      select 'hold', id::text, status::text from holds where account_id = any(${ids}::uuid[]) and status = 'open' and expires_at < ${world.now().toISOString()}::timestamptz - interval '1 minute'
      union all
      select 'payment for a plan', id::text, status::text from plan_payments where account_id = any(${ids}::uuid[])
        and (status in ('processing', 'requires_action') or void_pending)`,
  );
  mustHold(
    "nothing is parked: every payment here is of its order",
    await world.lane
      .owner`select id, parked_reason from orders where account_id = any(${ids}::uuid[]) and parked_reason is not null`,
  );
}

/** I10: every day is explained to the cent and the credit, once what Stripe does by itself was read again. */
export async function checkExplained(world: World): Promise<void> {
  const [, { deps }] = world.instances;
  for (const day of world.days) {
    const { lines } = await reconcileDay(deps, day);
    mustHold(
      `I10: what Stripe took and gave back on ${day} is explained`,
      lines.map(({ kind, object, order }) => ({ kind, object, order })),
    );
  }
}

/** Throws what does not. */
export function mustHold(what: string, broken: readonly unknown[]): void {
  if (broken.length === 0) return;
  const shown = JSON.stringify(broken.slice(0, 5), (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  throw new Error(`${what}: ${shown}`);
}
