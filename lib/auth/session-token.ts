import { decode, encode } from "next-auth/jwt";

/** No session lasts longer, however much it is used. */
export const SESSION_SECONDS = 30 * 24 * 60 * 60;

/** Who a new session will speak for, and the version of that person's sessions it begins under. */
export type SessionSubject = {
  readonly userId: string;
  readonly accountId: string;
  readonly sessionVersion: number;
};

/** What a browser's cookie names: a row of `sessions`, and whose it has to be. */
export type SessionName = { readonly sessionId: string; readonly userId: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** With `__Host-` no other host of the domain can set it; browsers refuse that prefix on plain http. */
export const cookieName = (appUrl: string, name: string): string =>
  appUrl.startsWith("https://") ? `__Host-${name}` : name;

/** For every cookie of ours: not for scripts, not for requests other sites send in the background. */
export const cookieOptions = (appUrl: string, maxAge: number) =>
  ({ httpOnly: true, sameSite: "lax", path: "/", secure: appUrl.startsWith("https://"), maxAge }) as const;

export const sessionCookieName = (appUrl: string): string => cookieName(appUrl, "next-auth.session-token");

/** What the token says: nothing a person would mind to find in a cookie. */
export const sessionClaims = ({ sessionId, userId }: SessionName) => ({ sub: userId, sessionId });

export const sealSession = (name: SessionName, secret: string): Promise<string> =>
  encode({ token: sessionClaims(name), secret, maxAge: SESSION_SECONDS });

type Opened = { readonly name: SessionName; readonly secret: string; readonly expiresAtMs: number };

/** What was in the tokens that were opened last. Deriving the key for each anew is a good part of what a page costs. */
const opened = new Map<string, Opened>();
const MAX_OPENED = 1_000;

/** Null for whatever is not a token of ours that is still young enough; never throws for bad input. */
export async function openSession(token: string | undefined, secret: string): Promise<SessionName | null> {
  if (!token || token.length > 4_096) return null;
  const known = opened.get(token);
  if (known?.secret === secret && Date.now() < known.expiresAtMs) return known.name;
  const claims = await decode({ token, secret }).catch(() => null);
  const { sub, sessionId, exp } = claims ?? {};
  if (!isUuid(sub) || !isUuid(sessionId)) return null;
  const name = { userId: sub, sessionId };
  if (typeof exp === "number") remember(token, { name, secret, expiresAtMs: exp * 1_000 });
  return name;
}

/** In place of the one remembered longest: whoever is here is remembered again at once. */
function remember(token: string, what: Opened): void {
  const [oldest] = opened.keys();
  if (oldest !== undefined && opened.size >= MAX_OPENED) opened.delete(oldest);
  opened.set(token, what);
}

const isUuid = (value: unknown): value is string => typeof value === "string" && UUID.test(value);

/** How somebody proved who they are; `again` where they are signed in and their session is made anew. */
export type SignInWay = "password" | "github" | "google" | "again";
