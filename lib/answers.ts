import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Refusal, refuseRequestLine } from "./request-line";
import { explainOutages } from "./unavailable";

/** Two years, and every name below ours: an address that was https once is asked for by nothing else. */
const TRANSPORT = "max-age=63072000; includeSubDomains";

/**
 * What every answer says to a browser, whoever makes it: page, file, route, redirect, refusal, the framework's own errors.
 * The policy is for what is no page; the proxy writes pages' own over it.
 */
export const answerHeaders = (appUrl: string): Readonly<Record<string, string>> => ({
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  // Not "no-referrer": with it browsers send `Origin: null` with forms, which are then refused.
  "Referrer-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  ...(appUrl.startsWith("https://") && { "Strict-Transport-Security": TRANSPORT }),
});

// One flag per process: the framework may load this module more than once.
const INSTALLED = Symbol.for("refill.answers");
type Flagged = typeof globalThis & { [INSTALLED]?: true };

const STARTED = "http.server.request.start";
type Started = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
};

/**
 * Sees every request of this process before the framework: sets what all answers say, and answers what the framework would
 * fail at. Headers in the framework's configuration are fixed when it is built, when nobody knows APP_URL, and reach
 * neither the proxy's own answers nor the framework's errors. Call once when the server starts. Returns how to stop.
 */
export function guardAnswers(appUrl: string): () => void {
  if ((globalThis as Flagged)[INSTALLED]) return () => {};
  (globalThis as Flagged)[INSTALLED] = true;
  const headers = Object.entries(answerHeaders(appUrl));
  const refused = new WeakSet<IncomingMessage>();
  const guarded = new WeakSet<Server>();
  const onRequest = (message: unknown) => {
    const { request, response, server } = message as Started;
    for (const [name, value] of headers) response.setHeader(name, value);
    explainOutages(request, response);
    completeHead(request, response);
    if (!guarded.has(server)) {
      guarded.add(server);
      keepFromListeners(server, refused);
      server.on("clientError", (error, socket) => answerUnreadable(error, socket, headers));
    }
    const refusal = refuseRequestLine(request.method, request.url);
    if (!refusal) return;
    refused.add(request);
    answer(response, refusal);
  };
  subscribe(STARTED, onRequest);
  return () => {
    unsubscribe(STARTED, onRequest);
    delete (globalThis as Flagged)[INSTALLED];
  };
}

function answer(response: ServerResponse, { status, text, allow }: Refusal): void {
  if (allow) response.setHeader("Allow", allow);
  // Its body, if it has one, is not read.
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${text}\n`);
}

/** Node tells of a request before its listeners, and has no way to answer it instead of them but this. */
function keepFromListeners(server: Server, refused: WeakSet<IncomingMessage>): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...given: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...given: unknown[]) =>
    (event === "request" && refused.has(given[0] as IncomingMessage)) || emit(event, ...given);
}

/** Statuses of what never became a request, by the error's code; 400 otherwise. The same as Node gives where nobody listens. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** What Node keeps on a socket: the answer that is written to it. Its own handler looks at the same. */
type Answered = Duplex & { readonly _httpMessage?: { readonly _headerSent?: boolean } | null };

function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  headers: readonly (readonly [string, string])[],
): void {
  const isUnderWay = (socket as Answered)._httpMessage?._headerSent === true;
  // Into an answer that is under way no other is written: it would be read as part of it.
  if (!socket.writable || isUnderWay || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = UNREADABLE[error.code ?? ""] ?? "400 Bad Request";
  const lines = [...headers, ["Cache-Control", "no-store"], ["Connection", "close"]];
  socket.end(
    `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
    () => socket.destroy(),
  );
}

/** What an answer says only where its maker said nothing, known when its head is written. */
function completeHead(request: IncomingMessage, response: ServerResponse): void {
  const writeHead = response.writeHead as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: [number, ...unknown[]]) => {
    // A route that was built to be the same for everybody says so itself.
    if (!saysSo("cache-control", response, given)) response.setHeader("Cache-Control", "no-store");
    if (given[0] === 405 && !saysSo("allow", response, given))
      response.setHeader("Allow", methodsBeside(request));
    return writeHead.apply(response, given);
  };
}

function saysSo(name: string, response: ServerResponse, given: readonly unknown[]): boolean {
  const fields = given.at(-1);
  const inFields =
    typeof fields === "object" &&
    fields !== null &&
    (Array.isArray(fields) ? fields.flat() : Object.keys(fields)).some(
      (each) => String(each).toLowerCase() === name,
    );
  return inFields || response.hasHeader(name);
}

/** The framework refuses a method without a list of the others. A route of ours is there to be read or to be posted to. */
function methodsBeside({ method, url }: IncomingMessage): string {
  if (url?.startsWith("/api/auth/")) return "GET, HEAD, POST, OPTIONS";
  if (url?.startsWith("/api/stripe/")) return "POST, OPTIONS";
  return method === "GET" || method === "HEAD" ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}
