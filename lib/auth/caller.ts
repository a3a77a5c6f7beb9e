import { env, trustedProxies } from "../env";
import { clientAddress } from "./address";

type ReadableHeaders = Pick<Headers, "get">;

/** Where a request came from, as far as security events and the list of sessions say it. */
export type Caller = {
  /** As limits count it (`clientAddress`). */
  readonly address: string;
  /** A name from a fixed list, never what the client wrote; null when it is none of them. */
  readonly browser: string | null;
  readonly system: string | null;
};

/** First match wins: most browsers claim to be several. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/[\d.]+.*\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];
/** Real ones are shorter; the rest of a longer one is not looked at. */
const MAX_USER_AGENT = 512;

/** Address, browser and system of a request. Browser and system are what the client claims: shown, never relied on. */
export const callerOf = (headers: ReadableHeaders): Caller => ({
  address: clientAddress(headers, { trustedProxies: trustedProxies(env()) }),
  ...browserOf(headers.get("user-agent")),
});

export function browserOf(userAgent: string | null): Pick<Caller, "browser" | "system"> {
  const told = userAgent?.slice(0, MAX_USER_AGENT) ?? "";
  return { browser: firstName(BROWSERS, told), system: firstName(SYSTEMS, told) };
}

const firstName = (list: readonly (readonly [RegExp, string])[], userAgent: string): string | null =>
  list.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
