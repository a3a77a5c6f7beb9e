import { cookies, headers } from "next/headers";
import type { NextAuthOptions } from "next-auth";
import GitHubProvider, { type GithubProfile } from "next-auth/providers/github";
import GoogleProvider, { type GoogleProfile } from "next-auth/providers/google";
import { deps } from "../deps";
import { env } from "../env";
import { safeCallbackPath } from "./callback-url";
import { callerOf } from "./caller";
import { type ProvidedIdentity, signInWithIdentity } from "./identities";
import { secondStepPath, wantsSecondStep } from "./second-step";
import { recordSecurityEvent } from "./security-events";
import { beginSession } from "./session";
import {
  cookieName,
  cookieOptions,
  SESSION_SECONDS,
  type SessionSubject,
  sessionClaims,
} from "./session-token";

export type OAuthProvider = { readonly id: "github" | "google"; readonly name: string };

/** The providers this installation has keys for. */
export function listOAuthProviders(): readonly OAuthProvider[] {
  const { GITHUB_CLIENT_ID, GOOGLE_CLIENT_ID } = env();
  return [
    ...(GITHUB_CLIENT_ID ? [{ id: "github", name: "GitHub" } as const] : []),
    ...(GOOGLE_CLIENT_ID ? [{ id: "google", name: "Google" } as const] : []),
  ];
}

/** What OAuth sign-in needs. E-mail and password go through our own action, which counts guesses. */
export function authOptions(): NextAuthOptions {
  const { APP_URL, AUTH_SECRET } = env();
  // biome-ignore lint/style/noProcessEnv: the library reads its own address from nowhere else
  process.env.NEXTAUTH_URL ??= APP_URL;
  return {
    secret: AUTH_SECRET,
    useSecureCookies: APP_URL.startsWith("https://"),
    cookies: cookiesAt(APP_URL),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: providers(),
    callbacks: {
      async signIn({ user, account, profile }) {
        const identity = account && toIdentity(account.provider, account.providerAccountId, profile);
        try {
          return identity ? await admit(user as Admitted, identity) : FAILED;
        } catch (error) {
          // The library would put its message, a query's with all parameters, into the address of its error page.
          deps().log.error({ err: error }, "sign-in with a provider failed");
          return FAILED;
        }
      },
      async jwt({ user, account }) {
        // Only called where a session begins: reading one goes through `auth()`.
        const subject = user && (user as Admitted).subject;
        const way = account?.provider === "google" ? "google" : "github";
        return subject ? sessionClaims(await beginSession(subject, way)) : {};
      },
      redirect: ({ url, baseUrl }) => {
        const path = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length) : url;
        return path.startsWith("/sign-in") ? `${baseUrl}${path}` : `${baseUrl}${safeCallbackPath(path)}`;
      },
    },
    logger: {
      // Their metadata holds tokens and profiles.
      error: (code) => deps().log.error({ code }, "OAuth sign-in failed"),
      warn: (code) => deps().log.debug({ code }, "OAuth sign-in warns"),
      debug: () => {},
    },
  };
}

const FAILED = "/sign-in?error=OAuthFailed";

/** As the library hands it from one callback to the next. */
type Admitted = { subject?: SessionSubject };

/**
 * Whether a session may begin, or where to go instead. What was true when that was decided goes along: a session for
 * what became true meanwhile, a second factor turned on say, would be one that never proved it.
 */
async function admit(user: Admitted, identity: ProvidedIdentity): Promise<true | string> {
  const result = await signInWithIdentity({ db: deps().db, signUp: env().SIGN_UP }, identity);
  await note(identity.provider, result);
  if (!result.ok) return `/sign-in?error=${OAUTH_ERRORS[result.error.code]}`;
  const { userId, accountId, sessionVersion } = result.value;
  const subject = { userId, accountId, sessionVersion };
  if (await wantsSecondStep(subject, identity.provider)) return secondStepPath(await wayOn());
  user.subject = subject;
  return true;
}

/** Where the person was going when they left for the provider, as the library keeps it. */
async function wayOn(): Promise<string | undefined> {
  const { APP_URL } = env();
  const kept = (await cookies()).get(cookieName(APP_URL, "next-auth.callback-url"))?.value;
  return kept?.startsWith(`${APP_URL}/`) ? kept.slice(APP_URL.length) : kept;
}

const WHILE_AWAY_SECONDS = 15 * 60;

/** The library's cookies, as all of ours: of this host alone, and not for scripts. */
function cookiesAt(appUrl: string): NextAuthOptions["cookies"] {
  const cookie = (name: string, seconds: number) => ({
    name: cookieName(appUrl, `next-auth.${name}`),
    options: cookieOptions(appUrl, seconds),
  });
  return {
    sessionToken: cookie("session-token", SESSION_SECONDS),
    callbackUrl: cookie("callback-url", WHILE_AWAY_SECONDS),
    csrfToken: cookie("csrf-token", WHILE_AWAY_SECONDS),
    pkceCodeVerifier: cookie("pkce.code_verifier", WHILE_AWAY_SECONDS),
    state: cookie("state", WHILE_AWAY_SECONDS),
    nonce: cookie("nonce", WHILE_AWAY_SECONDS),
  };
}

const OAUTH_ERRORS = {
  email_not_verified: "EmailNotVerified",
  not_allowed: "NotAllowed",
  sign_up_refused: "SignUpRefused",
} as const;

/** What is not written down where a session begins: refusals, and accounts that were opened. */
async function note(by: string, result: Awaited<ReturnType<typeof signInWithIdentity>>): Promise<void> {
  const caller = callerOf(await headers());
  if (result.ok) {
    const { userId, accountId, opened } = result.value;
    if (opened)
      await recordSecurityEvent(deps(), {
        kind: "account_opened",
        userId,
        accountId,
        caller,
        details: { by },
      });
    return;
  }
  const kind = result.error.code === "sign_up_refused" ? "sign_up_refused" : "sign_in_failed";
  await recordSecurityEvent(deps(), { kind, caller, details: { by, why: result.error.code } });
}

function toIdentity(provider: string, providerUserId: string, profile: unknown): ProvidedIdentity | null {
  if (provider !== "github" && provider !== "google") return null;
  const told = (profile ?? {}) as Partial<Record<"email" | "email_verified" | "name" | "login", unknown>>;
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  return {
    provider,
    providerUserId,
    email: text(told.email),
    emailVerified: told.email_verified === true,
    name: text(told.name) ?? text(told.login),
  };
}

function providers(): NextAuthOptions["providers"] {
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = env();
  const list: NextAuthOptions["providers"] = [];
  if (GITHUB_CLIENT_ID && GITHUB_CLIENT_SECRET) {
    list.push(
      GitHubProvider<GithubProfile>({
        clientId: GITHUB_CLIENT_ID,
        clientSecret: GITHUB_CLIENT_SECRET,
        userinfo: {
          url: "https://api.github.com/user",
          async request({ client, tokens }) {
            const profile = await client.userinfo(tokens.access_token ?? "");
            return { ...profile, ...(await verifiedGitHubEmail(tokens.access_token ?? "")) };
          },
        },
      }),
    );
  }
  if (GOOGLE_CLIENT_ID && GOOGLE_CLIENT_SECRET) {
    list.push(
      GoogleProvider<GoogleProfile>({ clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET }),
    );
  }
  return list;
}

/** GitHub's profile does not say whether its e-mail was ever verified; the list of e-mails does. */
async function verifiedGitHubEmail(accessToken: string) {
  const response = await fetch("https://api.github.com/user/emails", {
    headers: { Authorization: `Bearer ${accessToken}` },
    signal: AbortSignal.timeout(5_000),
  });
  const emails: unknown = response.ok ? await response.json() : [];
  const primary = (Array.isArray(emails) ? emails : []).find(
    (each: { primary?: unknown }) => each?.primary === true,
  );
  return {
    email: typeof primary?.email === "string" ? primary.email : undefined,
    email_verified: primary?.verified === true,
  };
}
