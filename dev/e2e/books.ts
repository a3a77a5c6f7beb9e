import { sql } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { findDrift } from "../../lib/ledger/reconcile";
import { findStrangers } from "../testing/strangers";

/**
 * What contradicts the invariants I1, I2, I4, I8, I9, I10, I13 and I14: in the ledger, between orders and grants, and between
 * what we call paid and what Stripe charged. One sentence each; none is what it should be.
 */
export async function findContradictions(db: Database, stripe: Stripe): Promise<string[]> {
  const [drift, strangers, parked] = await Promise.all([findDrift(db), findStrangers(db), findParked(db)]);
  return [
    ...drift.map((each) => `the ledger drifted: ${JSON.stringify(each)}`),
    ...[...strangers, ...parked].map(({ what, id }) => `${what}: ${id}`),
    ...(await compareWithStripe(db, stripe)),
  ];
}

const findParked = (db: Database) =>
  db.execute<{ what: string; id: string }>(
    sql`select 'order waiting for an operator, ' || parked_reason as what, id from orders where parked_reason is not null`,
  );

/**
 * Our paid orders and Stripe's succeeded charges for them, each with its amount, payment and customer, are the same list;
 * and so are our paid invoices of plans and Stripe's.
 */
async function compareWithStripe(db: Database, stripe: Stripe): Promise<string[]> {
  const paid = await db.execute<{ line: string }>(sql`
    select o.payment_intent_id || ' ' || a.stripe_customer_id || ' ' || o.amount_cents || ' ' || o.currency as line
    from orders o join accounts a on a.id = o.account_id where o.paid_at is not null
    union all
    select i.id || ' ' || a.stripe_customer_id || ' ' || i.paid_cents || ' ' || i.currency
    from invoices i join accounts a on a.id = i.account_id where i.status = 'paid'
    order by 1`);
  const invoiced = await listPaidInvoices(stripe);
  const charged = [...invoiced.lines];
  for await (const charge of stripe.charges.list({ limit: 100 })) {
    if (charge.status !== "succeeded" || invoiced.paymentIntents.has(`${charge.payment_intent}`)) continue;
    charged.push(`${charge.payment_intent} ${charge.customer} ${charge.amount} ${charge.currency}`);
  }
  const ours = paid.map(({ line }) => line);
  return [
    ...without(charged, ours).map((line) => `paid at Stripe, not here: ${line}`),
    ...without(ours, charged).map((line) => `paid here, not at Stripe: ${line}`),
  ];
}

type PaidInvoices = { readonly lines: readonly string[]; readonly paymentIntents: ReadonlySet<string> };

async function listPaidInvoices(stripe: Stripe): Promise<PaidInvoices> {
  const lines: string[] = [];
  const paymentIntents = new Set<string>();
  for await (const invoice of stripe.invoices.list({
    status: "paid",
    limit: 100,
    expand: ["data.payments"],
  })) {
    lines.push(`${invoice.id} ${invoice.customer} ${invoice.amount_paid} ${invoice.currency}`);
    for (const { payment } of invoice.payments?.data ?? []) paymentIntents.add(`${payment.payment_intent}`);
  }
  return { lines, paymentIntents };
}

/** What is in the first list and not, or not as often, in the second. */
function without(list: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return list.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
