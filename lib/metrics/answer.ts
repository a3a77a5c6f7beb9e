import { createHash, timingSafeEqual } from "node:crypto";
import { type Measured, renderMetrics } from "./render";

/** An answer to a scrape, whoever serves it. */
export type Scraped = {
  readonly status: 200 | 401;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Whether `authorization` names the token, in a time that says nothing of it. */
export function namesToken(authorization: string | null | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(sha256(given), sha256(token));
}

/** What a scrape gets: metrics for whoever names the token, 401 for others; null: no token is asked for. */
export async function answerScrape(
  measured: Measured,
  authorization: string | null | undefined,
  token: string | null,
): Promise<Scraped> {
  const common = { "cache-control": "no-store" };
  if (token !== null && !namesToken(authorization, token))
    return {
      status: 401,
      headers: { ...common, "content-type": "text/plain; charset=utf-8", "www-authenticate": "Bearer" },
      text: "The token is missing or wrong.\n",
    };
  const { type, text } = await renderMetrics(measured);
  return { status: 200, headers: { ...common, "content-type": type }, text };
}
