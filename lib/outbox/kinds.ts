import { z } from "zod";
import { type mailTopic, planInterval, planPaymentKind } from "../../db/schema";
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

const cardWithEnd = card.extend({ expMonth: z.number().int(), expYear: z.number().int() });
/** A plan's id, and the interval that it is paid by. */
const plan = z.object({ id: z.string(), interval: z.enum(planInterval.enumValues).nullable() });
const order = {
  /** `ord_…` */
  orderId: z.string(),
  reference: z.string(),
  credits: amount,
  amountCents: money,
  card,
};
const invoice = {
  /** Stripe's. */ invoiceId: z.string(),
  number: z.string().nullable(),
  plan: plan.nullable(),
  /** Stripe's; left out, as in mails of earlier releases: dollars. */
  currency: z.string().optional(),
};
const wentBack = {
  /** Of this refund or dispute. */
  returnedCents: money,
  /** Of the credits, those that were taken for this refund or dispute alone; and how many of these had been used. */
  takenCredits: amount,
  usedCredits: amount,
  /** Of a refund that failed: it was canceled, by the seller or at Stripe, before it was paid. */
  canceled: z.boolean().optional(),
  /** Of a dispute that was won: what became of what could not be used meanwhile. */
  left: z.enum(["usable", "frozen", "none"]).optional(),
};
const returned = { ...order, ...wentBack };
/** `amountCents`: what the invoice charged, in its `currency`. */
const planReturned = {
  ...{ ...invoice, amountCents: money, ...wentBack },
  /** Stripe's spelling; a mail from before it was kept is of dollars. */
  currency: z.string().optional(),
  /** Of `returnedCents`, where a bank counts a dispute in another. */
  returnedCurrency: z.string().optional(),
  /** Paid back by a credit note, and not through Stripe. */
  elsewhere: z.boolean().optional(),
};

function isCount(value: unknown): boolean {
  return typeof value === "bigint" && value >= 0n;
}

const changeOfEmail = z.object({ linkId: z.string(), from: z.string(), to: z.string() });

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
      ...order,
      paidAt: instant,
      expiresAt: instant,
      /** What paid a debt out of them at once. */
      paidBack: amount.optional(),
    }),
  },
  /** A payment for add-on credits did not go through: nothing was charged. */
  order_declined: {
    topic: null,
    facts: z.object({ ...order, status: z.string(), declineCode: z.string().nullable() }),
  },
  /** The bank wants to see the buyer, and has been waiting for a while. */
  order_needs_bank: { topic: null, facts: z.object(order) },
  /** Money of an order went back, or is on its way. */
  order_refunded: { topic: null, facts: z.object(returned) },
  order_refund_failed: { topic: null, facts: z.object(returned) },
  /** Its payer's bank took the money back for now, and then decided. */
  order_disputed: { topic: null, facts: z.object(returned) },
  order_dispute_won: { topic: null, facts: z.object(returned) },
  order_dispute_lost: { topic: null, facts: z.object(returned) },
  /** The same of an invoice of the plan. */
  plan_refunded: { topic: null, facts: z.object(planReturned) },
  plan_refund_failed: { topic: null, facts: z.object(planReturned) },
  plan_disputed: { topic: null, facts: z.object(planReturned) },
  plan_dispute_won: { topic: null, facts: z.object(planReturned) },
  plan_dispute_lost: { topic: null, facts: z.object(planReturned) },
  /** An invoice of the plan was paid. */
  plan_paid: {
    topic: null,
    facts: z.object({
      ...invoice,
      /** `renewed`: the same plan for another period. `changed`: within the period. */
      what: z.enum(["began", "renewed", "changed", "other"]),
      paidCents: money,
      paidAt: instant,
      period: z.object({ start: instant, end: instant }).nullable(),
      /** A month. */
      credits: amount.nullable(),
      /** Plan credits of the period before, which expired unused at its end. */
      lostCredits: amount,
    }),
  },
  plan_payment_failed: {
    topic: null,
    facts: z.object({
      ...invoice,
      remainingCents: money,
      attempts: z.number().int(),
      nextAttemptAt: instant.nullable(),
      needsBank: z.boolean(),
      failureCode: z.string().nullable(),
    }),
  },
  /** An upgrade, or an unpaid invoice, was to be paid by a person here, and was not. */
  plan_payment_declined: {
    topic: null,
    facts: z.object({
      /** `pay_…` */
      paymentId: z.string(),
      kind: z.enum(planPaymentKind.enumValues),
      plan,
      declineCode: z.string().nullable(),
    }),
  },
  plan_payment_needs_bank: {
    topic: null,
    facts: z.object({ paymentId: z.string(), kind: z.enum(planPaymentKind.enumValues), plan }),
  },
  plan_ended: { topic: null, facts: z.object({ plan, endedAt: instant, wasUnpaid: z.boolean() }) },
  /** What comes at the period's end was chosen, and Stripe has it. */
  plan_cancel_planned: {
    topic: null,
    /** `byOperator`: no customer takes it back. Mails of earlier releases do not say it. */
    facts: z.object({ plan, endsAt: instant, byOperator: z.boolean().optional() }),
  },
  plan_change_planned: {
    topic: null,
    facts: z.object({ plan, next: plan, startsAt: instant, priceCents: money, credits: amount }),
  },
  plan_kept: { topic: null, facts: z.object({ plan, renewsAt: instant.nullable() }) },
  card_added: { topic: null, facts: z.object({ card: cardWithEnd }) },
  card_removed: { topic: null, facts: z.object({ card }) },
  card_expiring: { topic: "expiring_cards", facts: z.object({ card: cardWithEnd, plan, renewsAt: instant }) },
  low_credits: {
    topic: "low_credits",
    facts: z.object({
      /** Percent of the total, at or below which the remaining fell. */
      level: z.union([z.literal(15), z.literal(5), z.literal(0)]),
      remaining: amount,
      total: amount,
      frozen: amount,
      owed: amount,
      cycleEndsAt: instant,
      mayBuy: z.boolean(),
    }),
  },
  add_ons_expiring: {
    topic: "expiring_credits",
    facts: z.object({ credits: amount, expiresAt: instant, seenAt: instant }),
  },
  /** Somebody signed in with a browser in which they never had. */
  new_browser: {
    topic: null,
    facts: z.object({
      at: instant,
      by: z.enum(["password", "github", "google"]),
      address: z.string(),
      browser: z.string().nullable(),
      system: z.string().nullable(),
    }),
  },
  /** Somebody asked for a plan by agreement, and we have it. */
  contact_confirmed: {
    topic: null,
    facts: z.object({
      name: z.string(),
      company: z.string().nullable(),
      message: z.string(),
      sentAt: instant,
    }),
  },
  /** Somebody forgot their password: a link to a new one. */
  password_reset: { topic: null, facts: z.object({ linkId: z.string() }) },
  /** It was set with that link. */
  password_was_reset: { topic: null, facts: z.object({}) },
  /** It was changed by somebody who is signed in and knows the one of before. */
  password_changed: { topic: null, facts: z.object({}) },
  /** Codes of an app are asked for at sign-in from now on, or no more, or there are other recovery codes. */
  second_factor_changed: { topic: null, facts: z.object({ to: z.enum(["on", "off", "new_codes"]) }) },
  /** To the address that is to be somebody's: the link that makes it so. */
  email_to_confirm: { topic: null, facts: changeOfEmail },
  /** To the old address: somebody asked for another, and the way back. */
  email_change_asked: { topic: null, facts: changeOfEmail },
  /** To the old address: it is another now, and the way back. */
  email_changed: { topic: null, facts: changeOfEmail },
  /** To somebody who is asked to join an account. */
  invitation: {
    topic: null,
    facts: z.object({
      invitationId: z.string(),
      /** How often it was sent: each link has the last one's place. */
      sends: z.int(),
      accountName: z.string(),
      inviterName: z.string(),
      role: z.enum(["owner", "billing", "member"]),
    }),
  },
} as const satisfies Record<string, Kind>;

export type MailKind = keyof typeof KINDS;
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
