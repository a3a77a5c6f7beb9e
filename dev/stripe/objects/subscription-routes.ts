import { ApiError, invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  either,
  flag,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  unsettable,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { ownCard } from "./own-card";
import { cancelNow, ending, endingAt } from "./subscription-cancel";
import {
  assertAnchor,
  assertTogether,
  beginSubscription,
  collectFirst,
  priceToSubscribe,
  type WantedItem,
} from "./subscription-create";
import { changeSubscription, getSubscription, hasEnded, type Subscription } from "./subscription-rows";
import { updateSubscription } from "./subscription-update";

const behavior = oneOf(
  "allow_incomplete",
  "default_incomplete",
  "error_if_incomplete",
  "pending_if_incomplete",
);
const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const cancelAt = unsettable(either(integer, oneOf("max_period_end", "min_period_end")));
const cancellationDetails = hash({
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
  cancel_at_period_end: flag,
  collection_method: oneOf("charge_automatically"),
  default_payment_method: word,
  description: text,
  metadata,
  off_session: flag,
  payment_behavior: behavior,
  payment_settings: hash({
    payment_method_types: list(oneOf("card")),
    save_default_payment_method: oneOf("off", "on_subscription"),
  }),
  proration_behavior: prorationBehavior,
};
const createShape = {
  ...shared,
  billing_cycle_anchor: integer,
  billing_mode: hash({ type: needed(oneOf("flexible")) }),
  currency: word,
  customer: needed(word),
  items: needed(list(hash({ metadata, price: needed(word), quantity: integer }))),
};
const updateShape = {
  ...shared,
  billing_cycle_anchor: hash({ type: needed(oneOf("now", "unchanged")) }),
  cancel_at: cancelAt,
  cancellation_details: cancellationDetails,
  items: list(hash({ deleted: flag, id: word, metadata, price: word, quantity: integer })),
};
type UpdateValues = Values<typeof updateShape>;

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
      more: plainChanges(work, customer, { metadata: {} }, params),
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
        .list("subscription")
        .filter((row) => within(row.created, params.created))
        .filter((row) => !params.collection_method || row.collection_method === params.collection_method)
        .filter((row) => !params.customer || row.customer === params.customer)
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

type ItemValues = { metadata?: Record<string, string> | null; price: string; quantity?: number };

export function readItems(work: Work, items: ItemValues[], name = "items"): WantedItem[] {
  if (items.length === 0)
    throw invalidParameter(`Missing required param: ${name}.`, name, "parameter_missing");
  const wanted = items.map((item, index) => ({
    price: priceToSubscribe(work, item.price, `${name}[${index}][price]`),
    quantity: item.quantity ?? 1,
    metadata: item.metadata ?? {},
  }));
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
  "default_payment_method" | "description" | "metadata" | "payment_settings"
>;

/** What changes by being said, without any money. */
function plainChanges(
  work: Work,
  customer: string,
  current: Pick<Subscription, "metadata">,
  params: PlainValues,
): Partial<Subscription> {
  const { default_payment_method: card, description, payment_settings: settings } = params;
  return {
    ...(card === undefined ? {} : { default_payment_method: ownCard(work, customer, card) }),
    ...(description === undefined ? {} : { description }),
    metadata: mergeMetadata(current.metadata, params.metadata),
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

function update(work: Work, params: UpdateValues, id: string): Subscription {
  const before = getSubscription(work, id);
  assertChangeable(before, params);
  assertUnmanaged(before, params);
  const pending = params.payment_behavior === "pending_if_incomplete";
  if (pending) assertPendable(params);
  const patch = {
    ...plainChanges(work, String(before.customer), before, params),
    ...endChanges(work, before, params),
    ...detailChanges(before, params),
  };
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
  "payment_behavior",
  "off_session",
  "collection_method",
];

function assertPendable(params: UpdateValues): void {
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
