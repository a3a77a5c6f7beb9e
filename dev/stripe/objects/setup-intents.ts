import type Stripe from "stripe";
import { idOf, newId, randomText } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { defaultMethods, methodsFor, typesOf } from "./payment-method-configurations";
import { assertOwner, assertTaken, resolvePaymentMethod } from "./payment-methods";
import { attemptSetup, type SetupOptions } from "./setup-attempt";
import { assertUrl } from "./urls";

const confirmShape = { payment_method: word, return_url: word, use_stripe_sdk: flag };
const createShape = {
  ...confirmShape,
  allowed_payment_method_types: list(word),
  automatic_payment_methods: hash({ allow_redirects: oneOf("always", "never"), enabled: needed(flag) }),
  confirm: flag,
  customer: word,
  description: text,
  metadata,
  payment_method_configuration: word,
  usage: oneOf("off_session", "on_session"),
};

export const setupIntentRoutes: Route[] = [
  route("POST", "/v1/setup_intents", createShape, (work, params) => {
    const customer = params.customer ? getCustomer(work, params.customer, "customer").id : null;
    if (!params.confirm && params.return_url)
      throw invalidParameter(
        "The parameter `return_url` cannot be passed when creating a SetupIntent unless `confirm` is set to true.",
        "return_url",
      );
    const methods = methodsFor(work, {
      allowed: params.allowed_payment_method_types,
      configuration: params.payment_method_configuration,
    });
    const automatic = params.automatic_payment_methods ?? (methods.allowed ? null : { enabled: true });
    const intent = createSetupIntent(work, {
      allowed_payment_method_types: methods.allowed as Stripe.SetupIntent["allowed_payment_method_types"],
      automatic_payment_methods: automatic && { allow_redirects: "always", ...automatic },
      customer,
      description: params.description ?? null,
      metadata: mergeMetadata({}, params.metadata),
      payment_method: chooseMethod(work, params.payment_method, customer, methods.types),
      payment_method_configuration_details: methods.details,
      payment_method_types: methods.types,
      usage: params.usage ?? "off_session",
    });
    return params.confirm ? attemptSetup(work, intent, optionsOf(params)) : intent;
  }),
  route(
    "GET",
    "/v1/setup_intents",
    { ...pageShape, created, customer: word, payment_method: word },
    (work, params) => {
      const rows = work.store
        .list("setup_intent")
        .filter((intent) => within(intent.created, params.created))
        .filter((intent) => !params.customer || intent.customer === params.customer)
        .filter((intent) => !params.payment_method || intent.payment_method === params.payment_method);
      return pageOf(rows, params, "/v1/setup_intents", "setupintent");
    },
  ),
  route("GET", "/v1/setup_intents/:id", { client_secret: word }, (work, _params, id) => find(work, id)),
  route("POST", "/v1/setup_intents/:id/confirm", confirmShape, (work, params, id) => {
    const intent = find(work, id);
    assertNotFromCheckout(work, id, "confirm");
    const chosen = chooseMethod(
      work,
      params.payment_method,
      idOf(intent.customer),
      intent.payment_method_types,
    );
    const ready = chosen ? work.store.update("setup_intent", id, { payment_method: chosen }) : intent;
    return attemptSetup(work, ready, optionsOf(params));
  }),
  route(
    "POST",
    "/v1/setup_intents/:id/cancel",
    { cancellation_reason: oneOf("abandoned", "duplicate", "requested_by_customer") },
    (work, params, id) => {
      find(work, id);
      assertNotFromCheckout(work, id, "cancel");
      return cancelSetupIntent(work, id, params.cancellation_reason ?? null);
    },
  ),
];

function find(work: Work, id: string): Stripe.SetupIntent {
  const intent = work.store.get("setup_intent", id);
  if (!intent) throw missing("setupintent", id);
  return intent;
}

function chooseMethod(
  work: Work,
  given: string | undefined,
  customer: string | null,
  types: readonly string[],
): string | null {
  if (!given) return null;
  const method = resolvePaymentMethod(work, given);
  assertTaken(method, types, "SetupIntent");
  assertOwner(method, customer, "SetupIntent");
  return method.id;
}

function optionsOf(params: { return_url?: string; use_stripe_sdk?: boolean }): SetupOptions {
  if (params.return_url) assertUrl(params.return_url, "return_url");
  return {
    returnUrl: params.return_url ?? null,
    useStripeSdk: params.use_stripe_sdk ?? false,
    checkoutSession: null,
  };
}

function assertNotFromCheckout(work: Work, id: string, verb: string): void {
  if (!work.store.list("checkout.session").some((session) => session.setup_intent === id)) return;
  throw refused(
    `You cannot ${verb} the SetupIntent of a Checkout Session directly. To cancel it, expire the Checkout Session instead.`,
  );
}

export function createSetupIntent(work: Work, given: Partial<Stripe.SetupIntent>): Stripe.SetupIntent {
  const id = newId("seti");
  const intent = work.store.put("setup_intent", {
    id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(32)}`,
    created: work.now,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: { enabled: false },
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: typesOf(defaultMethods(work)),
    single_use_mandate: null,
    status: given.payment_method ? "requires_confirmation" : "requires_payment_method",
    usage: "off_session",
    ...given,
  });
  emit(work, "setup_intent.created", intent);
  return intent;
}

const CANCELABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

export function cancelSetupIntent(
  work: Work,
  id: string,
  reason: Stripe.SetupIntent["cancellation_reason"],
): Stripe.SetupIntent {
  const intent = find(work, id);
  if (!CANCELABLE.includes(intent.status))
    throw refused(
      `You cannot cancel this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of ` +
        `the following statuses may be canceled: ${CANCELABLE.join(", ")}.`,
      { code: "setup_intent_unexpected_state", setup_intent: intent },
    );
  const patch = { cancellation_reason: reason, next_action: null, status: "canceled" as const };
  const canceled = work.store.update("setup_intent", id, patch);
  emit(work, "setup_intent.canceled", canceled);
  return canceled;
}
