import type Stripe from "stripe";
import type { KnownBilling } from "../billing/facts";
import { isMissing } from "./ask";
import { mapSome } from "./map-some";

/** A subscription with all of its items; `schedule` is expanded. */
export type WholeSubscription = {
  readonly subscription: Stripe.Subscription;
  readonly items: readonly Stripe.SubscriptionItem[];
};

export type Listed = {
  readonly subscriptions: readonly Stripe.Subscription[];
  readonly invoices: readonly Stripe.Invoice[];
  readonly customerDeleted: boolean;
};

const OVER: readonly string[] = ["canceled", "incomplete_expired"];

/**
 * A customer's subscriptions and invoices, newest first, back to `since` and at least 100 of each. Throws for a customer
 * that never was; of one that was deleted, Stripe may list nothing.
 */
export async function listBilling(
  stripe: Stripe,
  customer: string,
  { since, subscriptionIds }: Pick<KnownBilling, "since" | "subscriptionIds">,
): Promise<Listed> {
  // Who has nothing that goes on will be asked about: then it need not wait for the lists.
  const early = subscriptionIds.length === 0 ? settled(isDeleted(stripe, customer)) : null;
  const isItDeleted = async () => (early ? (await early)() : isDeleted(stripe, customer));
  try {
    const [subscriptions, invoices] = await Promise.all([
      listBack(
        (page) => stripe.subscriptions.list({ customer, status: "all", expand: ["data.schedule"], ...page }),
        since,
      ),
      listBack((page) => stripe.invoices.list({ customer, expand: ["data.payments"], ...page }), since),
    ]);
    // A deleted customer's subscriptions have ended: only then is there something to ask.
    const mayBeDeleted = subscriptions.every((each) => OVER.includes(each.status));
    const customerDeleted = mayBeDeleted && (await isItDeleted());
    return { subscriptions, invoices, customerDeleted };
  } catch (error) {
    if (!isMissing(error) || !(await isItDeleted())) throw error;
    return { subscriptions: [], invoices: [], customerDeleted: true };
  }
}

/** For an answer that may not be wanted after all: its failure is thrown only to who takes it. */
export const settled = <T>(answer: Promise<T>): Promise<() => T> =>
  answer.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );

async function isDeleted(stripe: Stripe, customer: string): Promise<boolean> {
  return (await stripe.customers.retrieve(customer)).deleted === true;
}

type Page = { readonly limit: 100; readonly starting_after?: string };

/** Pages of a list that is newest first, until one ends with something older. */
async function listBack<T extends { id: string; created: number }>(
  ask: (page: Page) => Promise<Stripe.ApiList<T>>,
  since: Date | null,
): Promise<T[]> {
  const all: T[] = [];
  let page = await ask({ limit: 100 });
  for (;;) {
    all.push(...page.data);
    const last = page.data.at(-1);
    const isFarEnough = !last || (since !== null && last.created * 1000 < since.getTime());
    if (!page.has_more || isFarEnough) return all;
    page = await ask({ limit: 100, starting_after: last.id });
  }
}

/** What was asked for by id, and the ids that Stripe says it has not. */
export type Retrieved<T> = { readonly found: readonly T[]; readonly notFound: readonly string[] };

export const retrieveSubscriptions = (stripe: Stripe, ids: Iterable<string>) =>
  retrieveEach(ids, (id) => stripe.subscriptions.retrieve(id, { expand: ["schedule"] }));

export const retrieveInvoices = (stripe: Stripe, ids: Iterable<string>) =>
  retrieveEach(ids, (id) => stripe.invoices.retrieve(id, { expand: ["payments"] }));

async function retrieveEach<T>(
  ids: Iterable<string>,
  ask: (id: string) => Promise<T>,
): Promise<Retrieved<T>> {
  const notFound: string[] = [];
  const answers = await mapSome([...new Set(ids)], async (id) => {
    try {
      return await ask(id);
    } catch (error) {
      if (!isMissing(error)) throw error;
      notFound.push(id);
      return null;
    }
  });
  return { found: answers.filter((each) => each !== null), notFound };
}

/** Stripe sends the first items along. */
export async function withAllItems(
  stripe: Stripe,
  subscription: Stripe.Subscription,
): Promise<WholeSubscription> {
  const { items } = subscription;
  if (!items.has_more) return { subscription, items: items.data };
  const all = stripe.subscriptionItems.list({ subscription: subscription.id, limit: 100 });
  return { subscription, items: await toArray(all) };
}

/** Stripe sends the first lines along. */
export async function allLinesOf(
  stripe: Stripe,
  { id, lines }: Stripe.Invoice,
): Promise<readonly Stripe.InvoiceLineItem[]> {
  return lines.has_more ? toArray(stripe.invoices.listLineItems(id, { limit: 100 })) : lines.data;
}

export const listPendingItems = (stripe: Stripe, customer: string): Promise<Stripe.InvoiceItem[]> =>
  toArray(stripe.invoiceItems.list({ customer, pending: true, limit: 100 }));

async function toArray<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

/** Ids that were known and that no list showed. */
export function notListed({ subscriptions, invoices }: Listed, known: KnownBilling) {
  const listed = new Set([...subscriptions, ...invoices].map((each) => each.id));
  return {
    subscriptionIds: known.subscriptionIds.filter((id) => !listed.has(id)),
    invoiceIds: known.invoiceIds.filter((id) => !listed.has(id)),
  };
}
