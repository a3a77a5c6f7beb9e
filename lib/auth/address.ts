import { isIP } from "node:net";
import { PEER_HEADER, peerAddressesAreRecorded } from "./peer-address";

type ReadableHeaders = Pick<Headers, "get">;

/** Everybody whose address cannot be known shares one name, and so one limit. */
export const UNKNOWN_ADDRESS = "unknown";

/**
 * Who is calling, for limits. Behind a trusted proxy the rightmost X-Forwarded-For entry, the one that proxy
 * wrote; otherwise the connection's own address. Never what the client claims.
 */
export function clientAddress(
  headers: ReadableHeaders,
  options: { readonly trustedProxy: boolean; readonly peersRecorded?: boolean },
): string {
  const peersRecorded = options.peersRecorded ?? peerAddressesAreRecorded();
  if (options.trustedProxy) return network(headers.get("x-forwarded-for")?.split(",").at(-1));
  return peersRecorded ? network(headers.get(PEER_HEADER)) : UNKNOWN_ADDRESS;
}

/** One IPv6 subscriber owns at least a /64, so that is what is counted. */
function network(text: string | null | undefined): string {
  const address = text?.trim().toLowerCase() ?? "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
  switch (isIP(mapped)) {
    case 4:
      return mapped;
    case 6:
      return `${groups(mapped).slice(0, 4).join(":")}::/64`;
    default:
      return UNKNOWN_ADDRESS;
  }
}

function groups(address: string): string[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const width = (part: string) => (part.includes(".") ? 2 : 1);
  const present = [...left, ...right].reduce((sum, part) => sum + width(part), 0);
  const zeros = tail === undefined ? 0 : 8 - present;
  return [...left, ...Array<string>(zeros).fill("0"), ...right].map((part) => part.replace(/^0+(?=.)/, ""));
}
