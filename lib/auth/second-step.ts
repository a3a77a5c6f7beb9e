import { cookies, headers } from "next/headers";
import { deps } from "../deps";
import { env } from "../env";
import { err, ok, type Result } from "../result";
import { safeCallbackPath } from "./callback-url";
import { callerOf } from "./caller";
import { type CodeRefusal, type FactorDeps, type FactorPerson, hasFactor, proveFactor } from "./factor";
import {
  type FirstStep,
  HALF_SIGNED_IN_SECONDS,
  type HalfSignedIn,
  openHalfSignedIn,
  sealHalfSignedIn,
} from "./half-signed-in";
import { browserKnowing, startSession } from "./session";
import { cookieName, cookieOptions, type SessionSubject } from "./session-token";
import { findSessionSubject } from "./subject";

export const SECOND_STEP_PATH = "/sign-in/second-factor";

const halfCookieName = (appUrl: string): string => cookieName(appUrl, "refill.second-factor");

/** Where the second step is, with the way on after it. */
export const secondStepPath = (callback: unknown): string =>
  `${SECOND_STEP_PATH}?callbackUrl=${encodeURIComponent(safeCallbackPath(callback))}`;

/**
 * After a right password, or a provider's word: remembers it in this browser for ten minutes if the person has a second
 * factor, and says so. Otherwise nothing is done, and a session may begin.
 */
export async function wantsSecondStep(subject: SessionSubject, way: FirstStep): Promise<boolean> {
  if (!(await hasFactor(deps().db, subject.userId))) return false;
  const { APP_URL, AUTH_SECRET } = env();
  const sealed = await sealHalfSignedIn({ ...subject, way }, AUTH_SECRET);
  (await cookies()).set(halfCookieName(APP_URL), sealed, cookieOptions(APP_URL, HALF_SIGNED_IN_SECONDS));
  return true;
}

/** Who is half signed in in this browser; null when it was nobody, too long ago, or what was true then no longer is. */
export async function findHalfSignedIn(): Promise<HalfSignedIn | null> {
  const { APP_URL, AUTH_SECRET } = env();
  const half = await openHalfSignedIn((await cookies()).get(halfCookieName(APP_URL))?.value, AUTH_SECRET);
  const now = half && (await findSessionSubject(deps().db, half.userId));
  return now?.sessionVersion === half?.sessionVersion ? half : null;
}

/** The second step: with a right code the session begins. */
export async function finishSignIn(
  code: string,
): Promise<Result<SessionSubject, CodeRefusal | { readonly code: "too_late" }>> {
  const half = await findHalfSignedIn();
  if (!half) return err({ code: "too_late" });
  const proven = await proveFactor(factorDeps(), await factorPerson(half), code);
  if (!proven.ok) return proven;
  const { way, ...subject } = half;
  await startSession(subject, way);
  const { APP_URL } = env();
  (await cookies()).set(halfCookieName(APP_URL), "", cookieOptions(APP_URL, 0));
  return ok(subject);
}

export const factorDeps = (): FactorDeps => ({
  db: deps().db,
  log: deps().log,
  authSecret: env().AUTH_SECRET,
});

/** Somebody as this request shows them. */
export async function factorPerson({
  userId,
  accountId,
}: Pick<FactorPerson, "userId" | "accountId">): Promise<FactorPerson> {
  return {
    userId,
    accountId,
    caller: callerOf(await headers()),
    browser: (await browserKnowing())(userId),
  };
}
