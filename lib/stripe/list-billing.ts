import Stripe from "stripe";
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

type Known = Pick<KnownBilling, "since" | "subscriptionIds" | "told" | "byInvoices">;

/**
 * So many of the newest, where events told what is new: what else a page shows was read before, and would be sent, read and compared
 * for nothing. What no event told is found by the read that comes every day (`follow-read`).
 */
const NEWEST = { subscriptions: 20, invoices: 10 } as const;
/** The most that Stripe sends at once. */
const MOST = 100;

/**
 * A customer's subscriptions and invoices, newest first, back to `since`; or, `byInvoices`, those that invoices show. Throws for a
 * customer that never was; of one that was deleted, Stripe may list nothing.
 */
export async function listBilling(stripe: Stripe, customer: string, known: Known): Promise<Listed> {
  const shown = known.byInvoices ? await listByInvoices(stripe, customer, known) : null;
  return shown ?? listBoth(stripe, customer, known);
}

/**
 * The newest invoices with the subscriptions they are for, in one request: what a renewal changes. Null where that does not say enough:
 * a known subscription is not among them, is over (then the customer may be deleted) or has a schedule, which no list shows at this
 * depth (`expand` goes four levels: https://docs.stripe.com/api/expanding_objects); or Stripe does not answer this.
 */
async function listByInvoices(
  stripe: Stripe,
  customer: string,
  { since, subscriptionIds }: Known,
): Promise<Listed | null> {
  const expand = ["data.payments", "data.parent.subscription_details.subscription"];
  try {
    const ask = (page: Page) => stripe.invoices.list({ customer, expand, ...page });
    const invoices = await listBack(ask, since, NEWEST.invoices);
    const all = new Map(invoices.flatMap(subscriptionIn).map((each) => [each.id, each]));
    const subscriptions = [...all.values()].filter(({ schedule }) => schedule === null);
    const goesOn = new Set(subscriptions.flatMap(({ id, status }) => (OVER.includes(status) ? [] : id)));
    if (!subscriptionIds.every((id) => goesOn.has(id))) return null;
    return { subscriptions, invoices, customerDeleted: false };
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return null;
    throw error;
  }
}

function subscriptionIn({ parent }: Stripe.Invoice): Stripe.Subscription[] {
  const subscription = parent?.subscription_details?.subscription;
  return subscription && typeof subscription !== "string" ? [subscription] : [];
}

async function listBoth(
  stripe: Stripe,
  customer: string,
  { since, subscriptionIds, told }: Known,
): Promise<Listed> {
  const [someSubscriptions, someInvoices] =
    since !== null && told ? [NEWEST.subscriptions, NEWEST.invoices] : [MOST, MOST];
  // Who has nothing that goes on will be asked about: then it need not wait for the lists.
  const early = subscriptionIds.length === 0 ? settled(isDeleted(stripe, customer)) : null;
  const isItDeleted = async () => (early ? (await early)() : isDeleted(stripe, customer));
  try {
    const [subscriptions, invoices] = await Promise.all([
      listBack(
        (page) => stripe.subscriptions.list({ customer, status: "all", expand: ["data.schedule"], ...page }),
        since,
        someSubscriptions,
      ),
      listBack(
        (page) => stripe.invoices.list({ customer, expand: ["data.payments"], ...page }),
        since,
        someInvoices,
      ),
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

type Page = { readonly limit: number; readonly starting_after?: string };

/** Pages of a list that is newest first, until one ends with something older; without `since` all of it. */
async function listBack<T extends { id: string; created: number }>(
  ask: (page: Page) => Promise<Stripe.ApiList<T>>,
  since: Date | null,
  limit: number,
): Promise<T[]> {
  const all: T[] = [];
  let page = await ask({ limit });
  for (;;) {
    all.push(...page.data);
    const last = page.data.at(-1);
    const isFarEnough = !last || (since !== null && last.created * 1000 < since.getTime());
    if (!page.has_more || isFarEnough) return all;
    page = await ask({ limit, starting_after: last.id });
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

/** Ids that were known or told of, and that no list showed. */
export function notListed({ subscriptions, invoices }: Listed, known: KnownBilling) {
  const listed = new Set([...subscriptions, ...invoices].map((each) => each.id));
  const { subscriptionIds, invoiceIds, told } = known;
  return {
    subscriptionIds: subscriptionIds.filter((id) => !listed.has(id)),
    invoiceIds: [...invoiceIds, ...(told ?? [])].filter((id) => !listed.has(id)),
  };
}
