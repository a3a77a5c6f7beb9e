import type Stripe from "stripe";
import type { BillingPeriod } from "../../lib/calendar";
import { idOf } from "../stripe/ids";
import type { Store } from "../stripe/store";

export type SoldPlan = "starter" | "premium";

/** An invoice's line for a plan, in Stripe's own words and seconds made dates. */
export type PlanInvoice = {
  readonly id: string;
  readonly subscription: Stripe.Subscription;
  readonly status: string;
  readonly reason: string;
  readonly paidCents: bigint;
  readonly paidAt: Date | null;
  /** When it was first charged, and so could first be declined; null: not yet. */
  readonly triedAt: Date | null;
  /** The unused time of what was billed before, which it credits; null: of nothing. */
  readonly givesBack: BillingPeriod | null;
  readonly plan: SoldPlan;
  readonly interval: "month" | "year";
  readonly period: BillingPeriod;
};

/** What Stripe has of one account, read from its tables and not through any code of ours. */
export type AtStripe = {
  /** Those that were deleted too. */
  readonly customers: readonly string[];
  readonly subscriptions: readonly Stripe.Subscription[];
  /** Oldest first. */
  readonly invoices: readonly PlanInvoice[];
  /** Money that was taken. */
  readonly charges: readonly TakenCharge[];
};

export type TakenCharge = {
  readonly id: string;
  readonly customer: string | null;
  readonly cents: bigint;
  /** Which order or invoice was paid by it. */
  readonly order: string | null;
  readonly invoice: string | null;
};

const NOTHING: AtStripe = { customers: [], subscriptions: [], invoices: [], charges: [] };
const dateOf = (seconds: number): Date => new Date(seconds * 1_000);

/** Everything by account; an account that is no customer has nothing. `accounts`: whose each customer is or was. */
export function readStripe(
  store: Store,
  accounts: ReadonlyMap<string, string>,
): (accountId: string) => AtStripe {
  const found = new Map<string, { [Part in keyof AtStripe]: AtStripe[Part][number][] }>();
  for (const [id, accountId] of accounts) {
    const its = found.get(accountId) ?? { customers: [], subscriptions: [], invoices: [], charges: [] };
    its.customers.push(id);
    found.set(accountId, its);
  }
  const of = (customer: Parameters<typeof idOf>[0]) => found.get(accounts.get(idOf(customer) ?? "") ?? "");
  for (const each of store.list("subscription").reverse()) of(each.customer)?.subscriptions.push(each);
  for (const each of store.list("invoice").reverse()) {
    const invoice = toPlanInvoice(store, each);
    if (invoice) of(each.customer)?.invoices.push(invoice);
  }
  const invoiceOf = new Map(
    store.list("invoice_payment").map((each) => [idOf(each.payment.payment_intent), idOf(each.invoice)]),
  );
  for (const charge of store.list("charge")) {
    if (charge.status !== "succeeded") continue;
    const intent = idOf(charge.payment_intent);
    const order = store.get("payment_intent", intent ?? "")?.metadata.order_id ?? null;
    const invoice = invoiceOf.get(intent) ?? null;
    of(charge.customer)?.charges.push({
      id: charge.id,
      customer: idOf(charge.customer),
      cents: BigInt(charge.amount),
      order,
      invoice,
    });
  }
  return (accountId) => found.get(accountId) ?? NOTHING;
}

function toPlanInvoice(store: Store, invoice: Stripe.Invoice): PlanInvoice | null {
  const subscription = store.get(
    "subscription",
    idOf(invoice.parent?.subscription_details?.subscription) ?? "",
  );
  const line = invoice.lines.data.find((each) => !each.parent?.subscription_item_details?.proration);
  const sold = line && soldBy(store, idOf(line.pricing?.price_details?.price));
  if (!subscription || !line || !sold) return null;
  const credit = invoice.lines.data.find(({ amount }) => amount < 0);
  const { paid_at, finalized_at } = invoice.status_transitions;
  return {
    id: invoice.id,
    subscription,
    status: invoice.status ?? "",
    reason: invoice.billing_reason ?? "",
    paidCents: BigInt(invoice.amount_paid),
    paidAt: paid_at ? dateOf(paid_at) : null,
    triedAt: invoice.attempt_count > 0 && finalized_at ? dateOf(finalized_at) : null,
    givesBack: credit ? periodOf(credit) : null,
    ...sold,
    period: periodOf(line),
  };
}

const periodOf = ({ period }: Stripe.InvoiceLineItem): BillingPeriod => ({
  start: dateOf(period.start),
  end: dateOf(period.end),
});

/** By the name under which a price is sold. */
export function soldBy(
  store: Store,
  priceId: string | null,
): { plan: SoldPlan; interval: "month" | "year" } | null {
  const [, plan, interval] =
    /^refill_(starter|premium)_(month|year)$/.exec(store.get("price", priceId ?? "")?.lookup_key ?? "") ?? [];
  return plan && interval ? { plan: plan as SoldPlan, interval: interval as "month" | "year" } : null;
}

export const isLive = ({ status }: Stripe.Subscription): boolean =>
  status !== "canceled" && status !== "incomplete" && status !== "incomplete_expired";

export const endOf = ({ ended_at }: Stripe.Subscription): Date | null =>
  ended_at === null ? null : dateOf(ended_at);
export const itemPeriodOf = ({ items }: Stripe.Subscription): BillingPeriod => {
  const [item] = items.data;
  return {
    start: dateOf(item?.current_period_start ?? Number.NaN),
    end: dateOf(item?.current_period_end ?? Number.NaN),
  };
};
