import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { findContradictions } from "../e2e/books";
import { insist } from "./patience";

/** So long after the last kill anything may still be unsettled before it counts as stuck. */
export const SETTLED_WITHIN_MS = 60_000;
/** It is looked at for longer, to say whether it ever ends. */
const GIVE_UP_MS = 240_000;

export type Spender = { readonly accountId: string; credits: bigint; spends: number };

type Settling = {
  readonly seconds: number;
  /** What was the last to be settled. */
  readonly last: readonly string[];
  /** What is not settled yet, after much longer than it should take. */
  readonly stuck: readonly string[];
};

/** Resolves once no order, refund or event waits any more, where nobody begins anything new. */
export async function untilSettled(db: Database): Promise<Settling> {
  const began = performance.now();
  let last: readonly string[] = [];
  for (;;) {
    const stuck = await insist(() => findUnsettled(db));
    const ms = performance.now() - began;
    if (stuck.length === 0 || ms > GIVE_UP_MS) return { seconds: ms / 1_000, last, stuck };
    last = stuck;
    await sleep(500);
  }
}

async function findUnsettled(db: Database): Promise<string[]> {
  const rows = await db.execute<{ what: string }>(sql`
    select 'order ' || reference || ' is ' || status as what from orders
    where status in ('processing', 'requires_action')
    union all
    select 'refund ' || id || ' is asked for' from order_refunds where status = 'requested'
    union all
    select 'refund ' || id || ' of an invoice is asked for' from invoice_refund_requests where status = 'requested'
    union all
    select 'payment ' || id || ' for a plan is ' || status from plan_payments where status in ('processing', 'requires_action')
    union all
    select 'event ' || e.id || ' (' || e.type || ') is not handled, ' || e.tries || ' tries, '
      || round(extract(epoch from now() - e.received_at)) || ' s old; ' || coalesce('its job has begun ' || j.attempts || ' times, is due in '
      || round(extract(epoch from j.run_at - now())) || ' s' || coalesce(', locked for ' || round(extract(epoch from now() - j.locked_at)) || ' s by ' || j.locked_by, '')
      || coalesce(', failed with ' || j.last_error, ''), 'it has no job') as what
    from stripe_events as e left join graphile_worker.jobs as j on j.key in ('event:' || e.id, 'plan:' || e.plan_customer)
    where e.handled_at is null`);
  return rows.map(({ what }) => what);
}

/**
 * What must hold after any kill, one sentence each for what does not: the books balance and agree with Stripe's charges (I1,
 * I2, I4, I8, I9, I10, I14), every order was charged once, every refund that was begun is one at Stripe and has its act at the desk,
 * credits went back in proportion, and every spend that was answered is in the ledger once.
 */
export async function judge(db: Database, stripe: Stripe, spenders: readonly Spender[]): Promise<string[]> {
  return [
    ...(await findContradictions(db, stripe)),
    ...(await findDoubleCharges(stripe)),
    ...(await compareRefunds(db, stripe)),
    ...(await compareActs(db)),
    ...(await compareSpends(db, spenders)),
  ];
}

export type Refunds = { readonly orders: number; readonly invoices: number };

/** How many refunds went through. */
export const countRefunds = async (db: Database): Promise<Refunds> => {
  const [row] = await db.execute<Refunds>(sql`
    select (select count(*)::int from order_refunds where status = 'succeeded') as orders,
      (select count(*)::int from invoice_refund_requests where status = 'made') as invoices`);
  return row ?? { orders: 0, invoices: 0 };
};

async function findDoubleCharges(stripe: Stripe): Promise<string[]> {
  const charged = new Map<string, number>();
  for await (const intent of stripe.paymentIntents.list({ limit: 100 })) {
    const order = intent.metadata.order_id;
    if (order && intent.status === "succeeded") charged.set(order, (charged.get(order) ?? 0) + 1);
  }
  return [...charged].filter(([, times]) => times > 1).map(([order]) => `order ${order} was charged twice`);
}

async function compareRefunds(db: Database, stripe: Stripe): Promise<string[]> {
  const ours = await db.execute<{ refund_id: string | null; amount_cents: string; status: string }>(
    sql`
    select refund_id, amount_cents, status::text from order_refunds where failure_code is null
    union all
    select refund_id, amount_cents, status::text from invoice_refund_requests where failure_code is null`,
  );
  const known = new Map(ours.map((each) => [each.refund_id, each]));
  const wrong = ours.flatMap(({ refund_id }) =>
    refund_id ? [] : ["a refund was begun and is none at Stripe"],
  );
  let atStripe = 0;
  for await (const refund of stripe.refunds.list({ limit: 100 })) {
    atStripe += 1;
    const row = known.get(refund.id);
    if (!row) wrong.push(`refund ${refund.id} is at Stripe alone`);
    else if (Number(row.amount_cents) !== refund.amount)
      wrong.push(`refund ${refund.id} differs in its amount`);
  }
  if (atStripe !== ours.length) wrong.push(`${atStripe} refunds at Stripe, ${ours.length} here`);
  return wrong;
}

/** I27: what an operator began and the act that says who and why are written together, once. */
async function compareActs(db: Database): Promise<string[]> {
  const [row] = await db.execute<{ begun: number; acts: number }>(sql`
    select (select count(*) from order_refunds)::int + (select count(*) from invoice_refund_requests)::int as begun,
      (select count(*) from operator_acts where kind in ('refund_order', 'refund_invoice'))::int as acts`);
  return row && row.begun === row.acts
    ? []
    : [`refunds and the acts that began them: ${JSON.stringify(row)}`];
}

async function compareSpends(db: Database, spenders: readonly Spender[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { accountId, credits, spends } of spenders) {
    const [row] = await db.execute<{ credits: string; spends: string }>(sql`
      select coalesce(sum(credits), 0) as credits, count(*) filter (where key is not null) as spends
      from entries where account_id = ${accountId} and category is not null`);
    if (BigInt(row?.credits ?? 0) !== credits || Number(row?.spends) !== spends)
      wrong.push(
        `${accountId}: ${spends} spends of ${credits} were answered, ${JSON.stringify(row)} are there`,
      );
  }
  return wrong;
}
