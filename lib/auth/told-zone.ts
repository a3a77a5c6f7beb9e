import { cookies } from "next/headers";
import { env } from "../env";
import { cookieName } from "./session-token";

/** The one cookie that is for scripts: the page's own writes the browser's time zone into it. */
export const zoneCookieName = (): string => cookieName(env().APP_URL, "refill.time-zone");

/** What this browser says of its time zone, which may be anything; null without JavaScript, and before its first page. */
export const readToldZone = async (): Promise<string | null> =>
  (await cookies()).get(zoneCookieName())?.value ?? null;
