import type Stripe from "stripe";
import { idOf } from "../ids";
import type { Work } from "../work";
import { AUTOMATIC_RATE } from "./automatic-tax";
import { type Reduction, reductionsAt } from "./discounts";
import type { Terms } from "./invoice-reckoning";
import type { Subscription } from "./subscription-rows";

export type TermsOfInvoice = Terms & { default_tax_rates: Stripe.TaxRate[] };

/**
 * What an invoice of a subscription is reckoned with at an instant: its own discounts, or else its customer's; the rates of
 * an item, or else the subscription's. A customer who is exempt pays no tax.
 */
export function termsOf(
  work: Work,
  subscription: Subscription,
  instant: number,
  reductions?: Reduction[],
): TermsOfInvoice {
  const customer = work.store.get("customer", idOf(subscription.customer) ?? "");
  const own = subscription.discounts.map((each) => idOf(each) ?? "");
  const ofCustomer = customer?.discount ? [customer.discount.id] : [];
  const isAutomatic = subscription.automatic_tax.enabled;
  const default_tax_rates = isAutomatic ? [] : (subscription.default_tax_rates ?? []);
  const rates = isAutomatic ? [AUTOMATIC_RATE] : default_tax_rates;
  return {
    default_tax_rates,
    reductions: reductions ?? reductionsAt(work, own.length > 0 ? own : ofCustomer, instant),
    ratesOf: ratesFor(customer, isAutomatic ? [] : subscription.items.data, rates),
  };
}

/** Of an invoice of nothing but invoice items. */
export function termsOfCustomer(work: Work, id: string, instant: number): TermsOfInvoice {
  const discount = work.store.get("customer", id)?.discount;
  const reductions = reductionsAt(work, discount ? [discount.id] : [], instant);
  return { default_tax_rates: [], reductions, ratesOf: () => [] };
}

/** As a draft was reckoned before, for lines that came or went. */
export function termsOfDraft(work: Work, draft: Stripe.Invoice): Terms {
  const customer = work.store.get("customer", idOf(draft.customer) ?? "");
  const id = idOf(draft.parent?.subscription_details?.subscription);
  const items = work.store.get("subscription", id ?? "")?.items.data ?? [];
  const isAutomatic = draft.automatic_tax.enabled;
  return {
    reductions: reductionsAt(
      work,
      draft.discounts.map((each) => idOf(each) ?? ""),
      draft.created,
    ),
    ratesOf: ratesFor(
      customer,
      isAutomatic ? [] : items,
      isAutomatic ? [AUTOMATIC_RATE] : draft.default_tax_rates,
    ),
  };
}

function ratesFor(
  customer: Stripe.Customer | undefined,
  items: Stripe.SubscriptionItem[],
  rates: Stripe.TaxRate[],
): Terms["ratesOf"] {
  if (customer && customer.tax_exempt !== "none") return () => [];
  return ({ parent }) => {
    const id = parent?.subscription_item_details?.subscription_item;
    const own = items.find((item) => item.id === id)?.tax_rates ?? [];
    return own.length > 0 ? own : rates;
  };
}
