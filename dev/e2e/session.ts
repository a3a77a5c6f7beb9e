import type { BrowserContext } from "@playwright/test";
import { connect } from "../../db/client";
import { cookieName, sealSession, sessionCookieName } from "../../lib/auth/session-token";
import { createSession } from "../../lib/auth/sessions";
import type { Customer } from "./customers";
import type { Facts } from "./facts";

const HERE = { address: "127.0.0.1", browser: null, system: null };

async function sessionCookie(
  { url, authSecret, appDatabaseUrl }: Facts,
  { userId, accountId }: Customer,
  sessionVersion = 1,
) {
  const db = connect(appDatabaseUrl, { max: 1, applicationName: "e2e" });
  const session = await createSession(db, { userId, accountId, sessionVersion }, HERE);
  await db.pool.end({ timeout: 5 });
  return { name: sessionCookieName(url), value: await sealSession(session, authSecret) };
}

/** A `Cookie` header with which a request is this customer's, whose sessions were ended so many times less one. */
export async function cookieOf(facts: Facts, customer: Customer, sessionVersion = 1): Promise<string> {
  const { name, value } = await sessionCookie(facts, customer, sessionVersion);
  return `${name}=${value}`;
}

/** The time zone of the tests' browsers. */
export const BROWSER_ZONE = "Europe/Berlin";

/** Signs a customer in without the form, in a browser that has told its time zone before, or never has where that is null. */
export async function enter(
  context: BrowserContext,
  facts: Facts,
  customer: Customer,
  toldZone: string | null = BROWSER_ZONE,
): Promise<void> {
  const { url } = facts;
  const cookie = await sessionCookie(facts, customer);
  await context.addCookies([{ ...cookie, url, httpOnly: true, sameSite: "Lax" }]);
  if (toldZone === null) return;
  const zone = { name: cookieName(url, "refill.time-zone"), value: encodeURIComponent(toldZone) };
  await context.addCookies([{ ...zone, url, sameSite: "Lax" }]);
}
