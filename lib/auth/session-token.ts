import { decode, encode } from "next-auth/jwt";

export const SESSION_SECONDS = 30 * 24 * 60 * 60;

/** Who a session speaks for, and the version of that person's sessions it was made under. */
export type SessionSubject = {
  readonly userId: string;
  readonly accountId: string;
  readonly sessionVersion: number;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Browsers refuse the `__Secure-` prefix on plain http. */
export const sessionCookieName = (appUrl: string): string =>
  appUrl.startsWith("https://") ? "__Secure-next-auth.session-token" : "next-auth.session-token";

export const sessionCookieOptions = (appUrl: string) =>
  ({
    httpOnly: true,
    sameSite: "lax",
    path: "/",
    secure: appUrl.startsWith("https://"),
    maxAge: SESSION_SECONDS,
  }) as const;

/** What the token says: nothing a person would mind to find in a cookie. */
export const sessionClaims = (subject: SessionSubject) => ({
  sub: subject.userId,
  accountId: subject.accountId,
  sessionVersion: subject.sessionVersion,
});

export const sealSession = (subject: SessionSubject, secret: string): Promise<string> =>
  encode({ token: sessionClaims(subject), secret, maxAge: SESSION_SECONDS });

/** Null for whatever is not a token of ours that is still young enough; never throws for bad input. */
export async function openSession(token: string | undefined, secret: string): Promise<SessionSubject | null> {
  if (!token || token.length > 4_096) return null;
  const claims = await decode({ token, secret }).catch(() => null);
  const { sub, accountId, sessionVersion } = claims ?? {};
  if (!isUuid(sub) || !isUuid(accountId) || !Number.isInteger(sessionVersion)) return null;
  return { userId: sub, accountId, sessionVersion: sessionVersion as number };
}

const isUuid = (value: unknown): value is string => typeof value === "string" && UUID.test(value);
