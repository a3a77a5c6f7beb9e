import type Stripe from "stripe";
import { inspectEndpoint, webhookUrlOf } from "../setup-endpoint";
import { about, type Finding } from "./finding";

/** As many as Stripe lists in one answer. */
const PAGE = 100;
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.local|.*\.test|.*\.localhost)$/;

export type DeliveryOptions = {
  readonly appUrl: string;
  readonly live: boolean;
  /** Whether the environment has a signing secret at all; whose it is, Stripe tells nobody. */
  readonly hasSecret: boolean;
};

/** Whether Stripe tells this application of what happens: its endpoint, and whether there is a secret to trust it by. */
export async function readWebhook(
  stripe: Stripe,
  { appUrl, live, hasSecret }: DeliveryOptions,
): Promise<readonly Finding[]> {
  const { good, bad, note, unknown } = about("webhook");
  const secret = hasSecret
    ? []
    : [bad("STRIPE_WEBHOOK_SECRET is not set: no event is believed.", "npm run stripe:setup -- --webhook")];
  const { hostname, protocol } = new URL(appUrl);
  if (LOCAL.test(hostname) && !live)
    return [
      ...secret,
      note(
        `Stripe cannot reach ${appUrl}.`,
        "Forward events with the Stripe CLI: stripe listen --forward-to <this address>/api/stripe/webhook",
      ),
    ];
  const insecure =
    protocol === "https:"
      ? []
      : [
          bad(
            `APP_URL is ${protocol}//: Stripe delivers live events to https only.`,
            "Set APP_URL to https.",
          ),
        ];
  const url = webhookUrlOf(appUrl);
  const { found, differences } = await inspectEndpoint(stripe, url);
  const endpoint = {
    as_needed: () => [good(`${url} is there, with the events and the version it needs.`)],
    differs: () => differences.map((each) => bad(`${url}: ${each}`, "npm run stripe:setup -- --webhook")),
    missing: () => [bad(`There is none for ${url}.`, "npm run stripe:setup -- --webhook")],
    not_allowed_to_look: () => [unknown("This key may not read webhook endpoints.")],
  }[found]();
  return [...secret, ...insecure, ...endpoint];
}

/** Events of the last 30 days that an endpoint of this account did not take. */
export async function readUndelivered(stripe: Stripe): Promise<readonly Finding[]> {
  const { good, note } = about("deliveries");
  const { data, has_more } = await stripe.events.list({ delivery_success: false, limit: PAGE });
  const newest = data[0];
  if (!newest) return [good("Every event of the last 30 days was delivered.")];
  const many = has_more
    ? `${PAGE} or more events`
    : data.length === 1
      ? "One event"
      : `${data.length} events`;
  return [
    note(
      `${many} of the last 30 days did not reach an endpoint of this account, the newest ${newest.type} at ` +
        `${new Date(newest.created * 1000).toISOString()}.`,
      "The dashboard says which endpoint and why: Developers, Webhooks. Stripe tries for three days; npm run sync reads what was missed.",
    ),
  ];
}
