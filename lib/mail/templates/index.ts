import { decodeFacts, type MailFacts, type MailKind } from "../../outbox/kinds";
import type { MailContext } from "../context";
import type { Letter } from "../letter";
import { receipt } from "./purchases";

type Templates = { readonly [K in MailKind]: (facts: MailFacts<K>, to: MailContext) => Letter };

const TEMPLATES: Templates = {
  receipt,
};

/** What a mail says to its reader. Throws where its facts are not those of its kind. */
export function writeLetter<K extends MailKind>(kind: K, kept: unknown, to: MailContext): Letter {
  return TEMPLATES[kind](decodeFacts(kind, kept), to);
}
