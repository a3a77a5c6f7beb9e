import Stripe from "stripe";
import { WEBHOOK_EVENTS } from "./webhook";

/** The webhook endpoint that a Stripe account needs, and how what it has compares. */
export type EndpointReport = {
  readonly url: string;
  readonly apiVersion: string;
  readonly events: readonly string[];
  readonly found: "missing" | "as_needed" | "differs" | "not_allowed_to_look";
  /** What to change in the endpoint that is there, a sentence each. */
  readonly differences: readonly string[];
};

/** Only looks: an endpoint's secret is shown once, to whoever makes it, and that should be the operator. */
export async function inspectEndpoint(stripe: Stripe, appUrl: string): Promise<EndpointReport> {
  const needed = {
    url: `${appUrl}/api/stripe/webhook`,
    apiVersion: Stripe.API_VERSION,
    events: WEBHOOK_EVENTS,
  };
  try {
    const endpoints: Stripe.WebhookEndpoint[] = [];
    for await (const each of stripe.webhookEndpoints.list({ limit: 100 }))
      if (each.url === needed.url) endpoints.push(each);
    const compared = endpoints.map(differencesOf).sort((a, b) => a.length - b.length);
    const [differences] = compared;
    if (!differences) return { ...needed, found: "missing", differences: [] };
    return { ...needed, found: differences.length === 0 ? "as_needed" : "differs", differences };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripePermissionError)) throw error;
    return { ...needed, found: "not_allowed_to_look", differences: [] };
  }
}

function differencesOf(endpoint: Stripe.WebhookEndpoint): string[] {
  const sent = endpoint.enabled_events;
  const missing = sent.includes("*") ? [] : WEBHOOK_EVENTS.filter((each) => !sent.includes(each));
  const extra = sent.filter((each) => !WEBHOOK_EVENTS.some((needed) => needed === each));
  const version = endpoint.api_version ?? "the account's default";
  return [
    ...(endpoint.status === "enabled" ? [] : ["It is disabled: enable it."]),
    ...(version === Stripe.API_VERSION
      ? []
      : [`Its API version is ${version}: make a new endpoint with ${Stripe.API_VERSION}.`]),
    ...(missing.length > 0 ? [`Not sent, but needed: ${missing.join(", ")}.`] : []),
    ...(extra.length > 0 ? [`Sent, but not needed: ${extra.join(", ")}.`] : []),
  ];
}
