import { timingSafeEqual } from "node:crypto";
import { mailTopic } from "../../db/schema";
import { fromPublicId, toPublicId } from "../ids";
import type { MailTopic } from "../outbox/kinds";
import type { Sign } from "./context";

/** Who does not want to be mailed about what. */
export type OptOut = { readonly userId: string; readonly topic: MailTopic };

export const UNSUBSCRIBE_PAGE = "/unsubscribe";
export const UNSUBSCRIBE_ROUTE = "/api/mail/unsubscribe";

const PURPOSE = "unsubscribe";
const signed = ({ userId, topic }: OptOut): string => `${userId}\n${topic}`;

/**
 * Where a mail's topic can be switched off without signing in: `oneClick` for mail programs, which post to it (RFC 8058), and
 * `page` for people, where a button does the same. Reading either changes nothing. It works for as long as the secret is
 * the same, as mails lie in inboxes for years.
 */
export function unsubscribeUrl(
  appUrl: string,
  who: OptOut,
  sign: Sign,
): { readonly oneClick: string; readonly page: string } {
  const query = new URLSearchParams({
    who: toPublicId("user", who.userId),
    topic: who.topic,
    proof: sign(PURPOSE, signed(who)),
  });
  return {
    oneClick: `${appUrl}${UNSUBSCRIBE_ROUTE}?${query}`,
    page: `${appUrl}${UNSUBSCRIBE_PAGE}?${query}`,
  };
}

/** Who is meant by such an address; null where we did not write it. */
export function readUnsubscribe(query: URLSearchParams, sign: Sign): OptOut | null {
  const userId = fromPublicId("user", query.get("who"));
  const topic = mailTopic.enumValues.find((each) => each === query.get("topic"));
  if (!userId || !topic) return null;
  const expected = Buffer.from(sign(PURPOSE, signed({ userId, topic })));
  const given = Buffer.from(query.get("proof") ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected) ? { userId, topic } : null;
}
