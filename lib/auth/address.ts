import { isIP } from "node:net";
import { peerAddress } from "./peer-address";

type ReadableHeaders = Pick<Headers, "get">;

/** Everybody whose address cannot be known shares one name, and so one limit. */
export const UNKNOWN_ADDRESS = "unknown";

/** No chain of proxies is longer; what claims to be is not read to its end. */
const MAX_HOPS = 32;

/**
 * Who is calling, for limits. Behind so many trusted proxies the entry of X-Forwarded-For that the outermost of them
 * wrote: each adds its caller at the right. Without one the connection's own address. Never what the client claims,
 * and `unknown` where that entry is not there or is no address. RFC 7239's `Forwarded` is not read: a proxy that
 * does not write it passes on the client's.
 */
export function clientAddress(
  headers: ReadableHeaders,
  options: { readonly trustedProxies: number },
): string {
  const { trustedProxies } = options;
  if (trustedProxies > 0) {
    const hops = (headers.get("x-forwarded-for") ?? "").split(",", MAX_HOPS + 1);
    return hops.length > MAX_HOPS ? UNKNOWN_ADDRESS : network(hops.at(-trustedProxies));
  }
  return network(peerAddress(headers));
}

/** `192.0.2.1:5678`, `[2001:db8::1]:443` and `[2001:db8::1]`: some proxies write the port, and brackets, too. */
const WITH_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^\]]*)\](?::\d{1,5})?)$/;
const MAX_LENGTH = 64;

/** One IPv6 subscriber owns at least a /64, so that is what is counted; IPv4 written as IPv6 is IPv4. */
function network(text: string | undefined | null): string {
  const told = text?.trim() ?? "";
  if (told.length > MAX_LENGTH) return UNKNOWN_ADDRESS;
  const [, ipv4, ipv6] = WITH_PORT.exec(told) ?? [];
  const address = ipv4 ?? ipv6 ?? told;
  switch (isIP(address)) {
    case 4:
      return ipv6 === undefined ? address : UNKNOWN_ADDRESS;
    case 6:
      return networkOf(groups(address));
    default:
      return UNKNOWN_ADDRESS;
  }
}

function networkOf(numbers: readonly number[]): string {
  const [high = 0, low = 0] = numbers.slice(6);
  const isIpv4 = numbers.slice(0, 5).every((each) => each === 0) && numbers[5] === 0xffff;
  if (isIpv4) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  const first = numbers.slice(0, 4).map((each) => each.toString(16));
  return `${first.join(":")}::/64`;
}

/** The eight numbers of an address that is one. */
function groups(address: string): number[] {
  const plain = (address.split("%")[0] ?? "").replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a, b, c, d) => `${pair(a, b)}:${pair(c, d)}`,
  );
  const [head = "", tail] = plain.split("::");
  const numbers = (part: string | undefined) =>
    part ? part.split(":").map((each) => parseInt(each, 16)) : [];
  const [left, right] = [numbers(head), numbers(tail)];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<number>(zeros).fill(0), ...right];
}

const pair = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16);
