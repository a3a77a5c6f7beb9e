/**
 * The route that answers a path, as the build calls it (`/settings/billing/buy-credit/[orderId]`), so that neither a log nor a
 * label has an id: static files are `/_next/static`, and what no route answers is `other`.
 */
export function createRoutePattern(patterns: readonly string[]): (path: string) => string {
  const fixed = new Set(patterns.filter((each) => !each.includes("[")));
  const open = patterns
    .filter((each) => each.includes("["))
    .map((pattern) => ({ pattern, parts: pattern.split("/").slice(1) }))
    // What is longer and more literal is meant first, a rest last.
    .sort((a, b) => weight(a.parts) - weight(b.parts));
  return (path) => {
    if (path.startsWith("/_next/")) return "/_next/static";
    const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    if (fixed.has(plain)) return plain;
    const parts = plain.split("/").slice(1);
    return open.find((each) => matches(each.parts, parts))?.pattern ?? "other";
  };
}

const isRest = (part: string): boolean => part.startsWith("[...") || part.startsWith("[[...");

const weight = (parts: readonly string[]): number =>
  parts.reduce((sum, part) => sum + (isRest(part) ? 100 : part.startsWith("[") ? 1 : 0), 0) -
  parts.length / 100;

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  for (const [at, wanted] of pattern.entries()) {
    if (wanted.startsWith("[[...")) return true;
    if (wanted.startsWith("[...")) return parts.length > at;
    const part = parts[at];
    if (part === undefined || part === "" || (!wanted.startsWith("[") && wanted !== part)) return false;
  }
  return parts.length === pattern.length;
}
