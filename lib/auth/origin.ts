type ReadableHeaders = Pick<Headers, "get">;

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a request that changes something was sent by our own pages. The Origin header must be there and name
 * APP_URL's origin; on a developer's machine every name of the loopback on the same port is the same place.
 */
export function isOwnOrigin(headers: ReadableHeaders, appUrl: string): boolean {
  const given = headers.get("origin");
  return given !== null && ownOrigins(appUrl).includes(given);
}

function ownOrigins(appUrl: string): string[] {
  const own = new URL(appUrl);
  if (!LOOPBACK.includes(own.hostname)) return [own.origin];
  return LOOPBACK.map((host) => `${own.protocol}//${host}${own.port && `:${own.port}`}`);
}
