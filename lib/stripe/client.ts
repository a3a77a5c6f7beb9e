import Stripe from "stripe";
import { type Doorkeeper, guardedHttpClient, type SentRequest } from "./access/http";
import type { Pace } from "./pace";
import { createPatientClient } from "./patient-client";

export type StripeSettings = {
  readonly secretKey: string;
  /** Another address that speaks Stripe's API; undefined for Stripe itself. */
  readonly apiBase?: string | undefined;
  /** Asked before every request; left out, everything is sent. */
  readonly door?: Doorkeeper | null;
  /** Told of each request that ended, retries included. */
  readonly onSent?: ((sent: SentRequest) => void) | undefined;
  readonly timeoutMs?: number;
  readonly networkRetries?: number;
  /** For calls that nobody waits for: each takes its turn among those of all processes. */
  readonly pace?: Pace | undefined;
  /** For calls that somebody waits for: the turns of the others, which let these go first. */
  readonly others?: Pick<Pace, "pause"> | undefined;
};

/** The SDK as it ships: its API version is the one the types were written for, and is never overridden. */
export function createStripe({
  secretKey,
  apiBase,
  door = null,
  onSent,
  timeoutMs = 20_000,
  networkRetries = 2,
  pace,
  others,
}: StripeSettings): Stripe {
  const common = {
    telemetry: false,
    maxNetworkRetries: networkRetries,
    timeout: timeoutMs,
    httpClient: createPatientClient(guardedHttpClient(door, onSent), { pace, others }),
  } as const;
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
