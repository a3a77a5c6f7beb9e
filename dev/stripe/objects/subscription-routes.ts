import { ApiError, invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, flag, hash, mergeMetadata, needed, oneOf, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { addInvoiceItems } from "./added-items";
import { automaticTax } from "./automatic-tax";
import { nowOf } from "./clock";
import { getCustomer } from "./customers";
import { ownCard } from "./own-card";
import { pausedAs } from "./paused-collection";
import { cancelNow, ending, endingAt } from "./subscription-cancel";
import {
  assertAnchor,
  assertQuantity,
  assertTogether,
  beginSubscription,
  collectFirst,
  priceToSubscribe,
  type WantedItem,
} from "./subscription-create";
import { discountChanges } from "./subscription-discounts";
import { resumeSubscription } from "./subscription-resume";
import { changeSubscription, getSubscription, hasEnded, type Subscription } from "./subscription-rows";
import {
  cancellationDetails,
  createShape,
  prorationBehavior,
  type UpdateValues,
  updateShape,
} from "./subscription-shapes";
import { changeTrial, trialEnd } from "./subscription-trials";
import { updateSubscription } from "./subscription-update";
import { taxRatesBy } from "./tax-rates";

const STATUSES = [
  "active",
  "all",
  "canceled",
  "ended",
  "incomplete",
  "incomplete_expired",
  "past_due",
  "paused",
  "trialing",
  "unpaid",
] as const;

export const subscriptionRoutes: Route[] = [
  route("POST", "/v1/subscriptions", createShape, (work, params) => {
    if (params.payment_behavior === "pending_if_incomplete")
      throw invalidParameter(
        "`payment_behavior=pending_if_incomplete` can only be used when updating a subscription.",
        "payment_behavior",
      );
    const customer = customerToBill(work, params.customer);
    const wanted = readItems(work, params.items);
    assertAnchor(work, customer, params.billing_cycle_anchor, wanted);
    const begun = beginSubscription(work, {
      customer,
      wanted,
      anchor: params.billing_cycle_anchor,
      prorate: params.proration_behavior !== "none",
      trialEnd: trialEnd(params, nowOf(work, customer)),
      discounts: params.discounts,
      added: params.add_invoice_items,
      more: plainChanges(work, customer, { metadata: {}, ...AUTOMATIC }, params),
    });
    const behavior = params.payment_behavior ?? "allow_incomplete";
    const after = collectFirst(work, begun, behavior, params.off_session ?? false);
    if (!params.cancel_at_period_end) return after;
    return changeSubscription(work, after.id, ending(work, after, true));
  }),
  route(
    "GET",
    "/v1/subscriptions",
    {
      ...pageShape,
      created,
      collection_method: oneOf("charge_automatically", "send_invoice"),
      customer: word,
      price: word,
      status: oneOf(...STATUSES),
    },
    (work, params) => {
      const rows = work.store
        .listFor("subscription", params)
        .filter((row) => within(row.created, params.created))
        .filter((row) => !params.collection_method || row.collection_method === params.collection_method)
        .filter((row) => !params.price || row.items.data.some((item) => item.price.id === params.price))
        .filter((row) => hasStatus(row, params.status));
      return pageOf(rows, params, "/v1/subscriptions", "subscription");
    },
  ),
  route("GET", "/v1/subscriptions/:id", {}, (work, _params, id) => getSubscription(work, id)),
  route("POST", "/v1/subscriptions/:id", updateShape, update),
  route(
    "DELETE",
    "/v1/subscriptions/:id",
    { cancellation_details: cancellationDetails, invoice_now: flag, prorate: flag },
    (work, params, id) => {
      const subscription = getSubscription(work, id);
      if (hasEnded(subscription)) throw missing("subscription", id);
      const { cancellation_details, invoice_now: invoiceNow, prorate } = params;
      return cancelNow(work, id, "cancellation_requested", { ...cancellation_details, invoiceNow, prorate });
    },
  ),
  route(
    "POST",
    "/v1/subscriptions/:id/resume",
    {
      billing_cycle_anchor: hash({ type: needed(oneOf("now")) }),
      payment_behavior: oneOf("resume_on_payment_success"),
      proration_behavior: prorationBehavior,
    },
    (work, _params, id) => resumeSubscription(work, id, true),
  ),
  route("GET", "/v1/subscription_items", { ...pageShape, subscription: needed(word) }, (work, params) => {
    const rows = getSubscription(work, params.subscription, "subscription").items.data;
    return pageOf(rows, params, "/v1/subscription_items", "subscription item");
  }),
  route("GET", "/v1/subscription_items/:id", {}, (work, _params, id) => {
    for (const subscription of work.store.list("subscription")) {
      const item = subscription.items.data.find((candidate) => candidate.id === id);
      if (item) return item;
    }
    throw missing("subscription_item", id);
  }),
];

function customerToBill(work: Work, id: string): string {
  if (work.store.get("customer", id)) return getCustomer(work, id).id;
  const { body } = missing("customer", id, "customer");
  throw new ApiError(404, body);
}

type ItemValues = {
  metadata?: Record<string, string> | null;
  price: string;
  quantity?: number;
  tax_rates?: string[];
};

export function readItems(work: Work, items: ItemValues[], name = "items"): WantedItem[] {
  if (items.length === 0)
    throw invalidParameter(`Missing required param: ${name}.`, name, "parameter_missing");
  const wanted = items.map((item, index) => {
    const price = priceToSubscribe(work, item.price, `${name}[${index}][price]`);
    assertQuantity(price, item.quantity, `${name}[${index}]`);
    const taxRates = taxRatesBy(work, item.tax_rates ?? [], `${name}[${index}][tax_rates]`);
    return { price, quantity: item.quantity ?? 1, metadata: item.metadata ?? {}, taxRates };
  });
  assertTogether(wanted.map(({ price }) => price));
  return wanted;
}

function hasStatus(row: Subscription, wanted: (typeof STATUSES)[number] | undefined): boolean {
  if (wanted === "all") return true;
  if (wanted === "ended") return hasEnded(row);
  return wanted ? row.status === wanted : row.status !== "canceled" && row.status !== "incomplete_expired";
}

type PlainValues = Pick<
  UpdateValues,
  | "automatic_tax"
  | "collection_method"
  | "days_until_due"
  | "default_payment_method"
  | "default_tax_rates"
  | "description"
  | "metadata"
  | "payment_settings"
  | "trial_settings"
>;

type Collection = Pick<Subscription, "collection_method" | "days_until_due">;
const AUTOMATIC: Collection = { collection_method: "charge_automatically", days_until_due: null };

/** What changes by being said, without any money. */
function plainChanges(
  work: Work,
  customer: string,
  current: Pick<Subscription, "metadata"> & Collection,
  params: PlainValues,
): Partial<Subscription> {
  const { default_payment_method: card, description, payment_settings: settings } = params;
  return {
    ...(card === undefined ? {} : { default_payment_method: ownCard(work, customer, card) }),
    ...(description === undefined ? {} : { description }),
    metadata: mergeMetadata(current.metadata, params.metadata),
    ...(params.automatic_tax
      ? { automatic_tax: automaticTax(work, customer, params.automatic_tax.enabled) }
      : {}),
    ...(params.default_tax_rates
      ? { default_tax_rates: taxRatesBy(work, params.default_tax_rates, "default_tax_rates") }
      : {}),
    ...collectionChanges(current, params),
    ...(params.trial_settings
      ? {
          trial_settings: {
            end_behavior: { billing_cycle_anchor: null, ...params.trial_settings.end_behavior },
          },
        }
      : {}),
    ...(settings === undefined
      ? {}
      : {
          payment_settings: {
            payment_method_options: null,
            payment_method_types: settings.payment_method_types ?? null,
            save_default_payment_method: settings.save_default_payment_method ?? "off",
          },
        }),
  };
}

/** What is sent by mail needs to know how long it may stay unpaid. */
function collectionChanges(current: Collection, params: PlainValues): Partial<Collection> {
  const { collection_method = current.collection_method, days_until_due = current.days_until_due } = params;
  if (collection_method !== "send_invoice")
    return params.collection_method ? { collection_method, days_until_due: null } : {};
  if (days_until_due === null || days_until_due === undefined)
    throw invalidParameter(
      "You must pass `days_until_due` when `collection_method` is `send_invoice`.",
      "days_until_due",
    );
  return { collection_method, days_until_due };
}

function update(work: Work, params: UpdateValues, id: string): Subscription {
  const before = getSubscription(work, id);
  assertChangeable(before, params);
  assertUnmanaged(before, params);
  const pending = params.payment_behavior === "pending_if_incomplete";
  if (pending) assertPendable(before, params);
  const patch = {
    ...plainChanges(work, String(before.customer), before, params),
    ...endChanges(work, before, params),
    ...detailChanges(before, params),
    ...discountChanges(work, before, params.discounts),
    ...(params.pause_collection === undefined
      ? {}
      : { pause_collection: pausedAs(work, before, params.pause_collection) }),
  };
  addInvoiceItems(work, before, params.add_invoice_items ?? []);
  if (params.trial_end !== undefined) return changeTrial(work, id, params, patch);
  if (!changesPlan(params)) return changeSubscription(work, id, patch);
  return updateSubscription(work, id, params, pending ? {} : patch);
}

function changesPlan(params: UpdateValues): boolean {
  return params.items !== undefined || params.billing_cycle_anchor?.type === "now";
}

/** What an ended subscription still takes. */
const AFTER_THE_END = ["metadata", "cancellation_details"];

function assertChangeable(subscription: Subscription, params: UpdateValues): void {
  const asked = Object.keys(params).filter((name) => params[name as keyof UpdateValues] !== undefined);
  if (!hasEnded(subscription) || asked.every((name) => AFTER_THE_END.includes(name))) return;
  throw refused("A canceled subscription can only update its cancellation_details and metadata.", {
    code: "invalid_canceled_subscription_fields",
  });
}

function assertUnmanaged(subscription: Subscription, params: UpdateValues): void {
  const schedule = subscription.schedule;
  const ends = params.cancel_at_period_end !== undefined || params.cancel_at !== undefined;
  if (!schedule || !(ends || changesPlan(params))) return;
  const what = ends ? "any cancelation behavior" : "its items";
  throw refused(
    `The subscription is managed by the subscription schedule \`${schedule}\`, and updating ${what} directly is not ` +
      "allowed. Please update the schedule instead.",
    { param: ends ? "cancel_at_period_end" : "items" },
  );
}

const PENDABLE = [
  "items",
  "billing_cycle_anchor",
  "proration_behavior",
  "proration_date",
  "payment_behavior",
  "off_session",
  "collection_method",
];

/**
 * Nor is a subscription whose invoices are sent updated so: "Pending updates aren't supported when the subscription's
 * collection_method is send_invoice" (https://docs.stripe.com/billing/subscriptions/pending-updates); the words are ours.
 */
function assertPendable(before: Subscription, params: UpdateValues): void {
  if (before.collection_method === "send_invoice")
    throw refused(
      "`payment_behavior=pending_if_incomplete` is not supported when `collection_method` is `send_invoice`.",
      { param: "payment_behavior" },
    );
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || PENDABLE.includes(name)) continue;
    throw refused(
      `When \`payment_behavior\` is \`pending_if_incomplete\`, \`${name}\` cannot be updated in the same call.`,
      { param: name },
    );
  }
}

function endChanges(work: Work, before: Subscription, params: UpdateValues): Partial<Subscription> {
  const { cancel_at: at, cancel_at_period_end: flagged } = params;
  if (at !== undefined && flagged !== undefined)
    throw invalidParameter("You may only specify one of these parameters: cancel_at, cancel_at_period_end.");
  if (flagged !== undefined)
    return flagged === before.cancel_at_period_end ? {} : ending(work, before, flagged);
  if (at === undefined) return {};
  if (at === null) return ending(work, before, false);
  if (typeof at === "string") return ending(work, before, true);
  return endingAt(work, before, at);
}

function detailChanges(before: Subscription, params: UpdateValues): Partial<Subscription> {
  const given = params.cancellation_details;
  if (!given) return {};
  const known = before.cancellation_details;
  const { comment = known?.comment ?? null, feedback = known?.feedback ?? null } = given;
  const { feedback_option = null, reason = null } = known ?? {};
  return { cancellation_details: { comment, feedback, feedback_option, reason } };
}
