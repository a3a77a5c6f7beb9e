import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
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
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { attemptForInvoice } from "./invoice-payments";
import { assertAmount, readCurrency } from "./money";
import { type AttemptOptions, assertConfirmable, attempt } from "./payment-attempt";
import { blankIntent, cancelIntent } from "./payment-intent-rows";
import { methodsFor } from "./payment-method-configurations";
import { assertOwner, assertTaken, resolvePaymentMethod } from "./payment-methods";
import { assertUrl } from "./urls";

const methodOptions = hash({
  card: hash({ request_three_d_secure: oneOf("any", "automatic", "challenge") }),
});
const futureUsage = oneOf("off_session", "on_session");

const attemptShape = {
  error_on_requires_action: flag,
  off_session: either<boolean, "one_off" | "recurring">(flag, oneOf("one_off", "recurring")),
  payment_method: word,
  payment_method_options: methodOptions,
  receipt_email: text,
  return_url: word,
  setup_future_usage: futureUsage,
  use_stripe_sdk: flag,
};
const textShape = {
  description: text,
  metadata,
  receipt_email: text,
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  transfer_group: text,
};
const createShape = {
  ...attemptShape,
  ...textShape,
  allowed_payment_method_types: list(word),
  amount: needed(integer),
  automatic_payment_methods: hash({ allow_redirects: oneOf("always", "never"), enabled: needed(flag) }),
  capture_method: oneOf("automatic", "automatic_async"),
  confirm: flag,
  currency: needed(word),
  customer: word,
  payment_method_configuration: word,
};
const updateShape = {
  ...textShape,
  amount: integer,
  currency: word,
  customer: word,
  payment_method: word,
  payment_method_options: methodOptions,
  setup_future_usage: futureUsage,
};

type AttemptValues = Partial<Values<typeof attemptShape>>;
type TextValues = Values<typeof textShape>;

export const paymentIntentRoutes: Route[] = [
  route("POST", "/v1/payment_intents", createShape, (work, params) => {
    const intent = create(work, params);
    return params.confirm ? attempt(work, intent, optionsOf(work, intent, params)) : intent;
  }),
  route("GET", "/v1/payment_intents", { ...pageShape, created, customer: word }, (work, params) => {
    const rows = work.store
      .listFor("payment_intent", params)
      .filter((intent) => within(intent.created, params.created));
    return pageOf(rows, params, "/v1/payment_intents", "payment_intent");
  }),
  route("GET", "/v1/payment_intents/:id", { client_secret: word }, (work, _params, id) => find(work, id)),
  route("POST", "/v1/payment_intents/:id", updateShape, update),
  route("POST", "/v1/payment_intents/:id/confirm", attemptShape, (work, params, id) => {
    const intent = find(work, id);
    assertConfirmable(intent);
    const { receipt_email = intent.receipt_email } = params;
    const ready = work.store.update("payment_intent", id, {
      next_action: null,
      payment_method:
        chooseMethod(work, params.payment_method, idOf(intent.customer), intent.payment_method_types) ??
        intent.payment_method,
      receipt_email,
      setup_future_usage: params.setup_future_usage ?? intent.setup_future_usage,
    });
    return attemptForInvoice(work, ready, optionsOf(work, intent, params));
  }),
  route(
    "POST",
    "/v1/payment_intents/:id/cancel",
    { cancellation_reason: oneOf("abandoned", "duplicate", "fraudulent", "requested_by_customer") },
    (work, params, id) => {
      find(work, id);
      return cancelIntent(work, id, params.cancellation_reason ?? null);
    },
  ),
];

function find(work: Work, id: string): Stripe.PaymentIntent {
  const intent = work.store.get("payment_intent", id);
  if (!intent) throw missing("payment_intent", id);
  return intent;
}

function create(work: Work, params: Values<typeof createShape>): Stripe.PaymentIntent {
  const currency = readCurrency(params.currency);
  assertAmount(params.amount, currency);
  assertOnlyWithConfirm(params);
  const customer = params.customer ? getCustomer(work, params.customer, "customer").id : null;
  const methods = methodsFor(work, {
    allowed: params.allowed_payment_method_types,
    configuration: params.payment_method_configuration,
  });
  const payment_method = chooseMethod(work, params.payment_method, customer, methods.types);
  const automatic = params.automatic_payment_methods ?? (methods.allowed ? null : { enabled: true });
  const id = newId("pi");
  const intent = work.store.put("payment_intent", {
    ...blankIntent(work, id),
    allowed_payment_method_types: methods.allowed as Stripe.PaymentIntent["allowed_payment_method_types"],
    amount: params.amount,
    automatic_payment_methods: automatic && { allow_redirects: "always", ...automatic },
    capture_method: params.capture_method ?? "automatic_async",
    currency,
    customer,
    payment_method,
    payment_method_options: cardOptions(params),
    payment_method_configuration_details: methods.details,
    payment_method_types: methods.types,
    setup_future_usage: params.setup_future_usage ?? null,
    status: payment_method ? "requires_confirmation" : "requires_payment_method",
    ...texts(blankIntent(work, id), params),
  });
  emit(work, "payment_intent.created", intent);
  return intent;
}

function assertOnlyWithConfirm(params: Values<typeof createShape>): void {
  if (params.confirm) return;
  for (const name of ["off_session", "error_on_requires_action", "return_url"] as const) {
    if (params[name] !== undefined && params[name] !== false)
      throw invalidParameter(
        `The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
        name,
      );
  }
}

function chooseMethod(
  work: Work,
  given: string | undefined,
  customer: string | null,
  types: readonly string[],
): string | null {
  if (!given) return null;
  const method = resolvePaymentMethod(work, given);
  assertTaken(method, types, "PaymentIntent");
  assertOwner(method, customer, "PaymentIntent");
  return method.id;
}

function texts(current: Stripe.PaymentIntent, params: TextValues): Partial<Stripe.PaymentIntent> {
  const { description = current.description, receipt_email = current.receipt_email } = params;
  const { statement_descriptor = current.statement_descriptor, transfer_group = current.transfer_group } =
    params;
  const { statement_descriptor_suffix = current.statement_descriptor_suffix } = params;
  return {
    description,
    metadata: mergeMetadata(current.metadata, params.metadata),
    receipt_email,
    statement_descriptor,
    statement_descriptor_suffix,
    transfer_group,
  };
}

function cardOptions(params: AttemptValues): Stripe.PaymentIntent.PaymentMethodOptions {
  const asked = params.payment_method_options?.card?.request_three_d_secure;
  return {
    card: {
      installments: null,
      mandate_options: null,
      network: null,
      request_three_d_secure: asked ?? "automatic",
    },
  };
}

function optionsOf(work: Work, intent: Stripe.PaymentIntent, params: AttemptValues): AttemptOptions {
  if (params.return_url) assertUrl(params.return_url, "return_url");
  const remembered = work.store.get("attempt", intent.id)?.returnUrl ?? null;
  const asked =
    params.payment_method_options?.card?.request_three_d_secure ??
    intent.payment_method_options?.card?.request_three_d_secure;
  return {
    errorOnRequiresAction: params.error_on_requires_action ?? false,
    offSession: params.off_session !== undefined && params.off_session !== false,
    requestChallenge: asked === "any" || asked === "challenge",
    returnUrl: params.return_url ?? remembered,
    useStripeSdk: params.use_stripe_sdk ?? false,
  };
}

function update(work: Work, params: Values<typeof updateShape>, id: string): Stripe.PaymentIntent {
  const intent = find(work, id);
  assertUpdatable(intent, params);
  const currency = params.currency ? readCurrency(params.currency) : intent.currency;
  const amount = params.amount ?? intent.amount;
  assertAmount(amount, currency);
  const customer = params.customer
    ? getCustomer(work, params.customer, "customer").id
    : idOf(intent.customer);
  const chosen = chooseMethod(work, params.payment_method, customer, intent.payment_method_types);
  const moved = chosen
    ? { payment_method: chosen, next_action: null, status: "requires_confirmation" as const }
    : {};
  return work.store.update("payment_intent", id, {
    ...texts(intent, params),
    amount,
    currency,
    customer,
    payment_method_options: params.payment_method_options
      ? cardOptions(params)
      : intent.payment_method_options,
    setup_future_usage: params.setup_future_usage ?? intent.setup_future_usage,
    ...moved,
  });
}

const EDITABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** Words can be changed at any time, money only before it moved. */
function assertUpdatable(intent: Stripe.PaymentIntent, params: Values<typeof updateShape>): void {
  if (EDITABLE.includes(intent.status)) return;
  for (const name of ["amount", "currency", "customer", "payment_method", "setup_future_usage"] as const) {
    if (params[name] === undefined) continue;
    throw refused(
      `This PaymentIntent's ${name} could not be updated because it has a status of ${intent.status}. You may only ` +
        `update the ${name} of a PaymentIntent with one of the following statuses: ${EDITABLE.join(", ")}.`,
      { code: "payment_intent_unexpected_state", param: name, payment_intent: intent },
    );
  }
}
