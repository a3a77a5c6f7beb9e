import type { IncomingHttpHeaders } from "node:http";

const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Why a request is not for a server that answers its own machine alone, or null. Its `Host` must be a name of this machine
 * (or of `publicUrl`): a page somewhere whose name was made to lead here (DNS rebinding) brings that name. What changes
 * something must come from the server's own pages, or from no page at all: a browser says where it is from.
 */
export function refuseVisitor(
  { method = "GET", headers }: { readonly method?: string; readonly headers: IncomingHttpHeaders },
  publicUrl: string | null = null,
): string | null {
  const own = publicUrl === null ? null : new URL(publicUrl);
  const host = (headers.host ?? "").toLowerCase();
  if (!isLoopback(host) && host !== own?.host) return "This answers only to names of its own machine.";
  if (method === "GET" || method === "HEAD") return null;
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  const isOwnPage =
    origin === undefined || origin === own?.origin || origin.toLowerCase() === `http://${host}`;
  const isFromElsewhere = site === "cross-site" || site === "same-site";
  return isOwnPage && !isFromElsewhere ? null : "This takes nothing from pages of others.";
}

/** Without its port, which may be any. */
function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.replace(/:\d{1,5}$/, ""));
}
