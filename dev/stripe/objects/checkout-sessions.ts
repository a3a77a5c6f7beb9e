import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  integer,
  list,
  type MetadataChange,
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
import { dropBasket, fillBasket, lineItemsOf, subscribeBasket } from "./checkout-subscriptions";
import { schedule } from "./clock";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { readCurrency } from "./money";
import { type Methods, methodsFor } from "./payment-method-configurations";
import { cancelSetupIntent, createSetupIntent } from "./setup-intents";
import { assertUrl } from "./urls";

const createShape = {
  adaptive_pricing: hash({ enabled: flag }),
  allowed_payment_method_types: list(word),
  cancel_url: word,
  client_reference_id: word,
  currency: word,
  customer: word,
  customer_email: word,
  expires_at: integer,
  locale: word,
  metadata,
  line_items: list(hash({ price: needed(word), quantity: integer })),
  mode: needed(oneOf("setup", "subscription")),
  payment_method_collection: oneOf("always", "if_required"),
  setup_intent_data: hash({ description: text, metadata }),
  subscription_data: hash({ description: text, metadata }),
  payment_method_configuration: word,
  success_url: needed(word),
  ui_mode: oneOf("hosted_page"),
  wallet_options: hash({ link: hash({ display: oneOf("auto", "never") }) }),
};

type Session = Stripe.Checkout.Session;

export const checkoutRoutes: Route[] = [
  route("POST", "/v1/checkout/sessions", createShape, (work, params) => {
    assertMode(params);
    const methods = methodsFor(work, {
      allowed: params.allowed_payment_method_types,
      configuration: params.payment_method_configuration,
      withoutLink: params.wallet_options?.link?.display === "never",
    });
    assertUrl(params.success_url, "success_url");
    if (params.cancel_url) assertUrl(params.cancel_url, "cancel_url");
    const id = newId(`cs_${work.mode}`, 58);
    const customer = params.customer ? getCustomer(work, params.customer, "customer").id : null;
    const expires_at = expiry(work, params.expires_at);
    schedule(work, { kind: "expire_session", target: id, atMs: expires_at * 1000, clock: null });
    return work.store.put("checkout.session", {
      ...blankSession(work, id),
      // On unless the account's settings or the session say otherwise: https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing
      adaptive_pricing: { enabled: params.adaptive_pricing?.enabled ?? true },
      allowed_payment_method_types: methods.allowed as Session["allowed_payment_method_types"],
      cancel_url: params.cancel_url ?? null,
      client_reference_id: params.client_reference_id ?? null,
      currency: params.currency ? readCurrency(params.currency) : null,
      customer,
      customer_email: params.customer_email ?? null,
      expires_at,
      locale: (params.locale ?? null) as Stripe.Checkout.Session["locale"],
      metadata: mergeMetadata({}, params.metadata),
      mode: params.mode,
      payment_method_collection: params.payment_method_collection ?? "always",
      payment_method_configuration_details: methods.details,
      payment_method_types: methods.types,
      success_url: params.success_url,
      url: `${work.publicUrl}/checkout/${id}`,
      wallet_options: (params.wallet_options ?? null) as Session["wallet_options"],
      ...(params.mode === "setup"
        ? { setup_intent: intentToSave(work, customer, methods, params.setup_intent_data) }
        : fillBasket(work, id, params)),
    });
  }),
  route(
    "GET",
    "/v1/checkout/sessions",
    { ...pageShape, created, customer: word, status: oneOf("complete", "expired", "open") },
    (work, params) => {
      const rows = work.store
        .list("checkout.session")
        .filter((session) => within(session.created, params.created))
        .filter((session) => !params.customer || session.customer === params.customer)
        .filter((session) => !params.status || session.status === params.status);
      return pageOf(rows, params, "/v1/checkout/sessions", "checkout.session");
    },
  ),
  route("GET", "/v1/checkout/sessions/:id", {}, (work, _params, id) => getSession(work, id)),
  route("GET", "/v1/checkout/sessions/:id/line_items", pageShape, (work, params, id) => {
    const items = lineItemsOf(work, getSession(work, id).id);
    return pageOf(items, params, `/v1/checkout/sessions/${id}/line_items`, "item");
  }),
  route("POST", "/v1/checkout/sessions/:id/expire", {}, (work, _params, id) => {
    const session = getSession(work, id);
    if (session.status !== "open")
      throw refused(
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ' +
          `${session.status}.`,
      );
    return expireSession(work, session);
  }),
];

function assertMode(params: Values<typeof createShape>): void {
  const only = (name: "line_items" | "subscription_data" | "setup_intent_data", mode: string) => {
    if (params[name] === undefined || params.mode === mode) return;
    throw invalidParameter(`You can not pass \`${name}\` in \`${params.mode}\` mode.`, name);
  };
  only("line_items", "subscription");
  only("subscription_data", "subscription");
  only("setup_intent_data", "setup");
  if (params.mode === "setup" && !params.currency && !params.allowed_payment_method_types)
    throw invalidParameter("Missing required param: currency.", "currency", "parameter_missing");
  if (params.mode === "subscription" && !params.customer)
    throw invalidParameter("The simulator subscribes known customers only.", "customer", "parameter_missing");
}

function intentToSave(
  work: Work,
  customer: string | null,
  methods: Methods,
  given: { description?: string | null; metadata?: MetadataChange } | undefined,
): string {
  const description = given?.description ?? null;
  return createSetupIntent(work, {
    allowed_payment_method_types: methods.allowed as Stripe.SetupIntent["allowed_payment_method_types"],
    customer,
    description,
    metadata: mergeMetadata({}, given?.metadata),
    payment_method_configuration_details: methods.details,
    payment_method_types: methods.types,
  }).id;
}

export function getSession(work: Work, id: string): Stripe.Checkout.Session {
  const session = work.store.get("checkout.session", id);
  if (!session) throw missing("checkout.session", id);
  return session;
}

/** Its time is over, unless it was completed or expired before. */
export function expireIfOpen(work: Work, id: string): void {
  const session = work.store.get("checkout.session", id);
  if (session?.status === "open") expireSession(work, session);
}

export function expireSession(work: Work, session: Stripe.Checkout.Session): Stripe.Checkout.Session {
  const setupIntent = work.store.get("setup_intent", idOf(session.setup_intent) ?? "");
  if (setupIntent && setupIntent.status !== "succeeded" && setupIntent.status !== "canceled")
    cancelSetupIntent(work, setupIntent.id, "abandoned");
  dropBasket(work, session.id);
  const expired = work.store.update("checkout.session", session.id, { status: "expired", url: null });
  emit(work, "checkout.session.expired", expired);
  return expired;
}

/** The card is saved, or the first period paid: it belongs to the customer now, but is not made their default. */
export function completeSession(work: Work, id: string): Stripe.Checkout.Session {
  const session = getSession(work, id);
  if (session.status !== "open") return session;
  const customer = work.store.get("customer", idOf(session.customer) ?? "");
  const complete = work.store.update("checkout.session", id, {
    customer_details: {
      address: null,
      business_name: null,
      email: customer?.email ?? session.customer_email,
      individual_name: null,
      name: customer?.name ?? null,
      phone: customer?.phone ?? null,
      tax_exempt: "none",
      tax_ids: [],
    },
    ...(session.mode === "subscription" ? subscribeBasket(work, session) : {}),
    status: "complete",
    url: null,
  });
  emit(work, "checkout.session.completed", complete);
  return complete;
}

function expiry(work: Work, asked: number | undefined): number {
  const [least, most] = [work.now + 30 * 60, work.now + 24 * 3600];
  if (asked === undefined) return most;
  if (asked < least || asked > most)
    throw invalidParameter(
      "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
      "expires_at",
    );
  return asked;
}

function blankSession(work: Work, id: string): Stripe.Checkout.Session {
  return {
    id,
    object: "checkout.session",
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: null,
    client_reference_id: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: work.now,
    currency: null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: null,
    customer_account: null,
    customer_creation: null,
    customer_details: null,
    customer_email: null,
    discounts: null,
    expires_at: 0,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: {},
    mode: "setup",
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: "always",
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_status: "no_payment_required",
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: null,
    subscription: null,
    success_url: null,
    total_details: null,
    ui_mode: "hosted_page",
    url: null,
    wallet_options: null,
  };
}
