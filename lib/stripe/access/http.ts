import { AsyncLocalStorage } from "node:async_hooks";
import Stripe from "stripe";

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;

/** Every request on its way to Stripe, retries included. */
export type Doorkeeper = {
  /** Rejects where nothing may be sent: the request is not. */
  admit(): Promise<void>;
  /** Told of each answer's status. */
  heard(request: { readonly method: string; readonly path: string }, status: number): void;
};

/** Thrown instead of sending; the SDK passes it on as the detail of an error of its own. */
export class NotSent extends Error {
  override name = "NotSent";
}

/** What one call of the SDK sent, its retries among it. */
type Sent = { requests: number };
const sending = new AsyncLocalStorage<Sent>();

/** Runs a call of the SDK's and counts what it sends. */
export function countRequests<T>(call: (sent: Sent) => Promise<T>): Promise<T> {
  const sent = { requests: 0 };
  return sending.run(sent, () => call(sent));
}

type Noticed = { keyRefused: boolean };
// Kept for the process: the framework loads this module once for what wires the process, and again for its pages.
const kept = globalThis as typeof globalThis & { refillNoticing?: AsyncLocalStorage<Noticed> };
function noticing(): AsyncLocalStorage<Noticed> {
  kept.refillNoticing ??= new AsyncLocalStorage<Noticed>();
  return kept.refillNoticing;
}

/**
 * Runs something that asks Stripe, and says beside what came of it whether our key was the reason for something of it: it was
 * refused (401), may not do that (403), or nothing may be sent. Who waits for it is told that, as only an operator mends it.
 */
export async function noticeRefusedKey<T>(
  run: () => Promise<T>,
): Promise<{ readonly outcome: T; readonly keyRefused: boolean }> {
  const noticed: Noticed = { keyRefused: false };
  const outcome = await noticing().run(noticed, run);
  return { outcome, keyRefused: noticed.keyRefused };
}

function notice(): void {
  const noticed = noticing().getStore();
  if (noticed) noticed.keyRefused = true;
}

/** A request on its way to Stripe that ended: `none`, no answer came; `not_sent`, nobody let it go. */
export type SentRequest = {
  readonly method: string;
  readonly path: string;
  readonly status: number | "none" | "not_sent";
  readonly ms: number;
};

/** The SDK's own way to the network, with somebody at the door, and somebody who is told what came of each request. */
export function guardedHttpClient(
  door: Doorkeeper | null,
  onSent: (sent: SentRequest) => void = () => {},
): HttpClient {
  const inner = Stripe.createNodeHttpClient();
  const send = inner.makeRequest.bind(inner);
  inner.makeRequest = async (...request: Parameters<HttpClient["makeRequest"]>) => {
    const [, , path, method] = request;
    await door?.admit().catch((error: unknown) => {
      if (error instanceof NotSent) notice();
      onSent({ method, path, status: "not_sent", ms: 0 });
      throw error;
    });
    const sent = sending.getStore();
    if (sent) sent.requests += 1;
    const began = performance.now();
    const tell = (status: SentRequest["status"]) =>
      onSent({ method, path, status, ms: performance.now() - began });
    const response = await send(...request).catch((error: unknown) => {
      tell("none");
      throw error;
    });
    const status = response.getStatusCode();
    tell(status);
    if (status === 401 || status === 403) notice();
    door?.heard({ method, path }, status);
    return response;
  };
  return inner;
}
