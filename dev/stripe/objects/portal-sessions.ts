import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { hash, integer, list, needed, oneOf, text, type Values, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { type Configuration, defaultConfiguration, getConfiguration } from "./portal-configurations";
import { getPrice } from "./prices";
import { getSubscription, hasEnded, type Subscription } from "./subscription-rows";
import { assertUrl } from "./urls";

export type PortalSession = Stripe.BillingPortal.Session;
type Flow = Stripe.BillingPortal.Session.Flow;

/** How long a link into the portal may be used. */
const GOOD_FOR = 3600;

const flowShape = hash({
  after_completion: hash({
    hosted_confirmation: hash({ custom_message: text }),
    redirect: hash({ return_url: needed(word) }),
    type: needed(oneOf("hosted_confirmation", "portal_homepage", "redirect")),
  }),
  subscription_cancel: hash({ subscription: needed(word) }),
  subscription_update_confirm: hash({
    items: needed(list(hash({ id: needed(word), price: word, quantity: integer }))),
    subscription: needed(word),
  }),
  type: needed(oneOf("payment_method_update", "subscription_cancel", "subscription_update_confirm")),
});
type FlowValues = NonNullable<ReturnType<(typeof flowShape)["read"]>>;

const createShape = { configuration: word, customer: needed(word), flow_data: flowShape, return_url: word };

export const portalSessionRoutes: Route[] = [
  route("POST", "/v1/billing_portal/sessions", createShape, createSession),
];

function createSession(work: Work, params: Values<typeof createShape>): PortalSession {
  const { id: customer } = getCustomer(work, params.customer, "customer");
  const configuration = params.configuration
    ? getConfiguration(work, params.configuration, "configuration")
    : defaultConfiguration(work);
  if (!configuration.active)
    throw refused(`The configuration ${configuration.id} is not active.`, { param: "configuration" });
  const return_url = params.return_url ?? configuration.default_return_url;
  if (return_url) assertUrl(return_url, "return_url");
  const id = newId("bps");
  const session = work.store.put("billing_portal.session", {
    id,
    object: "billing_portal.session",
    configuration: configuration.id,
    created: work.now,
    customer,
    customer_account: null,
    flow: params.flow_data ? flowOf(work, configuration, customer, params.flow_data) : null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url,
    url: `${work.publicUrl}/portal/${id}`,
  });
  emit(work, "billing_portal.session.created", session);
  return session;
}

/** Its page may be shown still. */
export function isFresh(work: Pick<Work, "now">, session: PortalSession): boolean {
  return work.now - session.created < GOOD_FOR;
}

const FEATURE = {
  payment_method_update: "payment_method_update",
  subscription_cancel: "subscription_cancel",
  subscription_update_confirm: "subscription_update",
} as const;

function flowOf(work: Work, configuration: Configuration, customer: string, given: FlowValues): Flow {
  const { type, subscription_cancel: cancel, subscription_update_confirm: confirm } = given;
  const feature = FEATURE[type];
  if (!configuration.features[feature].enabled)
    throw refused(
      `The flow \`${type}\` cannot be used because the feature \`${feature}\` in the portal configuration is disabled.`,
      { param: "flow_data[type]" },
    );
  if (type === "subscription_cancel") changeable(work, customer, cancel?.subscription, type);
  const { after_completion: after } = given;
  return {
    after_completion: {
      hosted_confirmation: after?.hosted_confirmation
        ? { custom_message: after.hosted_confirmation.custom_message ?? null }
        : null,
      redirect: after?.redirect ?? null,
      type: after?.type ?? "portal_homepage",
    },
    customer_update: null,
    subscription_cancel:
      type === "subscription_cancel" && cancel
        ? { retention: null, subscription: cancel.subscription }
        : null,
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm:
      type === "subscription_update_confirm" ? updateOf(work, customer, confirm) : null,
    type,
  };
}

function updateOf(
  work: Work,
  customer: string,
  confirm: FlowValues["subscription_update_confirm"],
): NonNullable<Flow["subscription_update_confirm"]> {
  const type = "subscription_update_confirm";
  const { id, items } = changeable(work, customer, confirm?.subscription, type);
  const wanted = (confirm?.items ?? []).map((item) => {
    if (!items.data.some((current) => current.id === item.id))
      throw missing("subscription item", item.id, `flow_data[${type}][items]`);
    const price = item.price ? getPrice(work, item.price, `flow_data[${type}][items]`).id : null;
    return { id: item.id, price, quantity: item.quantity ?? 1 };
  });
  return { discounts: [], items: wanted, subscription: id };
}

function changeable(work: Work, customer: string, id: string | undefined, type: string): Subscription {
  const at = `flow_data[${type}][subscription]`;
  if (!id) throw invalidParameter(`Missing required param: ${at}.`, at, "parameter_missing");
  const subscription = getSubscription(work, id, at);
  if (subscription.customer !== customer)
    throw refused(`The subscription ${id} does not belong to the customer ${customer}.`, { param: at });
  const isEnding = type === "subscription_cancel" && subscription.cancel_at !== null;
  if (hasEnded(subscription) || isEnding)
    throw refused(`The subscription ${id} is already set to be canceled.`, { param: at });
  return subscription;
}
