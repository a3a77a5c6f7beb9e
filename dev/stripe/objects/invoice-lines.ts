import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import type { Work } from "../work";
import { shown } from "./money";
import { type Period, shareOf, wholeStart } from "./subscription-periods";
import { type Item, rhythmOf } from "./subscription-rows";

/** A line of an invoice before there is an invoice. */
export type LineDraft = {
  item: string;
  price: Stripe.Price;
  quantity: number;
  amount: number;
  period: Period;
  description: string;
  proration: boolean;
};

/** What a period of an item costs: the whole price, or its share of a period that was cut short. */
export function periodLine(work: Work, item: Item, anchor: number): LineDraft {
  const period = { start: item.current_period_start, end: item.current_period_end };
  const { price, quantity = 1 } = item;
  const share = shareOf(anchor, rhythmOf(price), period);
  const { interval, interval_count } = rhythmOf(price);
  const each = interval_count === 1 ? interval : `${interval_count} ${interval}s`;
  const cost = shown(price.unit_amount ?? 0, price.currency).replace(/ [a-z]+$/, "");
  return {
    item: item.id,
    price,
    quantity,
    amount: Math.round((price.unit_amount ?? 0) * quantity * share),
    period,
    description: `${quantity} × ${productName(work, price)} (at ${cost} / ${each})`,
    proration: false,
  };
}

/**
 * What the rest of a period is worth, counted in seconds of the interval the period is a part of; negative when it is
 * given back. A half cent falls to the lower amount on both sides (recorded: 01_proration_half_cent).
 */
export function prorationLine(
  work: Work,
  item: Item,
  anchor: number,
  { now, sign }: { now: number; sign: 1 | -1 },
): LineDraft {
  const { price, quantity = 1, current_period_end: end } = item;
  const start = wholeStart(anchor, rhythmOf(price), end);
  const share = (end - now) / (end - start);
  const day = new Date(now * 1000).toISOString().slice(0, 10);
  const what = sign < 0 ? "Unused time on" : "Remaining time on";
  const name = `${quantity === 1 ? "" : `${quantity} × `}${productName(work, price)}`;
  return {
    item: item.id,
    price,
    quantity,
    amount: Math.ceil(sign * (price.unit_amount ?? 0) * quantity * share - 0.5) + 0,
    period: { start: now, end },
    description: `${what} ${name} after ${day}`,
    proration: true,
  };
}

export function invoiceLine(draft: LineDraft, invoice: string, subscription: string): Stripe.InvoiceLineItem {
  return {
    id: newId("il"),
    object: "line_item",
    amount: draft.amount,
    currency: draft.price.currency,
    description: draft.description,
    discount_amounts: [],
    discountable: !draft.proration,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: draft.proration,
        proration_details: draft.proration ? { credited_items: null } : null,
        subscription,
        subscription_item: draft.item,
      },
      type: "subscription_item_details",
    },
    period: draft.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: draft.price.id, product: idOf(draft.price.product) ?? "" },
      type: "price_details",
      unit_amount_decimal: draft.price.unit_amount_decimal,
    },
    quantity: draft.quantity,
    quantity_decimal: String(draft.quantity) as unknown as Stripe.InvoiceLineItem["quantity_decimal"],
    subscription,
    subtotal: draft.amount,
    taxes: [],
  };
}

function productName(work: Work, price: Stripe.Price): string {
  return work.store.get("product", idOf(price.product) ?? "")?.name ?? price.nickname ?? price.id;
}
