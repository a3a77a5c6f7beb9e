import type Stripe from "stripe";
import { newId } from "../ids";
import { missing, refused } from "../wire/errors";
import { pageOf } from "../wire/list";
import {
  flag,
  hash,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  type Values,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit, emitChange } from "./events";
import { getMethodConfiguration } from "./payment-method-configurations";
import { assertUrl } from "./urls";

export type Configuration = Stripe.BillingPortal.Configuration;

const proration = oneOf("always_invoice", "create_prorations", "none");
const reasons = oneOf(
  "customer_service",
  "low_quality",
  "missing_features",
  "other",
  "switched_service",
  "too_complex",
  "too_expensive",
  "unused",
);
const features = hash({
  customer_update: hash({
    allowed_updates: list(oneOf("address", "email", "name", "phone", "shipping", "tax_id")),
    enabled: flag,
  }),
  invoice_history: hash({ enabled: flag }),
  payment_method_update: hash({ enabled: flag, payment_method_configuration: text }),
  subscription_cancel: hash({
    cancellation_reason: hash({ enabled: flag, options: list(reasons) }),
    enabled: flag,
    mode: oneOf("at_period_end", "immediately"),
    proration_behavior: proration,
  }),
  subscription_pause: hash({ enabled: flag }),
  subscription_update: hash({
    billing_cycle_anchor: oneOf("now", "unchanged"),
    default_allowed_updates: list(oneOf("price", "promotion_code", "quantity")),
    enabled: flag,
    proration_behavior: proration,
  }),
});
const shared = {
  business_profile: hash({ headline: text, privacy_policy_url: text, terms_of_service_url: text }),
  default_return_url: text,
  login_page: hash({ enabled: flag }),
  metadata,
  name: text,
};
const updateShape = { ...shared, active: flag, features };
type ConfigurationValues = Partial<Values<typeof updateShape>>;

export const portalConfigurationRoutes: Route[] = [
  route(
    "POST",
    "/v1/billing_portal/configurations",
    { ...shared, features: needed(features) },
    (work, params) => addConfiguration(work, changed(work, blankConfiguration(work, false), params)),
  ),
  route(
    "GET",
    "/v1/billing_portal/configurations",
    { ...pageShape, active: flag, is_default: flag },
    (work, params) => {
      const rows = work.store
        .list("billing_portal.configuration")
        .filter((row) => params.active === undefined || row.active === params.active)
        .filter((row) => params.is_default === undefined || row.is_default === params.is_default);
      return pageOf(rows, params, "/v1/billing_portal/configurations", "configuration");
    },
  ),
  route("GET", "/v1/billing_portal/configurations/:id", {}, (work, _params, id) =>
    getConfiguration(work, id),
  ),
  route("POST", "/v1/billing_portal/configurations/:id", updateShape, (work, params, id) => {
    const before = getConfiguration(work, id);
    if (before.is_default && params.active === false)
      throw refused("You cannot deactivate your default configuration.", { param: "active" });
    const after = work.store.put("billing_portal.configuration", {
      ...changed(work, before, params),
      updated: work.now,
    });
    emitChange(work, "billing_portal.configuration.updated", before, after);
    return after;
  }),
];

export function getConfiguration(work: Pick<Work, "store">, id: string, param = "id"): Configuration {
  const configuration = work.store.get("billing_portal.configuration", id);
  if (!configuration) throw missing("configuration", id, param);
  return configuration;
}

/** What a session gets that names none: as if the portal's settings had been saved in the Dashboard. */
export function defaultConfiguration(work: Work): Configuration {
  const found = work.store.list("billing_portal.configuration").find((row) => row.is_default);
  return found ?? addConfiguration(work, merge(blankConfiguration(work, true), { features: DASHBOARD }));
}

const DASHBOARD = {
  customer_update: { enabled: true, allowed_updates: ["email", "name", "tax_id"] },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true },
  subscription_cancel: { enabled: true },
};

function addConfiguration(work: Work, configuration: Configuration): Configuration {
  work.store.put("billing_portal.configuration", configuration);
  emit(work, "billing_portal.configuration.created", configuration);
  return configuration;
}

function changed(work: Work, before: Configuration, params: ConfigurationValues): Configuration {
  const methods = params.features?.payment_method_update?.payment_method_configuration;
  if (methods)
    getMethodConfiguration(work, methods, "features[payment_method_update][payment_method_configuration]");
  if (params.default_return_url) assertUrl(params.default_return_url, "default_return_url");
  const { metadata: change, login_page: page, ...given } = params;
  const enabled = page?.enabled ?? before.login_page.enabled;
  const url = enabled ? `${work.publicUrl}/portal/login` : null;
  return {
    ...merge(before, given),
    login_page: { enabled, url },
    metadata: mergeMetadata(before.metadata ?? {}, change),
  };
}

/** Hashes are merged member by member, everything else is replaced; what was left out stays. */
function merge<T>(current: T, given: unknown): T {
  if (given === undefined) return current;
  if (!isHash(current) || !isHash(given)) return given as T;
  const merged: Record<string, unknown> = { ...current };
  for (const [key, value] of Object.entries(given)) merged[key] = merge(merged[key], value);
  return merged as T;
}

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function blankConfiguration(work: Work, isDefault: boolean): Configuration {
  return {
    id: newId("bpc"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: work.now,
    default_return_url: null,
    features: {
      customer_update: { allowed_updates: [], enabled: false },
      invoice_history: { enabled: false },
      payment_method_update: { enabled: false, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: [], options: [] },
        enabled: false,
        mode: "at_period_end",
        proration_behavior: "none",
      },
      subscription_pause: { duration: { interval_options: [], type: "indefinite" }, enabled: false },
      subscription_update: {
        billing_cycle_anchor: "unchanged",
        default_allowed_updates: [],
        enabled: false,
        proration_behavior: "none",
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: "continue_trial",
      },
    },
    is_default: isDefault,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: work.now,
  };
}
