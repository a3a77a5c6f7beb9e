import { idOf } from "../ids";
import type { Work } from "../work";
import { type InvoiceItem, lineOfItem, putInvoiceItem } from "./invoice-item-rows";
import type { LineDraft } from "./invoice-lines";
import type { Subscription } from "./subscription-rows";

/**
 * What a subscription's next invoice will bill besides its period, the oldest first: its own pending invoice items, and
 * those of its customer that belong to no subscription (documentation, "Invoice items").
 */
export function pendingLines(work: Work, subscription: Subscription): LineDraft[] {
  const customer = idOf(subscription.customer) ?? "";
  return pendingItems(work, customer, subscription.currency)
    .filter((item) => [undefined, subscription.id].includes(subscriptionOf(item)))
    .map((item) => lineOfItem(work, item));
}

/** A customer's invoice items that no invoice has taken, the oldest first. */
export function pendingItems(work: Work, customer: string, currency: string): InvoiceItem[] {
  return work.store
    .listOf("invoiceitem", "customer", customer)
    .filter((item) => item.invoice === null && item.currency === currency)
    .reverse();
}

export function addPendingLines(work: Work, subscription: Subscription, lines: LineDraft[]): void {
  const customer = idOf(subscription.customer) ?? "";
  for (const line of lines) putInvoiceItem(work, customer, line);
}

export function subscriptionOf({ parent }: InvoiceItem): string | undefined {
  return parent?.subscription_details?.subscription;
}
