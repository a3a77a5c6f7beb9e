import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

export const PEER_HEADER = "x-refill-peer";

// One mark per process, known to nobody else: the framework may load this module more than once.
const MARK = Symbol.for("refill.peer-address");
type Marked = typeof globalThis & { [MARK]?: string };

/** The address of the connection, where it was written here: a request that came before anybody looked has its client's. */
export function peerAddress(headers: Pick<Headers, "get">): string | null {
  const mark = (globalThis as Marked)[MARK];
  const written = headers.get(PEER_HEADER);
  return mark !== undefined && written?.startsWith(`${mark} `) ? written.slice(mark.length + 1) : null;
}

/**
 * Writes the address of every connection into a header of its requests, over whatever the client put there. The
 * framework shows pages and actions no socket, and X-Forwarded-For is anybody's to fill in unless a proxy is
 * trusted. Call once when the server starts.
 */
export function recordPeerAddresses(): void {
  if ((globalThis as Marked)[MARK] !== undefined) return;
  const mark = randomBytes(16).toString("hex");
  (globalThis as Marked)[MARK] = mark;
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER_HEADER] = `${mark} ${request.socket.remoteAddress ?? ""}`;
  });
}
