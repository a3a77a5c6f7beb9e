import type { Work } from "../work";
import { creditedLine } from "./credited-lines";
import type { Reduction } from "./discounts";
import { termsOf } from "./invoice-terms";
import type { Item } from "./subscription-rows";

/** Which share of an amount a discount takes off. */
export type Cut = { discount: string; share: number };

/**
 * What discounts take off a proration: its amount is after them (documentation, "Flexible billing mode"; the default
 * `proration_discounts` is `included`). What is given back was charged with the discounts of then; what is asked for has
 * those of now, as far as they are percentages.
 */
export function cutsOf(work: Work, item: Item, { now, sign }: { now: number; sign: 1 | -1 }): Cut[] {
  if (sign < 0) return cutsOfCharged(work, item, now);
  const subscription = work.store.get("subscription", item.subscription);
  return subscription ? cutsBy(termsOf(work, subscription, now).reductions) : [];
}

function cutsBy(reductions: Reduction[]): Cut[] {
  let left = 1;
  return reductions.flatMap(({ discount, percent_off }) => {
    if (percent_off === null) return [];
    const share = (left * percent_off) / 100;
    left -= share;
    return [{ discount, share }];
  });
}

function cutsOfCharged(work: Work, item: Item, now: number): Cut[] {
  const found = creditedLine(work, { item: item.id, price: item.price.id, instant: now });
  if (!found) return [];
  const { amount, discount_amounts, parent } = found.line;
  const waiting = work.store.get("invoiceitem", parent?.subscription_item_details?.invoice_item ?? "");
  const included = waiting?.proration_details?.discount_amounts ?? [];
  const gross = amount + included.reduce((sum, each) => sum + each.amount, 0);
  return [...(discount_amounts ?? []), ...included]
    .filter(() => gross > 0)
    .map((each) => ({ discount: String(each.discount), share: each.amount / gross }));
}
