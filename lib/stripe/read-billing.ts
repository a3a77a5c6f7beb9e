import type Stripe from "stripe";
import type { BillingFacts, InvoiceFact, KnownBilling, LineFact, SubscriptionFact } from "../billing/facts";
import { readAsOurs } from "../billing/subscriptions/item-readings";
import {
  allLinesOf,
  listBilling,
  listPendingItems,
  notListed,
  retrieveInvoices,
  retrieveSubscriptions,
  settled,
  type WholeSubscription,
  withAllItems,
} from "./list-billing";
import { mapSome } from "./map-some";
import {
  chooseOurs,
  findOurItems,
  isOurs,
  type Marks,
  mayHavePendingLines,
  type ReadFacts,
} from "./our-facts";
import type { PriceBook } from "./plan-prices";
import { intentIdOf, toInvoicePayment } from "./plan-translate";
import {
  priceOfLine,
  pricesOfSubscription,
  subscriptionOfInvoice,
  toInvoiceFact,
  toLineFact,
  toPendingLineFact,
  toSubscriptionFact,
} from "./translate-facts";

export type BillingReader = { readonly stripe: Stripe; readonly prices: PriceBook };

/**
 * Everything Stripe says of a customer's subscriptions and invoices that has to do with our plans. Where nothing is
 * unusual it is two lists. What is known and not listed is asked for by its id, and so is what the lists refer to: one
 * may have been read before something that the other shows. An id that Stripe has not is reported, never taken for gone.
 */
export async function readBilling(
  reader: BillingReader,
  customerId: string,
  known: KnownBilling,
): Promise<BillingFacts> {
  const { stripe } = reader;
  const early =
    known.since === null || known.hasPendingLines ? settled(readPendingLines(reader, customerId)) : null;
  const listed = await listBilling(stripe, customerId, known);
  const asked = notListed(listed, known);
  const [subscriptions, invoices] = await Promise.all([
    retrieveSubscriptions(stripe, asked.subscriptionIds),
    retrieveInvoices(stripe, asked.invoiceIds),
  ]);
  const knownIds = new Set(known.subscriptionIds);
  const first = await readWhole(
    reader,
    [...listed.subscriptions, ...subscriptions.found],
    [...listed.invoices, ...invoices.found],
    knownIds,
  );
  const more = await followReferences(reader, first, known);
  const all: Read = {
    subscriptions: [...first.subscriptions, ...more.subscriptions],
    invoices: [...first.invoices, ...more.invoices].toSorted(newestFirst),
    marks: { known: knownIds, marked: new Set([...first.marks.marked, ...more.marks.marked]) },
  };
  const { nameLine, ...ours } = pickOurs(all);
  const readPending = async () => {
    if (listed.customerDeleted) return [];
    if (early) return (await early)();
    return mayHavePendingLines(ours) ? readPendingLines(reader, customerId) : [];
  };
  const [pending, paid] = await Promise.all([readPending(), addPayments(stripe, ours.invoices, all)]);
  return {
    subscriptions: ours.subscriptions.map(asCharged(paid)),
    invoices: paid,
    pendingLines: pending.map(nameLine).filter((each) => isOfOurs(each, ours)),
    customerDeleted: listed.customerDeleted,
    // A draft that an event told of may have been deleted since.
    notFound: [...subscriptions.notFound, ...invoices.notFound.filter((id) => known.invoiceIds.includes(id))],
  };
}

/** What the customer has by itself shows on invoices alone: a discount of theirs, or their tax. */
const asCharged =
  (billed: readonly InvoiceFact[]) =>
  (fact: SubscriptionFact): SubscriptionFact => {
    const newest = billed.find((each) => each.subscriptionId === fact.id && each.lines.length > 0);
    const listed = newest?.lines.reduce((sum, { amountCents }) => sum + amountCents, 0n) ?? 0n;
    const isAsListed = !newest || newest.totalCents === (listed > 0n ? listed : 0n);
    return isAsListed ? fact : { ...fact, hasDiscountOrTax: true };
  };

/** Another product's lines may wait as well. */
const isOfOurs = ({ price, subscriptionId }: LineFact, { subscriptions }: ReadFacts): boolean =>
  isOurs(price) || subscriptions.some((each) => each.id === subscriptionId);

type ReadInvoice = { readonly invoice: Stripe.Invoice; readonly fact: InvoiceFact };
type Read = {
  readonly subscriptions: readonly SubscriptionFact[];
  readonly invoices: readonly ReadInvoice[];
  readonly marks: Marks;
};

const newestFirst = (one: ReadInvoice, other: ReadInvoice) => other.invoice.created - one.invoice.created;

const factsOf = ({ subscriptions, invoices }: Read): ReadFacts => ({
  subscriptions,
  invoices: invoices.map((each) => each.fact),
});

async function readWhole(
  { stripe, prices }: BillingReader,
  subscriptions: readonly Stripe.Subscription[],
  invoices: readonly Stripe.Invoice[],
  known: ReadonlySet<string>,
): Promise<Read> {
  const whole = await mapSome(subscriptions, (each) => withAllItems(stripe, each));
  const found = await prices.find(
    whole.flatMap((each) => pricesOfSubscription(each.subscription, each.items)),
  );
  const facts = whole.map((each) => toSubscriptionFact(each.subscription, each.items, found));
  const marks = { known, marked: new Set(whole.filter(hasOurMetadata).map((each) => each.subscription.id)) };
  const ours = chooseOurs({ subscriptions: facts, invoices: [] }, marks).subscriptions;
  const others = new Set(facts.filter((each) => !ours.includes(each)).map((each) => each.id));
  return {
    subscriptions: facts,
    invoices: await mapSome(invoices, async (invoice) => {
      const isOther = others.has(subscriptionOfInvoice(invoice) ?? "");
      return { invoice, fact: toInvoiceFact(invoice, await readLines({ stripe, prices }, invoice, isOther)) };
    }),
    marks,
  };
}

/** All lines; of another product's subscription only the first ones, unless one of them is ours. */
async function readLines(
  { stripe, prices }: BillingReader,
  invoice: Stripe.Invoice,
  isOther: boolean,
): Promise<LineFact[]> {
  const toFacts = async (lines: readonly Stripe.InvoiceLineItem[]) => {
    const found = await prices.find(lines.flatMap((each) => priceOfLine(each) ?? []));
    return lines.map((each) => toLineFact(each, found));
  };
  const first = isOther ? await toFacts(invoice.lines.data) : null;
  if (first && !first.some(({ price }) => isOurs(price))) return first;
  return toFacts(await allLinesOf(stripe, invoice));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** As `startCheckout` writes it. Another product may use the same word for an account of its own. */
const hasOurMetadata = ({ subscription: { metadata } }: WholeSubscription): boolean =>
  UUID.test(metadata.account_id ?? "");

/** The subscriptions and latest invoices that what was read refers to, where the lists did not show them. */
async function followReferences(reader: BillingReader, read: Read, known: KnownBilling): Promise<Read> {
  const { subscriptions, invoices } = chooseOurs(factsOf(read), read.marks);
  const seen = new Set([
    ...read.subscriptions.map((each) => each.id),
    ...read.invoices.map(({ fact }) => fact.id),
  ]);
  const isUnseen = (id: string | null): id is string => id !== null && !seen.has(id);
  const since = known.since?.getTime() ?? 0;
  const owners = invoices
    .filter((each) => each.createdAt.getTime() >= since)
    .map((each) => each.subscriptionId);
  const latest = subscriptions
    .filter(({ status }) => status !== "canceled")
    .map((each) => each.latestInvoiceId);
  const [moreSubscriptions, moreInvoices] = await Promise.all([
    retrieveSubscriptions(
      reader.stripe,
      owners.filter(isUnseen).filter((id) => !known.subscriptionIds.includes(id)),
    ),
    retrieveInvoices(
      reader.stripe,
      latest.filter(isUnseen).filter((id) => !known.invoiceIds.includes(id)),
    ),
  ]);
  return readWhole(reader, moreSubscriptions.found, moreInvoices.found, read.marks.known);
}

/** What is ours of it. An item is named unreadable that is ours though nothing is said of its price. */
function pickOurs(read: Read) {
  const facts = factsOf(read);
  const { subscriptions, invoices } = chooseOurs(facts, read.marks);
  const itemIds = findOurItems(facts, read.marks);
  const nameLine = (line: LineFact): LineFact =>
    line.price && line.itemId !== null && itemIds.has(line.itemId)
      ? { ...line, price: readAsOurs(line.price) }
      : line;
  return {
    subscriptions: subscriptions.map((each) => ({
      ...each,
      items: each.items.map((item) =>
        itemIds.has(item.id) ? { ...item, price: readAsOurs(item.price) } : item,
      ),
    })),
    invoices: invoices.map((each) => ({ ...each, lines: each.lines.map(nameLine) })),
    nameLine,
  };
}

/** Only what is still to be paid is worth a question. */
function addPayments(stripe: Stripe, invoices: readonly InvoiceFact[], read: Read): Promise<InvoiceFact[]> {
  const raw = new Map(read.invoices.map(({ invoice }) => [invoice.id, invoice]));
  return mapSome(invoices, async (fact) => {
    const invoice = fact.status === "open" ? raw.get(fact.id) : undefined;
    const intentId = invoice ? intentIdOf(invoice) : null;
    if (!intentId) return fact;
    return { ...fact, payment: toInvoicePayment(await stripe.paymentIntents.retrieve(intentId)) };
  });
}

async function readPendingLines({ stripe, prices }: BillingReader, customerId: string): Promise<LineFact[]> {
  const items = await listPendingItems(stripe, customerId);
  const found = await prices.find(items.flatMap((each) => priceOfLine(each) ?? []));
  return items.map((each) => toPendingLineFact(each, found));
}
