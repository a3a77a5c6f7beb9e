import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { HOME_PATH, safeCallbackPath, signInPath } from "./callback-url";

const SITE = "https://billing.example";
const PIECES = [
  "/",
  "//",
  "\\",
  "%2f",
  "%5C",
  "%09",
  "%00",
  "%",
  "%25",
  "2f",
  ".",
  "..",
  "@",
  ":",
  "http:",
  "evil.com",
  "settings",
  "?",
  "#",
  "a=1",
  "\t",
  "\n",
  " ",
  "sign-in",
  "SIGN-IN",
  "api",
];
const trickery = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => `/${parts.join("")}`),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => parts.join("")),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string(),
);

describe("a callback path", () => {
  property.prop([trickery], { numRuns: 3_000 })(
    "never leads off the site, whatever it is made of",
    (text) => {
      const path = safeCallbackPath(text);
      expect(path.startsWith("/")).toBe(true);
      expect(new URL(path, SITE).origin).toBe(SITE);
      expect(new URL(decodeURIComponent(path), SITE).origin).toBe(SITE);
    },
  );

  property.prop([trickery], { numRuns: 1_000 })("is settled: judging it again changes nothing", (text) => {
    const path = safeCallbackPath(text);
    expect(safeCallbackPath(path)).toBe(path);
  });

  property.prop([trickery], { numRuns: 1_000 })("never leads back to sign-in", (text) => {
    expect(decodeURIComponent(safeCallbackPath(text)).toLowerCase()).not.toMatch(/^\/sign-in([/?#]|$)/);
  });

  it.each([
    "https://evil.com",
    "//evil.com",
    "/\\evil.com",
    "\\\\evil.com",
    "/%2F/evil.com",
    "/%2Fevil.com",
    "/%5cevil.com",
    "/%255cevil.com",
    "/%09/evil.com",
    "/\t/evil.com",
    "/./\n/evil.com",
    "/..//evil.com",
    "/settings/../../evil",
    "javascript:alert(1)",
    "/sign-in",
    "/sign-in?callbackUrl=/sign-in",
    "/%73ign-in",
    "/api/auth/signin",
    "/settings%",
    `/${"a".repeat(3_000)}`,
    "",
    null,
    undefined,
    ["/settings/profile"],
    { toString: () => "/settings/profile" },
  ])("%j goes home", (text) => {
    expect(safeCallbackPath(text)).toBe(HOME_PATH);
  });

  it.each([
    "/settings/profile",
    "/settings/billing/usage?from=2026-11-01&category=ai_processing",
    "/settings/billing/buy-credit/ord_0192aa?attempt=2#receipt",
    "/",
  ])("%j is kept as it is", (path) => {
    expect(safeCallbackPath(path)).toBe(path);
  });

  it("travels through sign-in and back", () => {
    const path = "/settings/billing/usage?from=2026-11-01&category=a b".replace(" ", "%20");
    const query = new URL(signInPath(path), SITE).searchParams;
    expect(safeCallbackPath(query.get("callbackUrl"))).toBe(HOME_PATH); // A decoded space is not a path…
    const plain = "/settings/billing/usage?from=2026-11-01&category=ai_processing";
    expect(safeCallbackPath(new URL(signInPath(plain), SITE).searchParams.get("callbackUrl"))).toBe(plain);
    expect(signInPath("//evil.com")).toBe("/sign-in");
  });
});
