import type Stripe from "stripe";
import { idOf } from "../ids";
import { missing } from "../wire/errors";
import { pageOf } from "../wire/list";
import { flag, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { clockOf } from "./clock";
import type { LineDraft } from "./invoice-lines";
import type { Subscription } from "./subscription-rows";

/** What waits for the next invoice: the simulator makes it for prorations alone, and forgets it once it is billed. */
export const invoiceItemRoutes: Route[] = [
  route("GET", "/v1/invoiceitems", { ...pageShape, customer: word, pending: flag }, (work, params) => {
    const { customer, pending = true } = params;
    if (customer && !work.store.get("customer", customer)) throw missing("customer", customer, "customer");
    const owned = work.store
      .list("subscription")
      .filter((each) => !customer || idOf(each.customer) === customer);
    const rows = pending ? owned.flatMap((each) => itemsOf(work, each)) : [];
    return pageOf(rows, params, "/v1/invoiceitems", "invoice item");
  }),
];

function itemsOf(work: Work, subscription: Subscription): Stripe.InvoiceItem[] {
  const lines = work.store.get("pending_lines", subscription.id)?.lines ?? [];
  return lines.map((line, index) => invoiceItem(work, subscription, line, index)).reverse();
}

function invoiceItem(
  work: Work,
  subscription: Subscription,
  line: LineDraft,
  index: number,
): Stripe.InvoiceItem {
  const customer = idOf(subscription.customer) ?? "";
  const { price } = line;
  return {
    id: `ii_${subscription.id.replace("sub_", "")}${index}`,
    object: "invoiceitem",
    amount: line.amount,
    currency: price.currency,
    customer,
    customer_account: null,
    date: line.period.start,
    description: line.description,
    discountable: !line.proration,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: line.amount,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: line.item },
      type: "subscription_details",
    },
    period: line.period,
    pricing: {
      price_details: { price: price.id, product: idOf(price.product) ?? "" },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
    proration: line.proration,
    quantity: line.quantity,
    quantity_decimal: String(line.quantity) as unknown as Stripe.InvoiceItem["quantity_decimal"],
    tax_rates: [],
    test_clock: clockOf(work, customer),
  };
}
