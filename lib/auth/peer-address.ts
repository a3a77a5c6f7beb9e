import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

export const PEER_HEADER = "x-refill-peer";

// One flag per process: the framework may load this module more than once.
const INSTALLED = Symbol.for("refill.peer-address");
type Flagged = typeof globalThis & { [INSTALLED]?: true };

export const peerAddressesAreRecorded = (): boolean => (globalThis as Flagged)[INSTALLED] === true;

/**
 * Writes the address of every connection into a header of its requests, over whatever the client put there. The
 * framework shows pages and actions no socket, and X-Forwarded-For is anybody's to fill in unless a proxy is
 * trusted. Call once when the server starts.
 */
export function recordPeerAddresses(): void {
  if (peerAddressesAreRecorded()) return;
  (globalThis as Flagged)[INSTALLED] = true;
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? "";
  });
}
