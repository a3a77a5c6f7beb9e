import type Stripe from "stripe";
import type { Work } from "../work";

/** The line that asked for what is given back from an instant on: the latest of that item and price for that time. */
export function creditedLine(
  work: Pick<Work, "store">,
  { item, price, instant }: { item: string; price: string; instant: number },
): { invoice: string; line: Stripe.InvoiceLineItem } | null {
  for (const { id: invoice, lines } of work.store.list("invoice_lines")) {
    const line = lines.find(
      ({ amount, parent, period, pricing }) =>
        amount >= 0 &&
        parent?.subscription_item_details?.subscription_item === item &&
        pricing?.price_details?.price === price &&
        period.start <= instant &&
        instant < period.end,
    );
    if (line) return { invoice, line };
  }
  return null;
}
