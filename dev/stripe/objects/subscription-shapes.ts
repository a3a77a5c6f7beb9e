import {
  either,
  flag,
  hash,
  integer,
  list,
  metadata,
  needed,
  oneOf,
  text,
  unsettable,
  type Values,
  word,
} from "../wire/params";
import { addedItemsParam } from "./added-items";
import { automaticTaxParam } from "./automatic-tax";
import { discountsParam } from "./discounts";

const behavior = oneOf(
  "allow_incomplete",
  "default_incomplete",
  "error_if_incomplete",
  "pending_if_incomplete",
);
export const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const cancelAt = unsettable(either(integer, oneOf("max_period_end", "min_period_end")));
export const cancellationDetails = hash({
  comment: text,
  feedback: oneOf(
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
  ),
});
const shared = {
  add_invoice_items: addedItemsParam,
  automatic_tax: automaticTaxParam,
  cancel_at_period_end: flag,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  days_until_due: integer,
  default_payment_method: word,
  default_tax_rates: list(word),
  description: text,
  discounts: discountsParam,
  metadata,
  off_session: flag,
  payment_behavior: behavior,
  payment_settings: hash({
    payment_method_types: list(oneOf("card")),
    save_default_payment_method: oneOf("off", "on_subscription"),
  }),
  proration_behavior: prorationBehavior,
  trial_end: either<number, "now">(integer, oneOf("now")),
  trial_settings: hash({
    end_behavior: needed(
      hash({ missing_payment_method: needed(oneOf("cancel", "create_invoice", "pause")) }),
    ),
  }),
};
export const createShape = {
  ...shared,
  billing_cycle_anchor: integer,
  billing_mode: hash({ type: needed(oneOf("flexible")) }),
  currency: word,
  customer: needed(word),
  items: needed(list(hash({ metadata, price: needed(word), quantity: integer, tax_rates: list(word) }))),
  trial_period_days: integer,
};
export const updateShape = {
  ...shared,
  proration_date: integer,
  billing_cycle_anchor: hash({ type: needed(oneOf("now", "unchanged")) }),
  cancel_at: cancelAt,
  cancellation_details: cancellationDetails,
  items: list(
    hash({ deleted: flag, id: word, metadata, price: word, quantity: integer, tax_rates: list(word) }),
  ),
  pause_collection: unsettable(
    hash({ behavior: needed(oneOf("keep_as_draft", "mark_uncollectible", "void")), resumes_at: integer }),
  ),
};
export type UpdateValues = Values<typeof updateShape>;
