/** Where people land when nobody said where they were going. */
export const HOME_PATH = "/settings/billing/overview";

const MAX_LENGTH = 2_048;
/** Deeper encoding than this is nobody's bookmark. */
const MAX_LAYERS = 4;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being refused
const FORBIDDEN = /[\\\s\u0000-\u0020\u007f-\u009f\u2028\u2029\ufeff]/;

/**
 * A path on this site that is safe to redirect to, or `fallback`. Whatever a browser could read as another host
 * (`//host`, `/\host`, control characters, any of them percent-encoded) is not a path, and neither is a way back
 * to sign-in or to a page that is not for people.
 */
export function safeCallbackPath(text: unknown, fallback: string = HOME_PATH): string {
  if (typeof text !== "string" || text.length > MAX_LENGTH || !text.startsWith("/")) return fallback;
  const layers = decodedLayers(text);
  if (!layers?.every(isPlainPath)) return fallback;
  const url = parse(text);
  if (!url) return fallback;
  const path = url.pathname + url.search + url.hash;
  return isPlainPath(path) ? path : fallback;
}

/** `/sign-in` with the way back, without it when the way back would be home anyway. */
export function signInPath(callback: unknown): string {
  const path = safeCallbackPath(callback);
  return path === HOME_PATH ? "/sign-in" : `/sign-in?callbackUrl=${encodeURIComponent(path)}`;
}

/** The text and what it says after each round of percent-decoding; null when it is malformed or endless. */
function decodedLayers(text: string): string[] | null {
  const layers = [text];
  for (let current = text; layers.length <= MAX_LAYERS; ) {
    let next: string;
    try {
      next = decodeURIComponent(current);
    } catch {
      return null; // Not something a browser would have produced.
    }
    if (next === current) return layers;
    layers.push(next);
    current = next;
  }
  return null;
}

function isPlainPath(path: string): boolean {
  if (FORBIDDEN.test(path)) return false;
  const [route = ""] = path.split(/[?#]/);
  if (route.includes("//") || /(^|\/)\.{1,2}(\/|$)/.test(route)) return false;
  const first = route.split("/")[1]?.toLowerCase();
  return first !== "sign-in" && first !== "api" && first !== "_next";
}

const parse = (path: string): URL | null => {
  const url = URL.canParse(path, "http://here.invalid") ? new URL(path, "http://here.invalid") : null;
  return url?.origin === "http://here.invalid" ? url : null;
};
