import type { BrowserContext } from "@playwright/test";
import { sealSession, sessionCookieName } from "../../lib/auth/session-token";
import type { Customer } from "./customers";
import type { Facts } from "./facts";

async function sessionCookie({ url, authSecret }: Facts, { userId, accountId }: Customer) {
  const value = await sealSession({ userId, accountId, sessionVersion: 1 }, authSecret);
  return { name: sessionCookieName(url), value };
}

/** A `Cookie` header with which a request is this customer's. */
export async function cookieOf(facts: Facts, customer: Customer): Promise<string> {
  const { name, value } = await sessionCookie(facts, customer);
  return `${name}=${value}`;
}

/** Signs a customer in without the form. */
export async function enter(context: BrowserContext, facts: Facts, customer: Customer): Promise<void> {
  const cookie = await sessionCookie(facts, customer);
  await context.addCookies([{ ...cookie, url: facts.url, httpOnly: true, sameSite: "Lax" }]);
}
