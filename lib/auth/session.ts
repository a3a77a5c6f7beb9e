import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { DatabaseBusy, transact } from "../../db/transact";
import { deps } from "../deps";
import { env } from "../env";
import { toPublicId } from "../ids";
import { noteWho } from "../requests/context";
import { signInPath } from "./callback-url";
import { callerOf } from "./caller";
import { type Customer, findCustomer } from "./customer";
import { DEVICE_SECONDS, type Device, knowsPerson, openDevice, sealDevice, withPerson } from "./device";
import { mailNewBrowser } from "./new-browser";
import { operatorsNeedFactor } from "./operators-factor";
import { rememberTimeZone } from "./profile";
import { recordSecurityEvent } from "./security-events";
import {
  cookieName,
  cookieOptions,
  openSession,
  SESSION_SECONDS,
  type SessionName,
  type SessionSubject,
  type SignInWay,
  sealSession,
  sessionCookieName,
} from "./session-token";
import { createSession, endOne, keepSeen } from "./sessions";
import { readToldZone } from "./told-zone";

export type { Customer, Role } from "./customer";
export type { SignInWay } from "./session-token";

const PATIENCE_MS = 2_000;

/** Who is signed in, looked up once per request; null for nobody, and for everybody whose session has ended. */
export const auth = cache(async (): Promise<Customer | null> => {
  const name = await nameInCookie();
  if (!name) return null;
  const toldZone = await readToldZone();
  const found = await soon(findCustomer(deps().db, name, { ...sessionRules(), toldZone }));
  if (found?.seenLongAgo) void noteSeen(name, toldZone);
  if (found) noteWho({ actor: "customer", account: toPublicId("account", found.customer.accountId) });
  return found?.customer ?? null;
});

/** How long a session may go unused. */
export const idleSeconds = (): number => env().SESSION_IDLE_HOURS * 3_600;

const sessionRules = () => ({ idleSeconds: idleSeconds(), operatorsNeedFactor: operatorsNeedFactor() });

/** Every page and route of the signed-in part calls this itself; a layout protects nothing. */
export async function requireCustomer(path?: string): Promise<Customer> {
  return (await auth()) ?? redirect(signInPath(path));
}

/**
 * Begins a session in this browser: its row, its cookie, and the cookie by which the browser is known from then on.
 * Whatever session the browser had before is over. Only where cookies can be written: in a server action or a route
 * handler.
 */
export async function startSession(subject: SessionSubject, way: SignInWay = "password"): Promise<void> {
  const { APP_URL, AUTH_SECRET } = env();
  const token = await sealSession(await beginSession(subject, way), AUTH_SECRET);
  (await cookies()).set(sessionCookieName(APP_URL), token, cookieOptions(APP_URL, SESSION_SECONDS));
}

/** The same for sign-in with a provider, whose library writes the session's cookie itself. */
export async function beginSession(subject: SessionSubject, way: SignInWay): Promise<SessionName> {
  const { APP_URL, AUTH_SECRET } = env();
  const { userId, accountId } = subject;
  const caller = callerOf(await headers());
  const before = await nameInCookie();
  if (before) await endOne(deps(), before);
  const device = await knownDevice();
  const isNew = way !== "again" && !knowsPerson(device, userId, AUTH_SECRET);
  const name = await transact(deps().db, async (tx) => {
    const begun = await createSession(tx, subject, caller, way === "again" ? before : null);
    if (isNew) await mailNewBrowser(tx, begun, caller, way);
    return begun;
  });
  await rememberTimeZone(deps(), userId, await readToldZone());
  // A session made anew proves nothing new: whoever copied one must not make browsers known with it, each with limits of its own.
  if (way !== "again" || knowsPerson(device, userId, AUTH_SECRET)) {
    const sealed = sealDevice(withPerson(device, userId, AUTH_SECRET), AUTH_SECRET);
    (await cookies()).set(deviceCookieName(APP_URL), sealed, cookieOptions(APP_URL, DEVICE_SECONDS));
  }
  if (way !== "again") {
    const event = { userId, accountId, caller, details: { by: way } };
    await recordSecurityEvent(deps(), { kind: "signed_in", ...event });
    if (isNew) await recordSecurityEvent(deps(), { kind: "new_browser", ...event });
  }
  return name;
}

/** Ends the session this browser is in, here and for whoever has a copy of its cookie. */
export async function endSession(): Promise<void> {
  const { APP_URL } = env();
  const name = await nameInCookie();
  if (name && (await endOne(deps(), name))) {
    const caller = callerOf(await headers());
    await recordSecurityEvent(deps(), { kind: "signed_out", userId: name.userId, caller });
  }
  (await cookies()).set(sessionCookieName(APP_URL), "", cookieOptions(APP_URL, 0));
}

const deviceCookieName = (appUrl: string) => cookieName(appUrl, "refill.browser");

/** The id of this browser for people who signed in with it before, null for everybody else. */
export async function browserKnowing(): Promise<(userId: string) => string | null> {
  const device = await knownDevice();
  return (userId) => (knowsPerson(device, userId, env().AUTH_SECRET) ? device.id : null);
}

async function knownDevice(): Promise<Device | null> {
  const { APP_URL, AUTH_SECRET } = env();
  return openDevice((await cookies()).get(deviceCookieName(APP_URL))?.value, AUTH_SECRET);
}

async function nameInCookie(): Promise<SessionName | null> {
  const { APP_URL, AUTH_SECRET } = env();
  return openSession((await cookies()).get(sessionCookieName(APP_URL))?.value, AUTH_SECRET);
}

/** Beside the page, which does not wait for it. */
async function noteSeen({ sessionId, userId }: SessionName, toldZone: string | null): Promise<void> {
  try {
    await keepSeen(deps().db, sessionId, callerOf(await headers()));
    await rememberTimeZone(deps(), userId, toldZone);
  } catch (error) {
    deps().log.warn({ err: error }, "when a session was used could not be kept");
  }
}

/** Every page begins with this query: when no connection is free it says so instead of piling up. */
async function soon<T>(query: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DatabaseBusy(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  query.catch(() => {}); // Its error reaches the caller through the race, or nobody is waiting any more.
  try {
    return await Promise.race([query, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
