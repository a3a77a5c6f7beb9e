import type Stripe from "stripe";
import { idOf } from "../ids";
import { invalidParameter } from "../wire/errors";
import { hash, integer, list, metadata, needed, oneOf, word } from "../wire/params";
import type { Work } from "../work";
import { putInvoiceItem } from "./invoice-item-rows";
import { productName } from "./invoice-lines";
import { getPrice } from "./prices";
import { type Subscription, timeOf } from "./subscription-rows";

export type AddedItem = { price: string; quantity?: number };

export const addedItemsParam = list(
  hash({
    metadata,
    period: hash({
      end: needed(hash({ type: needed(oneOf("min_item_period_end", "phase_end")) })),
      start: needed(hash({ type: needed(oneOf("max_item_period_start", "phase_start")) })),
    }),
    price: needed(word),
    quantity: integer,
  }),
);

/** What is billed once, with the next invoice of a subscription (contract, `add_invoice_items`). */
export function addInvoiceItems(work: Work, subscription: Subscription, asked: AddedItem[]): void {
  const now = timeOf(work, subscription);
  for (const [index, { price: id, quantity = 1 }] of asked.entries()) {
    const price = oneTimePrice(work, id, `add_invoice_items[${index}][price]`);
    putInvoiceItem(work, idOf(subscription.customer) ?? "", {
      item: null,
      subscription: subscription.id,
      price,
      quantity,
      amount: (price.unit_amount ?? 0) * quantity,
      period: { start: now, end: now },
      description: productName(work, price),
      proration: false,
    });
  }
}

function oneTimePrice(work: Work, id: string, param: string): Stripe.Price {
  const price = getPrice(work, id, param);
  if (price.type === "one_time") return price;
  throw invalidParameter(
    "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
    param,
  );
}
