import { and, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { accountMails, accounts, mailOptOuts, memberships, personMails, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { enqueueMail } from "../jobs/enqueue";
import { BUYER_ROLES } from "../outbox/enqueue";
import { isMailKind, type MailKind, type MailTopic, topicOf } from "../outbox/kinds";
import { isFree, isMail, type MailRef, tableOf } from "../outbox/ref";
import { toPlainLine } from "../plain-text";
import type { Letterhead, Sign } from "./context";
import { letterHtml, letterText } from "./letter";
import { type Mailer, MailNotSent } from "./mailer";
import { writeLetter } from "./templates";
import { unsubscribeUrl } from "./unsubscribe";

export type MailDeps = {
  readonly db: Database;
  readonly mailer: Mailer;
  readonly log: Record<"warn" | "error", (facts: object, message: string) => void>;
  readonly appUrl: string;
  readonly letterhead: Letterhead;
  readonly sign: Sign;
};

/** A mail is tried so often, over two days, and then parked. */
export const MAX_MAIL_TRIES = 12;
const MAX_GAP_S = 6 * 3_600;
/** Longer than a mail server takes for one message. Whoever is silent for so long is taken for dead. */
const LEASE_S = 600;

/** Seconds from the failure of a try to the next one, by the number of the try that failed, from 1. */
export const mailGapSeconds = (tries: number): number => Math.min(30 * 3 ** (tries - 1), MAX_GAP_S);

/**
 * Sends one mail of the outbox that is due, and notes that it was sent, in this order: a process that dies in between, or
 * is silent for longer than its lease, has it sent once more under the same Message-ID. Otherwise it is sent once, by
 * whichever worker claims it. What fails is tried again later, and parked after the last try. Never rejects for what a mail
 * server says; for a database that is away it does, and is called again.
 */
export async function sendMail(deps: MailDeps, ref: MailRef): Promise<void> {
  const mail = await claim(deps.db, ref);
  if (!mail) return;
  try {
    const why = await whyNot(deps.db, mail);
    if (why) return await end(deps.db, ref, mail, "dropped", why);
    const outcome = await deps.mailer.send(await messageOf(deps, mail));
    if (outcome === "sent") await end(deps.db, ref, mail, "sent", null);
    else await end(deps.db, ref, mail, "dropped", "no mail server");
  } catch (error) {
    await putOff(deps, ref, mail, error);
  }
}

type ClaimedMail = {
  readonly id: string;
  readonly kind: string;
  readonly facts: unknown;
  readonly toAddress: string;
  readonly tries: number;
  readonly userId: string | null;
  readonly accountId: string | null;
  readonly now: Date;
  readonly isUseless: boolean;
};

/** Takes a due mail for this process alone; null where somebody has it, or it has ended. */
async function claim(db: Database, ref: MailRef): Promise<ClaimedMail | null> {
  const table = tableOf(ref);
  const [row] = await db
    .update(table)
    .set({ tries: sql`tries + 1`, leaseUntil: sql`now() + ${LEASE_S} * interval '1 second'` })
    .where(and(isMail(ref), eq(table.state, "waiting"), lte(table.dueAt, sql`now()`), isFree(table)))
    .returning();
  if (!row) return null;
  const [clock] = await db.execute<{ now: string }>(sql`select now() as now`);
  const now = new Date(clock?.now ?? Number.NaN);
  return {
    ...row,
    accountId: "accountId" in row ? row.accountId : null,
    now,
    isUseless: row.uselessAt !== null && row.uselessAt <= now,
  };
}

/** Why it is not to be sent after all, in words for an operator. */
async function whyNot(db: Database, mail: ClaimedMail): Promise<string | null> {
  if (mail.isUseless) return "too late to be of use";
  if (mail.userId === null) return null;
  const topic = isMailKind(mail.kind) ? topicOf(mail.kind) : null;
  const [person] = await db
    .select({
      disabledAt: users.disabledAt,
      hasOptedOut: optedOut(topic),
      mayRead: mail.accountId === null ? sql<boolean>`true` : takesCareOf(mail.accountId),
    })
    .from(users)
    .where(eq(users.id, mail.userId));
  if (!person || person.disabledAt) return "the person is not let in any more";
  if (!person.mayRead) return "the person does not take care of billing there any more";
  return person.hasOptedOut ? "switched off meanwhile" : null;
}

const takesCareOf = (accountId: string) =>
  sql<boolean>`exists (select from ${memberships} m where ${and(
    eq(sql`m.account_id`, accountId),
    eq(sql`m.user_id`, users.id),
    inArray(sql`m.role`, BUYER_ROLES),
  )})`;

const optedOut = (topic: MailTopic | null) =>
  topic === null
    ? sql<boolean>`false`
    : sql<boolean>`exists (select from ${mailOptOuts} o where o.user_id = ${users.id} and o.topic = ${topic})`;

async function messageOf(deps: MailDeps, mail: ClaimedMail) {
  const { kind } = mail;
  if (!isMailKind(kind)) throw new Error("a kind of mail that this release does not know");
  const { db, appUrl, letterhead, sign } = deps;
  const reader = await readReader(db, mail.userId);
  const letter = writeLetter(kind, mail.facts, { ...reader, ...letterhead, now: mail.now, sign });
  const topic = topicOf(kind);
  const stop = topic && mail.userId ? unsubscribeUrl(appUrl, { userId: mail.userId, topic }, sign) : null;
  const why = await whyItCame(db, mail, kind, letterhead.productName);
  const footing = { appUrl, ...letterhead, why, unsubscribeUrl: stop?.page ?? null };
  return {
    kind,
    key: mail.id,
    to: mail.toAddress,
    replyTo: { name: letterhead.productName, address: letterhead.supportEmail },
    subject: letter.subject,
    text: letterText(letter, footing),
    html: letterHtml(letter, footing),
    isAutomatic: true,
    unsubscribeUrl: stop?.oneClick ?? null,
  };
}

/** How this person reads numbers and times; who is nobody here reads those of the pages' first visitor. */
async function readReader(db: Database, userId: string | null) {
  const [person] = userId
    ? await db
        .select({
          locale: users.locale,
          timeZone: sql<string | null>`coalesce(${users.timeZone}, ${users.browserTimeZone})`,
        })
        .from(users)
        .where(eq(users.id, userId))
    : [];
  return { locale: person?.locale ?? "en-US", timeZone: person?.timeZone ?? "UTC" };
}

async function whyItCame(
  db: Database,
  { accountId, userId }: ClaimedMail,
  kind: MailKind,
  productName: string,
): Promise<string> {
  if (accountId === null) return `You get this e-mail because you sign in at ${productName}.`;
  const [account] = await db.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, accountId));
  const name = toPlainLine(account?.name ?? "", 100);
  if (userId === null) return `This mail is about the account ${name} at ${productName}.`;
  const always = topicOf(kind) === null ? " E-mails about payments and plans are always sent." : "";
  return `You get this e-mail because you handle billing for ${name}.${always}`;
}

/** Ends it, unless the lease ran out and somebody else has it by now. */
async function end(
  db: Database,
  ref: MailRef,
  { tries }: ClaimedMail,
  state: "sent" | "dropped" | "parked",
  reason: string | null,
): Promise<void> {
  const table = tableOf(ref);
  await db
    .update(table)
    .set({ state, endedAt: sql`now()`, leaseUntil: null, reason })
    .where(and(isMail(ref), eq(table.state, "waiting"), eq(table.tries, tries)));
}

async function putOff(deps: MailDeps, ref: MailRef, mail: ClaimedMail, error: unknown): Promise<void> {
  const reason = reasonOf(error);
  const facts = { mailId: mail.id, kind: mail.kind, tries: mail.tries, reason };
  if (mail.tries >= MAX_MAIL_TRIES || (error instanceof MailNotSent && error.isFinal)) {
    await end(deps.db, ref, mail, "parked", `${mail.tries} tries: ${reason}`);
    deps.log.error(facts, "a mail is parked: npm run mail");
    return;
  }
  const seconds = mailGapSeconds(mail.tries);
  const table = tableOf(ref);
  await transact(deps.db, async (tx) => {
    const [mine] = await tx
      .update(table)
      .set({ leaseUntil: null, dueAt: sql`now() + ${seconds} * interval '1 second'`, reason })
      .where(and(isMail(ref), eq(table.state, "waiting"), eq(table.tries, mail.tries)))
      .returning({ id: table.id });
    if (mine) await enqueueMail(tx, ref, seconds);
  });
  deps.log.warn(facts, "a mail was not sent; tried again later");
}

/** Of an error only what is safe to keep and to list: others hold what was sent in them. */
const reasonOf = (error: unknown): string =>
  toPlainLine(
    error instanceof MailNotSent ? error.message : error instanceof Error ? error.name : typeof error,
    200,
  );

const AT_A_TIME = 500;

/** Enqueues again what is due and has no job left: its worker died, or the job was given up. */
export async function sweepMail(db: Database): Promise<void> {
  for (const ref of [...(await findOverdue(db, accountMails)), ...(await findOverdue(db, personMails))])
    await enqueueMail(db, ref);
}

async function findOverdue(
  db: Database,
  table: typeof accountMails | typeof personMails,
): Promise<readonly MailRef[]> {
  const owner = "accountId" in table ? table.accountId : table.userId;
  const rows = await db
    .select({ ownerId: sql<string>`${owner}`, mailId: sql<string>`${table.id}` })
    .from(table)
    .where(
      and(eq(table.state, "waiting"), lte(table.dueAt, sql`now() - interval '2 minutes'`), isFree(table)),
    )
    .orderBy(table.dueAt)
    .limit(AT_A_TIME);
  return rows.map(({ ownerId, mailId }) =>
    "accountId" in table ? { accountId: ownerId, mailId } : { userId: ownerId, mailId },
  );
}
