import { type NextRequest, NextResponse } from "next/server";
import { recordForeignOrigin } from "@/lib/auth/foreign-origin";
import { isOwnOrigin } from "@/lib/auth/origin";
import { buildFacts } from "@/lib/build-facts";
import { deps } from "@/lib/deps";
import {
  KEPT_COOKIE,
  KEPT_HEADER,
  KEPT_SECONDS,
  type Kept,
  packKept,
  readSentForm,
  unpackKept,
} from "@/lib/earlier-version";
import { env } from "@/lib/env";

const FOREIGN =
  "This request did not come from our own pages. Nothing was changed. Please reload the page and try again.";
const TOO_LARGE = "This form is too large. Nothing was changed.";
const NO_ACTION = "There is nothing here that could be sent. Nothing was changed.";
const EARLIER = "This page is from an earlier version. Nothing was sent. Please reload it.";

/**
 * Before any page: what would change something and was not sent by our own pages, or names no action of ours, is refused in
 * words (the wrappers of actions ask again); a form of an earlier version leads back to its page; and every page gets a
 * policy under which only the framework's own scripts run.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  if (request.method === "GET" || request.method === "HEAD") return showPage(request);
  if (request.method !== "OPTIONS" && !isOwnOrigin(request.headers, env().APP_URL)) {
    recordForeignOrigin(deps(), request.headers, "page");
    return refuse(403, FOREIGN);
  }
  if (request.method !== "POST") return refuse(405, NO_ACTION, "GET, HEAD, POST");
  const form = await readSentForm(request);
  if (form === "too_large") return refuse(413, TOO_LARGE);
  if (form.actions.length === 0) return refuse(405, NO_ACTION, "GET, HEAD");
  const known = buildFacts()?.actions;
  if (known && !form.actions.every((each) => known.has(each)))
    return backToPage(request, { values: form.values, lost: false });
  return showPage(request);
}

/**
 * Pages whose address holds the token of a mailed link, or may hold one as the way on. No request says where it comes from
 * with more than the origin; with "no-referrer" browsers would send `Origin: null` with forms, which are then refused.
 */
const SAYS_A_TOKEN: ReadonlySet<string> = new Set([
  "/reset-password",
  "/confirm-email",
  "/undo-email",
  "/join",
  "/sign-in",
  "/sign-in/second-factor",
]);

const refuse = (status: number, sentence: string, allow?: string): NextResponse =>
  new NextResponse(sentence, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...(allow && { allow }) },
  });

function showPage(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(Buffer.from(crypto.randomUUID()).toString("base64"));
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy); // Where the framework reads the nonce for its scripts.
  headers.delete(KEPT_HEADER);
  const kept = isWholePage(request) ? request.cookies.get(KEPT_COOKIE)?.value : undefined;
  if (kept && unpackKept(kept)) headers.set(KEPT_HEADER, kept);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  if (SAYS_A_TOKEN.has(request.nextUrl.pathname)) response.headers.set("referrer-policy", "strict-origin");
  if (kept) response.headers.append("set-cookie", keptCookie(request, "", 0));
  return response;
}

/** Not a part of one that a page with scripts asks for, which would use up what is kept. */
const isWholePage = ({ method, headers }: NextRequest): boolean =>
  method === "GET" && !headers.has("rsc") && (headers.get("accept") ?? "").includes("text/html");

/**
 * The answer to a form whose action this build does not know, so that nothing ran: the page it stands on, anew, where what
 * was entered is found again. An order's page thereby tells what became of the order. Scripts take the same way by a
 * header, also those of versions that knew nothing of this.
 */
function backToPage(request: NextRequest, kept: Kept): NextResponse {
  const { pathname, search, href } = request.nextUrl;
  const byScript = request.headers.has("next-action");
  const response = refuse(byScript ? 409 : 303, EARLIER);
  if (byScript) response.headers.set("x-action-redirect", `${pathname}${search};replace`);
  else response.headers.set("location", href); // The framework takes our own host out again.
  response.headers.append("set-cookie", keptCookie(request, packKept(kept), KEPT_SECONDS));
  return response;
}

function keptCookie({ nextUrl }: NextRequest, value: string, seconds: number): string {
  const path = /[;,\s]/.test(nextUrl.pathname) ? "/" : nextUrl.pathname;
  const secure = env().APP_URL.startsWith("https://") ? "; Secure" : "";
  return `${KEPT_COOKIE}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
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

export const config = {
  matcher: [
    "/((?!api/|_next/static/|_next/image|icon.svg|favicon.ico|apple-icon.png|manifest.webmanifest|(?:livez|readyz|healthz|metrics|\\.well-known/security\\.txt)$).*)",
    "/api/v1/docs",
  ],
};
