import { createHash, randomBytes } from "node:crypto";
import { cookies } from "next/headers";
import { NextRequest, NextResponse } from "next/server";
import NextAuth from "next-auth";
import { safeCallbackPath } from "@/lib/auth/callback-url";
import { authOptions, listOAuthProviders } from "@/lib/auth/config";
import { recordForeignOrigin } from "@/lib/auth/foreign-origin";
import { isOwnOrigin } from "@/lib/auth/origin";
import { cookieName, cookieOptions } from "@/lib/auth/session-token";
import { readBounded } from "@/lib/bounded-body";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";

const CSRF_SECONDS = 60;
/** Our own form has one field, a path. */
const MAX_FORM = 16 * 1024;

type Context = { readonly params: Promise<{ nextauth: string[] }> };

const notFound = () => new Response("Not found", { status: 404 });
const isProvider = (id: string | undefined) => listOAuthProviders().some((each) => each.id === id);

// Of all the library can do only two things are reachable: going to a provider, and coming back from it.
export async function GET(request: NextRequest, context: Context): Promise<Response> {
  const [action, provider] = (await context.params).nextauth;
  if (action === "callback" && isProvider(provider)) {
    const response: Response = await NextAuth(authOptions())(request, context);
    return response;
  }
  if (action === "signin" || action === "error") {
    return NextResponse.redirect(new URL("/sign-in?error=OAuthFailed", env().APP_URL));
  }
  return notFound();
}

export async function POST(request: NextRequest, context: Context): Promise<Response> {
  const [action, provider] = (await context.params).nextauth;
  if (action !== "signin" || !isProvider(provider)) return notFound();
  const { APP_URL, AUTH_SECRET } = env();
  if (!isOwnOrigin(request.headers, APP_URL)) {
    recordForeignOrigin(deps(), request.headers, "provider");
    return new Response("Forbidden", { status: 403 });
  }
  const bytes = await readBounded(request, MAX_FORM);
  if (bytes === null) return new Response("Too large", { status: 413 });
  const form = new URLSearchParams(Buffer.from(bytes).toString("utf8"));
  const csrfToken = await passCsrfCheck(APP_URL, AUTH_SECRET);
  const body = new URLSearchParams({ csrfToken, callbackUrl: safeCallbackPath(form.get("callbackUrl")) });
  const forwarded = new NextRequest(new URL(`/api/auth/signin/${provider}`, APP_URL), {
    method: "POST",
    body,
  });
  const response: Response = await NextAuth(authOptions())(forwarded, context);
  return response;
}

/** The library wants its own double-submit cookie; the origin was checked, so we hand it one that matches. */
async function passCsrfCheck(appUrl: string, secret: string): Promise<string> {
  const token = randomBytes(32).toString("hex");
  const proof = createHash("sha256").update(`${token}${secret}`).digest("hex");
  const name = cookieName(appUrl, "next-auth.csrf-token");
  (await cookies()).set(name, `${token}|${proof}`, cookieOptions(appUrl, CSRF_SECONDS));
  return token;
}
