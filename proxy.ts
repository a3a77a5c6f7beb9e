import { type NextRequest, NextResponse } from "next/server";
import { recordForeignOrigin } from "@/lib/auth/foreign-origin";
import { isOwnOrigin } from "@/lib/auth/origin";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";

const READS = ["GET", "HEAD", "OPTIONS"];
const FOREIGN =
  "This request did not come from our own pages. Nothing was changed. Please reload the page and try again.";
const TOO_LARGE = "This form is too large. Nothing was changed.";
const LARGEST_FORM = 100 * 1024;

const refuse = (status: number, sentence: string): NextResponse =>
  new NextResponse(sentence, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

/**
 * Before any page: what would change something and was not sent by our own pages is refused in words (the wrappers
 * of actions ask again), and every page gets a policy under which only the framework's own scripts run.
 */
export function proxy(request: NextRequest): NextResponse {
  if (!READS.includes(request.method) && !isOwnOrigin(request.headers, env().APP_URL)) {
    recordForeignOrigin(deps(), request.headers, "page");
    return refuse(403, FOREIGN);
  }
  // What does not say how long it is, is stopped at the same limit by the framework (next.config.mjs), in its own words.
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_FORM) return refuse(413, TOO_LARGE);
  const policy = contentSecurityPolicy(Buffer.from(crypto.randomUUID()).toString("base64"));
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy); // Where the framework reads the nonce for its scripts.
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/** Without `form-action`, which would also stop forms from being sent on to the bank, to Stripe and to sign-in providers. */
const contentSecurityPolicy = (nonce: string): string =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'", // Widths of bars are style attributes, which no nonce can cover.
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

export const config = { matcher: ["/((?!api/|_next/|icon.svg).*)", "/api/v1/docs"] };
