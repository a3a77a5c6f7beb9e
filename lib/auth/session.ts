import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { DatabaseBusy } from "../../db/transact";
import { deps } from "../deps";
import { env } from "../env";
import { signInPath } from "./callback-url";
import { type Customer, findCustomer } from "./customer";
import {
  openSession,
  type SessionSubject,
  sealSession,
  sessionCookieName,
  sessionCookieOptions,
} from "./session-token";

export type { Customer, Role } from "./customer";

const PATIENCE_MS = 2_000;

/** Who is signed in, looked up once per request; null for nobody, and for everybody whose session has ended. */
export const auth = cache(async (): Promise<Customer | null> => {
  const { APP_URL, AUTH_SECRET } = env();
  const token = (await cookies()).get(sessionCookieName(APP_URL))?.value;
  const subject = await openSession(token, AUTH_SECRET);
  return subject && soon(findCustomer(deps().db, subject));
});

/** Every page and route of the signed-in part calls this itself; a layout protects nothing. */
export async function requireCustomer(path?: string): Promise<Customer> {
  return (await auth()) ?? redirect(signInPath(path));
}

/** Only where cookies can be written: in a server action or a route handler. */
export async function startSession(subject: SessionSubject): Promise<void> {
  const { APP_URL, AUTH_SECRET } = env();
  const token = await sealSession(subject, AUTH_SECRET);
  (await cookies()).set(sessionCookieName(APP_URL), token, sessionCookieOptions(APP_URL));
}

export async function endSession(): Promise<void> {
  const { APP_URL } = env();
  (await cookies()).set(sessionCookieName(APP_URL), "", { ...sessionCookieOptions(APP_URL), maxAge: 0 });
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
