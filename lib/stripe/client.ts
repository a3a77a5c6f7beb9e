import Stripe from "stripe";

export type StripeSettings = {
  readonly secretKey: string;
  /** Another address that speaks Stripe's API; undefined for Stripe itself. */
  readonly apiBase?: string | undefined;
};

/** The SDK as it ships: its API version is the one the types were written for, and is never overridden. */
export function createStripe({ secretKey, apiBase }: StripeSettings): Stripe {
  const common = { telemetry: false, maxNetworkRetries: 2, timeout: 20_000 } as const;
  if (!apiBase) return new Stripe(secretKey, common);
  const { protocol, hostname, port } = new URL(apiBase);
  const scheme = protocol === "https:" ? "https" : "http";
  return new Stripe(secretKey, {
    ...common,
    host: hostname,
    port: port || (scheme === "https" ? "443" : "80"),
    protocol: scheme,
  });
}
