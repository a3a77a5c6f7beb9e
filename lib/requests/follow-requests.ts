import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type Doing, whileDoing } from "./context";
import type { Answered } from "./request-lines";

const STARTED = "http.server.request.start";
type Started = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
};

export type Following = {
  /** Whether a proxy of ours stands before this process, so that the id it gives is taken. */
  readonly behindProxy: boolean;
  /** The route that answers a path. */
  readonly patternOf: (path: string) => string;
  readonly onAnswered: (answered: Answered) => void;
};

const HEADER = "x-request-id";
const IS_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Gives every request of this process an id, lets everything that is done for it know it, answers with it (`X-Request-Id`), and
 * tells what came of it. The id is the trusted proxy's, or the API's caller's, who may name one, else made here. Call once when
 * the server starts. Returns how to stop.
 */
export function followRequests({ behindProxy, patternOf, onAnswered }: Following): () => void {
  const doings = new WeakMap<IncomingMessage, Doing>();
  const followed = new WeakSet<Server>();
  const onRequest = (message: unknown) => {
    const { request, response, server } = message as Started;
    const [path = "/"] = (request.url ?? "/").split(/[?#]/, 1);
    const given = request.headers[HEADER];
    const mayName = behindProxy || path.startsWith("/api/v1/");
    const requestId = mayName && typeof given === "string" && IS_ID.test(given) ? given : randomUUID();
    request.headers[HEADER] = requestId; // The framework's routes read it there.
    response.setHeader("X-Request-Id", requestId);
    const doing: Doing = { requestId };
    doings.set(request, doing);
    if (!followed.has(server)) {
      followed.add(server);
      runWithin(server, doings);
    }
    const began = performance.now();
    response.once("close", () =>
      onAnswered({
        method: request.method ?? "",
        route: patternOf(path),
        status: response.statusCode,
        ms: performance.now() - began,
        cutShort: !response.writableFinished,
        doing,
      }),
    );
  };
  subscribe(STARTED, onRequest);
  return () => void unsubscribe(STARTED, onRequest);
}

/** Whoever listens to the server's requests runs as part of them. */
function runWithin(server: Server, doings: WeakMap<IncomingMessage, Doing>): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...given: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...given: unknown[]) => {
    const doing = event === "request" ? doings.get(given[0] as IncomingMessage) : undefined;
    return doing ? whileDoing(doing, () => emit(event, ...given)) : emit(event, ...given);
  };
}
