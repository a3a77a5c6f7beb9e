import http from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { type Simulator, type SimulatorOptions, startSimulator } from "./server";

export const SECRET = "whsec_for_tests";
export const RETURN_URL = "http://shop.test/orders/1?tab=receipt";

export function clientOf(simulator: Simulator): Stripe {
  const { port } = simulator;
  return new Stripe("sk_test_local", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
  });
}

export async function simulate(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ balanceDelayMs: 20, returnDelayMs: 20, ...options });
  return { simulator, stripe: clientOf(simulator) };
}

/** The error a call fails with; a call that succeeds is a failed test. */
export async function failureOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`succeeded: ${JSON.stringify(outcome.value)}`);
  return outcome.error as Stripe.errors.StripeError;
}

export function post(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams(fields) });
}

/** A request with headers that `fetch` does not let anybody choose, as a browser would send them. */
export function askAs(request: {
  readonly port: number | string;
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}): Promise<{ readonly status: number; readonly text: string }> {
  const { port, method = "GET", path = "/", headers, body } = request;
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export function control(
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${simulator.url}/_sim${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

export async function until<T>(look: () => T | undefined | false | null, ms = 5_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error("it did not happen");
    await new Promise((resume) => setTimeout(resume, 5));
  }
}

export type Received = { event: Stripe.Event; signature: string };

/** An endpoint that verifies what it gets with the SDK and answers as told. */
export async function listenForEvents(answer: (received: Received, nth: number) => number = () => 200) {
  const stripe = new Stripe("sk_test_local");
  const received: Received[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const signature = String(request.headers["stripe-signature"]);
    const event = stripe.webhooks.constructEvent(Buffer.concat(chunks), signature, SECRET);
    received.push({ event, signature });
    response.writeHead(answer({ event, signature }, received.length)).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    types: () => received.map(({ event }) => event.type),
    webhook: { url: `http://127.0.0.1:${port}/hook`, secret: SECRET },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
