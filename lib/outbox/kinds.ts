import { z } from "zod";
import type { mailTopic } from "../../db/schema";
import { type Cents, type Credits, cents, credits } from "../money/credits";

/** What can be switched off, person by person. Everything else is sent whatever they chose. */
export type MailTopic = (typeof mailTopic.enumValues)[number];

const digits = z.string().regex(/^\d+$/);
const amount = z.codec(digits, z.custom<Credits>(isCount), {
  decode: (text) => credits(BigInt(text)),
  encode: String,
});
const money = z.codec(digits, z.custom<Cents>(isCount), {
  decode: (text) => cents(BigInt(text)),
  encode: String,
});
const instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (at) => at.toISOString(),
});
/** All that a mail ever says of a card. */
const card = z.object({ brand: z.string(), last4: z.string().regex(/^\d{4}$/) });

function isCount(value: unknown): boolean {
  return typeof value === "bigint" && value >= 0n;
}

type Kind = { readonly topic: MailTopic | null; readonly facts: z.ZodObject };

/**
 * Every kind of mail that goes through the outbox, and what its sentences are made of: facts as they were when it happened,
 * and never a secret (a link's token is signed when the mail is sent). A field that is added later is optional: mails wait
 * for days, and a new release sends those of the one before.
 */
const KINDS = {
  /** Add-on credits were paid and are there. */
  receipt: {
    topic: null,
    facts: z.object({
      /** `ord_…` */
      orderId: z.string(),
      reference: z.string(),
      credits: amount,
      amountCents: money,
      card,
      paidAt: instant,
      expiresAt: instant,
    }),
  },
} as const satisfies Record<string, Kind>;

export type MailKind = keyof typeof KINDS;
export const MAIL_KINDS = Object.keys(KINDS) as MailKind[];
export const isMailKind = (text: string): text is MailKind => Object.hasOwn(KINDS, text);

export type MailFacts<K extends MailKind> = z.output<(typeof KINDS)[K]["facts"]>;

/** Null: it cannot be switched off. */
export const topicOf = (kind: MailKind): MailTopic | null => KINDS[kind].topic;

/** Facts as the outbox keeps them. */
export const encodeFacts = <K extends MailKind>(kind: K, facts: MailFacts<K>) =>
  z.encode(KINDS[kind].facts as z.ZodObject, facts as Record<string, unknown>);

/** Facts as they were kept. Throws where they are none of this kind. */
export const decodeFacts = <K extends MailKind>(kind: K, kept: unknown): MailFacts<K> =>
  z.decode(KINDS[kind].facts as z.ZodObject, kept as Record<string, unknown>) as MailFacts<K>;
