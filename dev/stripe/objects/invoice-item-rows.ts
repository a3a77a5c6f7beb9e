import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";
import { clockOf, nowOf } from "./clock";
import { emit } from "./events";
import { type CreditedLines, creditedLines, type LineDraft } from "./invoice-lines";

export type InvoiceItem = Stripe.InvoiceItem;

export function getInvoiceItem(work: Work, id: string): InvoiceItem {
  const item = work.store.get("invoiceitem", id);
  if (!item) throw missing("Invoice Item", id);
  return item;
}

/** Puts a line on record before there is an invoice; the next one of its subscription takes it, or of its customer. */
export function putInvoiceItem(
  work: Work,
  customer: string,
  line: LineDraft,
  more: Partial<InvoiceItem> = {},
): InvoiceItem {
  const item = work.store.put("invoiceitem", {
    id: newId("ii"),
    object: "invoiceitem",
    amount: line.amount,
    currency: line.price.currency,
    customer,
    customer_account: null,
    date: nowOf(work, customer),
    description: line.description,
    discountable: !line.proration,
    discounts: [],
    frozen_fields: line.proration ? ["pricing", "quantity", "discounts"] : [],
    invoice: null,
    invoicing_rules: [],
    livemode: false,
    metadata: {},
    ...(line.proration ? { net_amount: line.amount } : {}),
    parent: parentOf(line),
    period: line.period,
    pricing: pricingOf(line),
    proration: line.proration,
    ...(line.proration ? { proration_details: prorationDetails(line, creditedLines(work, line)) } : {}),
    quantity: line.quantity,
    quantity_decimal: String(line.quantity) as unknown as InvoiceItem["quantity_decimal"],
    tax_rates: [],
    test_clock: clockOf(work, customer),
    ...more,
  });
  emit(work, "invoiceitem.created", item);
  return item;
}

function parentOf({ subscription, item }: LineDraft): InvoiceItem["parent"] {
  if (!subscription) return null;
  return {
    subscription_details: { subscription, ...(item ? { subscription_item: item } : {}) },
    type: "subscription_details",
  };
}

/** A share of a price has no unit amount (recorded: 01_proration_half_cent). */
export function pricingOf({ price, proration }: LineDraft): NonNullable<InvoiceItem["pricing"]> {
  return {
    price_details: { price: price.id, product: idOf(price.product) ?? "" },
    type: "price_details",
    unit_amount_decimal: proration ? null : price.unit_amount_decimal,
  };
}

function prorationDetails(
  { discounts = [] }: LineDraft,
  credited: CreditedLines | null,
): InvoiceItem["proration_details"] {
  if (!credited) return { credited_items: null, discount_amounts: discounts };
  return {
    credited_items: { invoice_line_item_details: credited, type: "invoice_line_items" },
    discount_amounts: discounts,
  };
}

/** The line an invoice will have for it. */
export function lineOfItem(work: Work, row: InvoiceItem): LineDraft {
  const price = work.store.get("price", idOf(row.pricing?.price_details?.price) ?? "");
  if (!price) throw new Error(`${row.id} has no price`);
  return {
    item: row.parent?.subscription_details?.subscription_item ?? null,
    subscription: row.parent?.subscription_details?.subscription ?? null,
    price,
    quantity: row.quantity,
    amount: row.amount,
    period: row.period,
    description: row.description ?? "",
    proration: row.proration,
    invoiceItem: row.id,
  };
}
