import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import type { Work } from "../work";
import { creditedLine } from "./credited-lines";
import { shown } from "./money";
import { cutsOf } from "./proration-discounts";
import { type Period, shareOf, wholeStart } from "./subscription-periods";
import { billingIntervalOf, type Item, isMetered } from "./subscription-rows";

/** A line of an invoice before there is an invoice. */
export type LineDraft = {
  /** The subscription's item it is for; null: for none. */
  item: string | null;
  subscription: string | null;
  price: Stripe.Price;
  quantity: number;
  amount: number;
  period: Period;
  description: string;
  proration: boolean;
  isTrial?: boolean;
  /** Of a proration: what was taken off already. */
  discounts?: { amount: number; discount: string }[];
  /** The invoice item it was waiting as. */
  invoiceItem?: string;
};
export type CreditedLines = { invoice: string; invoice_line_items: string[] };

/** What a period of an item costs: the whole price, or its share of a period that was cut short. */
export function periodLine(work: Work, item: Item, anchor: number): LineDraft {
  const period = { start: item.current_period_start, end: item.current_period_end };
  const { price, quantity = isMetered(item.price) ? 0 : 1 } = item;
  const share = shareOf(anchor, billingIntervalOf(price), period);
  const { interval, interval_count } = billingIntervalOf(price);
  const each = interval_count === 1 ? interval : `${interval_count} ${interval}s`;
  const cost = shown(price.unit_amount ?? 0, price.currency).replace(/ [a-z]+$/, "");
  return {
    item: item.id,
    subscription: item.subscription,
    price,
    quantity,
    amount: Math.round((price.unit_amount ?? 0) * quantity * share),
    period,
    description: `${quantity} × ${productName(work, price)} (at ${cost} / ${each})`,
    proration: false,
  };
}

/** A trial's line costs nothing. */
export function trialLine(work: Work, item: Item): LineDraft {
  const { price, quantity = 1 } = item;
  return {
    item: item.id,
    subscription: item.subscription,
    price,
    quantity,
    amount: 0,
    period: { start: item.current_period_start, end: item.current_period_end },
    description: `Free trial for ${quantity} × ${productName(work, price)}`,
    proration: false,
    isTrial: true,
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
  const { price, quantity = isMetered(item.price) ? 0 : 1, current_period_end: end } = item;
  const start = wholeStart(anchor, billingIntervalOf(price), end);
  const share = (end - now) / (end - start);
  const day = new Date(now * 1000).toISOString().slice(0, 10);
  const what = sign < 0 ? "Unused time on" : "Remaining time on";
  const name = `${quantity === 1 ? "" : `${quantity} × `}${productName(work, price)}`;
  const whole = sign * (price.unit_amount ?? 0) * quantity * share;
  const cuts = cutsOf(work, item, { now, sign });
  const left = cuts.reduce((part, cut) => part - cut.share, 1);
  return {
    item: item.id,
    subscription: item.subscription,
    price,
    quantity,
    amount: Math.ceil(whole * left - 0.5) + 0,
    discounts: cuts.map(({ discount, share: part }) => ({ amount: Math.round(whole * part), discount })),
    period: { start: now, end },
    description: `${what} ${name} after ${day}`,
    proration: true,
  };
}

export function invoiceLine(work: Work, draft: LineDraft, invoice: string): Stripe.InvoiceLineItem {
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
    parent: parentOf(work, draft),
    period: draft.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: draft.price.id, product: idOf(draft.price.product) ?? "" },
      type: "price_details",
      unit_amount_decimal: unitOf(draft),
    },
    quantity: draft.quantity,
    quantity_decimal: String(draft.quantity) as unknown as Stripe.InvoiceLineItem["quantity_decimal"],
    subscription: draft.subscription,
    subtotal: draft.amount,
    taxes: [],
  };
}

/** A share of a price has no unit amount, and a trial's is nothing (recorded: pay-rails/pay, trials). */
function unitOf({ isTrial, price, proration }: LineDraft): Stripe.Price["unit_amount_decimal"] {
  if (proration) return null;
  return isTrial ? ("0" as unknown as typeof price.unit_amount_decimal) : price.unit_amount_decimal;
}

function parentOf(work: Work, draft: LineDraft): Stripe.InvoiceLineItem["parent"] {
  const { item, invoiceItem = null, proration, subscription } = draft;
  const proration_details = { credited_items: proration ? creditedLines(work, draft) : null };
  if (item && subscription)
    return {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: invoiceItem,
        proration,
        proration_details,
        subscription,
        subscription_item: item,
      },
      type: "subscription_item_details",
    };
  return {
    invoice_item_details: { invoice_item: invoiceItem ?? "", proration, proration_details, subscription },
    subscription_item_details: null,
    type: "invoice_item_details",
  };
}

/** The line that asked for what a line gives back. */
export function creditedLines(work: Work, { amount, item, period, price }: LineDraft): CreditedLines | null {
  const asked =
    amount < 0 && item ? creditedLine(work, { item, price: price.id, instant: period.start }) : null;
  return asked && { invoice: asked.invoice, invoice_line_items: [asked.line.id] };
}

export function productName(work: Work, price: Stripe.Price): string {
  return work.store.get("product", idOf(price.product) ?? "")?.name ?? price.nickname ?? price.id;
}
