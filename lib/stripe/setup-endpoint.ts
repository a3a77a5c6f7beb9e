import { createHash } from "node:crypto";
import Stripe from "stripe";
import { newId } from "../ids";
import { isOurRelease, WEBHOOK_EVENTS } from "./webhook";

/** The webhook endpoint that a Stripe account needs, and how what it has compares. */
export type EndpointReport = {
  readonly url: string;
  readonly apiVersion: string;
  readonly events: readonly string[];
  readonly found: "missing" | "as_needed" | "differs" | "not_allowed_to_look";
  /** What to change in the endpoint that is there, a sentence each. */
  readonly differences: readonly string[];
};

export type EndpointOptions = {
  /** Where Stripe is to deliver events. */
  readonly url: string;
  /** Looks and changes nothing. */
  readonly dryRun: boolean;
};

export type EndpointSetup = {
  /** What was done, or would be, a sentence each. */
  readonly changes: readonly string[];
  /** The signing secret, which Stripe tells once: when it makes the endpoint. Null where nothing was made. */
  readonly secret: string | null;
  /** How the endpoint compares afterwards. */
  readonly endpoint: EndpointReport;
};

export const webhookUrlOf = (appUrl: string): string => `${appUrl}/api/stripe/webhook`;

/** Only looks: an endpoint's secret is shown once, to whoever makes it, and that should be the operator. */
export async function inspectEndpoint(stripe: Stripe, url: string): Promise<EndpointReport> {
  const needed = { url, apiVersion: Stripe.API_VERSION, events: WEBHOOK_EVENTS };
  try {
    const [endpoint] = await listEndpoints(stripe, url);
    if (!endpoint) return { ...needed, found: "missing", differences: [] };
    const differences = differencesOf(endpoint);
    return { ...needed, found: differences.length === 0 ? "as_needed" : "differs", differences };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripePermissionError)) throw error;
    return { ...needed, found: "not_allowed_to_look", differences: [] };
  }
}

/**
 * Makes the endpoint where there is none for this address, at the API version the application was written for. In one that
 * is there it adds the events that are not sent; a version cannot be changed, and whoever disabled it had a reason. Throws
 * what the SDK throws; run again, it goes on.
 */
export async function setUpEndpoint(
  stripe: Stripe,
  { url, dryRun }: EndpointOptions,
): Promise<EndpointSetup> {
  const [current] = await listEndpoints(stripe, url);
  if (!current) return makeEndpoint(stripe, { url, dryRun });
  const missing = missingIn(current);
  if (missing.length > 0 && !dryRun)
    await stripe.webhookEndpoints.update(current.id, {
      enabled_events: [
        ...(current.enabled_events as Stripe.WebhookEndpointUpdateParams.EnabledEvent[]),
        ...missing,
      ],
    });
  return {
    changes: missing.map((each) => `webhook endpoint ${current.id}: is sent ${each}, too`),
    secret: null,
    endpoint: await inspectEndpoint(stripe, url),
  };
}

async function makeEndpoint(stripe: Stripe, { url, dryRun }: EndpointOptions): Promise<EndpointSetup> {
  const changes = [`webhook endpoint ${url}: new, API version ${Stripe.API_VERSION}`];
  if (dryRun) return { changes, secret: null, endpoint: await inspectEndpoint(stripe, url) };
  const create = (idempotencyKey: string) =>
    stripe.webhookEndpoints.create(
      { url, api_version: Stripe.API_VERSION, enabled_events: [...WEBHOOK_EVENTS] },
      { idempotencyKey },
    );
  // Two runs at once ask with the same key and are told the same secret. One that was made under this key and deleted
  // since would only be repeated; then a key of its own makes it.
  const key = createHash("sha256").update(`${url} ${Stripe.API_VERSION} ${WEBHOOK_EVENTS.join()}`);
  let made = await create(`refill-setup:webhook:${key.digest("hex").slice(0, 32)}`);
  const listed = await listEndpoints(stripe, url);
  if (!listed.some((each) => each.id === made.id)) made = await create(newId());
  return { changes, secret: made.secret ?? null, endpoint: await inspectEndpoint(stripe, url) };
}

/** All that deliver to this address, the best one first. */
async function listEndpoints(stripe: Stripe, url: string): Promise<Stripe.WebhookEndpoint[]> {
  const found: Stripe.WebhookEndpoint[] = [];
  for await (const each of stripe.webhookEndpoints.list({ limit: 100 }))
    if (each.url === url) found.push(each);
  return found.sort((a, b) => differencesOf(a).length - differencesOf(b).length || a.created - b.created);
}

const missingIn = ({ enabled_events: sent }: Stripe.WebhookEndpoint) =>
  sent.includes("*") ? [] : WEBHOOK_EVENTS.filter((each) => !sent.includes(each));

function differencesOf(endpoint: Stripe.WebhookEndpoint): string[] {
  const missing = missingIn(endpoint);
  const extra = endpoint.enabled_events.filter((each) => !WEBHOOK_EVENTS.some((needed) => needed === each));
  const version = endpoint.api_version ?? "the account's default";
  return [
    ...(endpoint.status === "enabled" ? [] : ["It is disabled: enable it."]),
    ...(isOurRelease(endpoint.api_version)
      ? []
      : [`Its API version is ${version}: make a new endpoint with ${Stripe.API_VERSION}.`]),
    ...(missing.length > 0 ? [`Not sent, but needed: ${missing.join(", ")}.`] : []),
    ...(extra.length > 0 ? [`Sent, but not needed: ${extra.join(", ")}.`] : []),
  ];
}
