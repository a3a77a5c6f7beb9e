import type { Database } from "../../db/client";
import type { Caller } from "../../lib/auth/caller";
import type { MailMessage } from "../../lib/mail/mailer";
import { noMail } from "./mail";
import { deliverAll } from "./outbox";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What links of people are made and used with. */
export const linkDeps = (db: Database) => ({ db, log, sign: noMail.sign });

let callers = 0;
/** A request from an address that no other test uses, so that none shares its limits. */
export function someCaller(): Caller {
  callers += 1;
  return { address: `198.51.${callers >> 8}.${callers & 255}`, browser: "Firefox", system: "Linux" };
}

/** What the link in a message says. */
export const tokenIn = ({ text }: Pick<MailMessage, "text">): string =>
  /[?]token=([\w-]{43})/.exec(text)?.[1] ?? "";

/** Sends what waits for somebody, and returns what the links in it say, the last mail first. */
export async function mailedTokens(
  db: Database,
  who: { readonly accountId?: string; readonly userId?: string },
  kind?: string,
): Promise<string[]> {
  const sent = await deliverAll(db, who);
  return sent
    .filter((each) => kind === undefined || each.kind === kind)
    .map(tokenIn)
    .reverse();
}
