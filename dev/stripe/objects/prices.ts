import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
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
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit, emitChange } from "./events";
import { createProduct, getProduct, productShape } from "./products";
import { refreshPrice } from "./subscription-rows";

type Interval = Stripe.Price.Recurring["interval"];
type TaxBehavior = NonNullable<Stripe.Price["tax_behavior"]>;

const interval = oneOf("day", "month", "week", "year");
const shared = {
  active: flag,
  lookup_key: text,
  metadata,
  nickname: text,
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  transfer_lookup_key: flag,
};
const createShape = {
  ...shared,
  billing_scheme: oneOf("per_unit"),
  currency: needed(word),
  product: word,
  product_data: hash(productShape),
  recurring: hash({
    interval: needed(interval),
    interval_count: integer,
    meter: word,
    usage_type: oneOf("licensed", "metered"),
  }),
  unit_amount: needed(integer),
};
const listShape = {
  ...pageShape,
  active: flag,
  created,
  currency: word,
  lookup_keys: list(word),
  product: word,
  recurring: hash({ interval, usage_type: oneOf("licensed", "metered") }),
  type: oneOf("one_time", "recurring"),
};

export const priceRoutes: Route[] = [
  route("POST", "/v1/prices", createShape, createPrice),
  route("GET", "/v1/prices", listShape, (work, params) => {
    const wanted = params.recurring;
    // "You can specify up to 10 lookup_keys" (https://docs.stripe.com/api/prices/list); the words are ours.
    if ((params.lookup_keys?.length ?? 0) > 10)
      throw invalidParameter("You can specify up to 10 lookup_keys.", "lookup_keys");
    const rows = work.store
      .list("price")
      .filter((price) => params.active === undefined || price.active === params.active)
      .filter((price) => !params.currency || price.currency === params.currency)
      .filter((price) => !params.lookup_keys || params.lookup_keys.includes(price.lookup_key ?? ""))
      .filter((price) => !params.product || price.product === params.product)
      .filter((price) => !params.type || price.type === params.type)
      .filter((price) => !wanted?.interval || price.recurring?.interval === wanted.interval)
      .filter((price) => !wanted?.usage_type || price.recurring?.usage_type === wanted.usage_type)
      .filter((price) => within(price.created, params.created));
    return pageOf(rows, params, "/v1/prices", "price");
  }),
  route("GET", "/v1/prices/:id", {}, (work, _params, id) => getPrice(work, id)),
  route("POST", "/v1/prices/:id", shared, (work, params, id) => {
    const before = getPrice(work, id);
    const { metadata: change, transfer_lookup_key, tax_behavior, ...given } = params;
    freeLookupKey(work, given.lookup_key, transfer_lookup_key, id);
    return changePrice(work, id, {
      ...given,
      ...(tax_behavior ? { tax_behavior: tax_behavior as TaxBehavior } : {}),
      metadata: mergeMetadata(before.metadata, change),
    });
  }),
];

export function getPrice(work: Work, id: string, param = "id"): Stripe.Price {
  const price = work.store.get("price", id);
  if (!price) throw missing("price", id, param);
  return price;
}

function createPrice(work: Work, params: Values<typeof createShape>): Stripe.Price {
  if (!/^[a-z]{3}$/.test(params.currency))
    throw invalidParameter(`Invalid currency: ${params.currency}.`, "currency");
  if (params.unit_amount < 0)
    throw invalidParameter(
      "This value must be greater than or equal to 0.",
      "unit_amount",
      "parameter_invalid_integer",
    );
  const recurring = recurringOf(params.recurring);
  freeLookupKey(work, params.lookup_key, params.transfer_lookup_key);
  const product = productOf(work, params);
  const row = {
    id: newId("price"),
    object: "price",
    active: params.active ?? true,
    billing_scheme: "per_unit",
    created: work.now,
    currency: params.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: params.lookup_key ?? null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname ?? null,
    product,
    recurring,
    tax_behavior: params.tax_behavior ?? "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? "recurring" : "one_time",
    unit_amount: params.unit_amount,
    unit_amount_decimal: String(params.unit_amount),
  } as unknown as Stripe.Price;
  const price = work.store.put("price", row);
  emit(work, "price.created", price);
  return price;
}

/** Three years, in each unit. */
const MAX_COUNT: Record<Interval, number> = { day: 1095, week: 156, month: 36, year: 3 };

function recurringOf(given: Values<typeof createShape>["recurring"]): Stripe.Price.Recurring | null {
  if (!given) return null;
  const { interval_count = 1 } = given;
  if (interval_count < 1 || interval_count > MAX_COUNT[given.interval])
    throw invalidParameter(
      `The recurring interval must be between 1 and ${MAX_COUNT[given.interval]} ${given.interval}s.`,
      "recurring[interval_count]",
    );
  if ((given.usage_type === "metered") !== (given.meter !== undefined))
    throw invalidParameter(
      "A metered price needs a meter, and only a metered price has one.",
      "recurring[meter]",
    );
  return {
    interval: given.interval,
    interval_count,
    meter: given.meter ?? null,
    trial_period_days: null,
    usage_type: given.usage_type ?? "licensed",
  };
}

function productOf(work: Work, params: Values<typeof createShape>): string {
  if (params.product && params.product_data)
    throw invalidParameter(
      "You may only specify one of these parameters: product, product_data.",
      undefined,
      "parameters_exclusive",
    );
  if (params.product_data) return createProduct(work, params.product_data).id;
  if (params.product) return getProduct(work, params.product, "product").id;
  throw invalidParameter("Missing required param: product.", "product", "parameter_missing");
}

/** A lookup key names one price: another one gives it up, or this is refused. */
function freeLookupKey(
  work: Work,
  key: string | null | undefined,
  transfer: boolean | undefined,
  own?: string,
): void {
  if (!key) return;
  const holder = work.store.list("price").find((price) => price.lookup_key === key && price.id !== own);
  if (!holder) return;
  if (!transfer)
    throw refused(`A price (\`${holder.id}\`) already uses that lookup key.`, { param: "lookup_key" });
  changePrice(work, holder.id, { lookup_key: null });
}

function changePrice(work: Work, id: string, patch: Partial<Stripe.Price>): Stripe.Price {
  const before = getPrice(work, id);
  const after = work.store.update("price", id, patch);
  emitChange(work, "price.updated", before, after);
  refreshPrice(work, after);
  return after;
}
