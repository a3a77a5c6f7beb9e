import type Stripe from "stripe";
import { ApiError } from "../wire/errors";
import { flag, hash, needed, oneOf } from "../wire/params";
import type { Work } from "../work";

type Subscription = Stripe.Subscription;

export const automaticTaxParam = hash({
  enabled: needed(flag),
  liability: hash({ type: needed(oneOf("self")) }),
});

/**
 * Tax that Stripe works out itself. It has to know where the customer is: without a country it is refused (documentation,
 * "Customer location" of Stripe Tax).
 */
export function automaticTax(work: Work, customer: string, enabled: boolean): Subscription["automatic_tax"] {
  if (enabled && !work.store.get("customer", customer)?.address?.country)
    throw new ApiError(400, {
      type: "invalid_request_error",
      code: "customer_tax_location_invalid",
      message: "The customer's location isn't recognized. Set a valid customer address.",
      param: "automatic_tax[enabled]",
    });
  return { disabled_reason: null, enabled, liability: enabled ? { type: "self" } : null };
}

/** Every customer pays the same here: ten per cent on top. */
export const AUTOMATIC_RATE: Stripe.TaxRate = {
  id: "txr_automatic",
  object: "tax_rate",
  active: true,
  country: null,
  created: 0,
  description: null,
  display_name: "Sales Tax",
  effective_percentage: null,
  flat_amount: null,
  inclusive: false,
  jurisdiction: null,
  jurisdiction_level: null,
  livemode: false,
  metadata: {},
  percentage: 10,
  rate_type: "percentage",
  state: null,
  tax_type: "sales_tax",
};

/** How an invoice says whether its tax was worked out. */
export function automaticTaxOf({ automatic_tax }: Subscription): Stripe.Invoice["automatic_tax"] {
  const { enabled } = automatic_tax;
  return {
    disabled_reason: null,
    enabled,
    liability: enabled ? { type: "self" } : null,
    provider: enabled ? "stripe" : null,
    status: enabled ? "complete" : null,
  };
}
