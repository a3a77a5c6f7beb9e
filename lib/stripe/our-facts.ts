import type { InvoiceFact, LineFact, PriceFact, SubscriptionFact } from "../billing/facts";

/** What was read of a customer, other products' subscriptions and invoices too. */
export type ReadFacts = {
  readonly subscriptions: readonly SubscriptionFact[];
  readonly invoices: readonly InvoiceFact[];
};

/** What says of a subscription that it is ours, beside its prices. */
export type Marks = {
  /** Subscriptions that were known before. */
  readonly known: ReadonlySet<string>;
  /** Subscriptions that carry our metadata. */
  readonly marked: ReadonlySet<string>;
};

/** Whether something says that a price is one of ours. */
export const isOurs = (price: PriceFact | null): boolean => price !== null && price.reading.kind !== "other";

const hasLineOfOurs = ({ lines }: InvoiceFact): boolean => lines.some(({ price }) => isOurs(price));

/**
 * The subscriptions that are ours: known, with our metadata, or with a price of ours, on an item or on a line of an
 * invoice that is for the subscription: another product's invoice may carry what one of ours gave back when it was canceled. And the invoices of those, as well as whatever else has a line of ours.
 */
export function chooseOurs({ subscriptions, invoices }: ReadFacts, { known, marked }: Marks): ReadFacts {
  const lines = invoices.flatMap((each) => each.lines).filter(({ price }) => isOurs(price));
  const invoiced = new Set(lines.map((each) => each.subscriptionId));
  const chosen = subscriptions.filter(
    ({ id, items }) =>
      known.has(id) || marked.has(id) || invoiced.has(id) || items.some(({ price }) => isOurs(price)),
  );
  const ids = new Set(chosen.map((each) => each.id));
  return {
    subscriptions: chosen,
    invoices: invoices.filter(
      (each) => hasLineOfOurs(each) || (each.subscriptionId !== null && ids.has(each.subscriptionId)),
    ),
  };
}

/**
 * The items that are ours, also where nothing is said of their price: a line of theirs says it, or the subscription
 * carries our metadata, was not known before, and nothing of it can be read.
 */
export function findOurItems(
  { subscriptions, invoices }: ReadFacts,
  { known, marked }: Marks,
): ReadonlySet<string> {
  const lines = invoices.flatMap((each) => each.lines).filter(({ price }) => isOurs(price));
  const ofSubscriptions = subscriptions.flatMap(({ id, items }) => {
    const ours = items.filter(({ price }) => isOurs(price));
    const isBare = ours.length === 0 && marked.has(id) && !known.has(id);
    return (isBare ? items : ours).map((each) => each.id);
  });
  return new Set([...lines.flatMap(({ itemId }) => itemId ?? []), ...ofSubscriptions]);
}

const OVER: readonly SubscriptionFact["status"][] = ["canceled", "incomplete_expired"];

/**
 * Whether lines may wait for the next invoice: something about the items of a subscription is not as it was when its
 * running period was put on an invoice.
 */
export function mayHavePendingLines({ subscriptions, invoices }: ReadFacts): boolean {
  const lines = invoices.flatMap((each) => each.lines).filter((each) => !each.isProration);
  return subscriptions.filter(({ status }) => !OVER.includes(status)).some((each) => hasChanged(each, lines));
}

function hasChanged({ id, items }: SubscriptionFact, lines: readonly LineFact[]): boolean {
  const changed = items.some((item) => {
    const [newest] = lines
      .filter((line) => line.itemId === item.id)
      .toSorted((one, other) => other.period.start.getTime() - one.period.start.getTime());
    return newest?.price?.priceId !== item.price.priceId || newest.quantity !== item.quantity;
  });
  const ids = new Set(items.map((each) => each.id));
  const removed = lines.some(
    ({ itemId, subscriptionId, period }) =>
      subscriptionId === id &&
      itemId !== null &&
      !ids.has(itemId) &&
      items.some((item) => period.start < item.period.end && period.end > item.period.start),
  );
  return changed || removed;
}
