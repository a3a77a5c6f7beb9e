import { subscribe } from "node:diagnostics_channel";
import type { Server, ServerResponse } from "node:http";

/**
 * Draining: this process was told to stop, and goes on only with what it has begun. Kept for the process rather than in
 * the module, which the framework loads once for its pages and once for what runs before them.
 */
type State = {
  draining: boolean;
  readonly listeners: Set<() => void>;
  /** Servers that got a request, and answers that are not over. */
  readonly servers: Set<Server>;
  readonly open: Set<ServerResponse>;
};
type Started = { readonly response: ServerResponse; readonly server: Server };

const kept = globalThis as typeof globalThis & { refillDraining?: State };

/** Connections that went idle while draining are looked for so often. */
const LOOK_EVERY_MS = 100;

function state(): State {
  if (!kept.refillDraining) {
    kept.refillDraining = { draining: false, listeners: new Set(), servers: new Set(), open: new Set() };
    subscribe("http.server.request.start", (message) => begun(message as Started));
  }
  return kept.refillDraining;
}

/** From now on answers are known to this process, so that draining can end their connections. Call once, at the start. */
export const watchAnswers = (): void => void state();

/** Whether this process was told to stop. */
export const isDraining = (): boolean => state().draining;

/** Calls `listener` when draining begins, at once when it has. For what would never end by itself, like streams. */
export function onDraining(listener: () => void): void {
  if (state().draining) listener();
  else state().listeners.add(listener);
}

/**
 * Begins to drain: every answer from now on says `Connection: close`, so that a proxy's connections come to their end
 * however busy they are, and who listens ends what it streams.
 */
export function beginDraining(): void {
  const now = state();
  if (now.draining) return;
  now.draining = true;
  for (const answer of now.open) closeAfter(answer);
  for (const listener of now.listeners) listener();
  now.listeners.clear();
}

/** Ends connections nobody is answered on, now and whenever one goes idle. It keeps no process alive. */
export function closeIdleConnections(): void {
  const close = () => {
    for (const server of state().servers) server.closeIdleConnections();
  };
  close();
  setInterval(close, LOOK_EVERY_MS).unref();
}

/** How many answers are not over. */
export const countOpenAnswers = (): number => state().open.size;

function begun({ response, server }: Started): void {
  const { draining, servers, open } = state();
  if (!servers.has(server)) {
    servers.add(server);
    server.once("close", () => servers.delete(server));
  }
  open.add(response);
  response.once("close", () => open.delete(response));
  if (draining) closeAfter(response);
}

/** One that has begun keeps what it said; its connection is closed once it is idle. */
function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
}
