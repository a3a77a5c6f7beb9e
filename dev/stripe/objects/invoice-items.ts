import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  integer,
  mergeMetadata,
  metadata,
  needed,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { changeLines } from "./invoice-drafts";
import { getInvoiceItem, type InvoiceItem, lineOfItem, putInvoiceItem } from "./invoice-item-rows";
import { invoiceLine } from "./invoice-lines";
import { getInvoice, linesOf } from "./invoice-rows";
import { subscriptionOf } from "./pending-lines";
import { getPrice } from "./prices";
import { createProduct } from "./products";
import { getSubscription } from "./subscription-rows";

const createShape = {
  amount: integer,
  currency: word,
  customer: needed(word),
  description: text,
  invoice: word,
  metadata,
  period: hash({ end: needed(integer), start: needed(integer) }),
  pricing: hash({ price: word }),
  quantity: integer,
  subscription: word,
};

export const invoiceItemRoutes: Route[] = [
  route("POST", "/v1/invoiceitems", createShape, create),
  route(
    "GET",
    "/v1/invoiceitems",
    { ...pageShape, created, customer: word, invoice: word, pending: flag },
    (work, params) => {
      const { customer } = params;
      if (customer && !work.store.get("customer", customer)) throw missing("customer", customer, "customer");
      const rows = work.store
        .listFor("invoiceitem", params)
        .filter((item) => within(item.date, params.created))
        .filter((item) => !params.invoice || item.invoice === params.invoice)
        .filter((item) => params.pending === undefined || (item.invoice === null) === params.pending);
      return pageOf(rows, params, "/v1/invoiceitems", "Invoice Item");
    },
  ),
  route("GET", "/v1/invoiceitems/:id", {}, (work, _params, id) => getInvoiceItem(work, id)),
  route("POST", "/v1/invoiceitems/:id", { description: text, metadata }, (work, params, id) => {
    const before = editable(work, id);
    return work.store.update("invoiceitem", id, {
      description: params.description === undefined ? before.description : params.description,
      metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
    });
  }),
  route("DELETE", "/v1/invoiceitems/:id", {}, (work, _params, id) => {
    const item = editable(work, id);
    work.store.delete("invoiceitem", id);
    if (item.invoice) removeLine(work, String(item.invoice), id);
    emit(work, "invoiceitem.deleted", item);
    return { id, object: "invoiceitem", deleted: true };
  }),
];

/** What a final invoice has taken stays as it is. */
function editable(work: Work, id: string): InvoiceItem {
  const item = getInvoiceItem(work, id);
  const invoice = work.store.get("invoice", String(item.invoice));
  if (invoice && invoice.status !== "draft")
    throw refused("This invoice item is attached to an invoice that is no longer editable.", {
      code: "invoice_not_editable",
    });
  return item;
}

function create(work: Work, params: Values<typeof createShape>): InvoiceItem {
  const customer = getCustomer(work, params.customer, "customer").id;
  const price = priceOf(work, params);
  const subscription = params.subscription
    ? getSubscription(work, params.subscription, "subscription").id
    : null;
  const { quantity = 1, period } = params;
  const now = nowOf(work, customer);
  const item = putInvoiceItem(
    work,
    customer,
    {
      item: null,
      subscription,
      price,
      quantity,
      amount: params.amount ?? (price.unit_amount ?? 0) * quantity,
      period: period ?? { start: now, end: now },
      description: params.description ?? work.store.get("product", String(price.product))?.name ?? "",
      proration: false,
    },
    { metadata: mergeMetadata({}, params.metadata) },
  );
  return params.invoice ? addToDraft(work, params.invoice, item) : item;
}

/** An amount by itself gets a price and a product of its own (recorded: 13_invoices). */
function priceOf(work: Work, params: Values<typeof createShape>): Stripe.Price {
  if (params.pricing?.price) return getPrice(work, params.pricing.price, "pricing[price]");
  const { amount, currency } = params;
  if (amount === undefined || !currency)
    throw invalidParameter("You must pass either `amount` and `currency`, or `pricing[price]`.", "amount");
  const product = createProduct(work, { name: params.description ?? "Invoice item" });
  return work.store.put("price", {
    id: newId("price"),
    object: "price",
    active: false,
    billing_scheme: "per_unit",
    created: work.now,
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: product.id,
    recurring: null,
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: "one_time",
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  } as unknown as Stripe.Price);
}

function addToDraft(work: Work, id: string, item: InvoiceItem): InvoiceItem {
  const draft = getInvoice(work, id, "invoice");
  if (draft.status !== "draft")
    throw refused("This invoice is no longer editable.", { code: "invoice_not_editable", param: "invoice" });
  if (draft.currency !== item.currency || draft.customer !== item.customer)
    throw refused("The invoice item and its invoice must have the same customer and currency.", {
      param: "invoice",
    });
  const line = invoiceLine(work, lineOfItem(work, item), id);
  const own = subscriptionOf(item);
  changeLines(work, draft, [...linesOf(work, draft), { ...line, subscription: own ?? null }]);
  return work.store.update("invoiceitem", item.id, { invoice: id });
}

function removeLine(work: Work, id: string, item: string): void {
  const draft = getInvoice(work, id);
  const left = linesOf(work, draft).filter(({ parent }) => {
    const details = parent?.invoice_item_details ?? parent?.subscription_item_details;
    return details?.invoice_item !== item;
  });
  changeLines(work, draft, left);
}
