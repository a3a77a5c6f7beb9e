import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { accountMails, mailOptOuts, memberships, personMails, users } from "../../db/schema";
import { newId } from "../ids";
import { enqueueMail } from "../jobs/enqueue";
import { encodeFacts, type MailFacts, type MailKind, type MailTopic, topicOf } from "./kinds";
import { isFree } from "./ref";

export type NewMail<K extends MailKind = MailKind> = {
  readonly kind: K;
  /**
   * What it tells of, by ids, such as `receipt:<order>`: the same effect told of twice is one mail to each recipient. Unique
   * within the account, or the person.
   */
  readonly effect: string;
  readonly facts: MailFacts<K>;
  /** So long it waits, and may be withdrawn meanwhile. */
  readonly afterSeconds?: number;
  /** From then on it is not sent any more, such as a link that has expired. */
  readonly uselessAt?: Date;
};

/** Who gets what an account is told, and only as long as they have one of these roles. */
export const BUYER_ROLES = ["owner", "billing"] as const;

type Recipient = { readonly userId: string | null; readonly toAddress: string };

/**
 * Writes a mail to the owners and billing people of an account, in the transaction of what it tells of; it is sent after the
 * commit. Those who switched its topic off get none.
 */
export async function mailBuyers<K extends MailKind>(
  tx: Tx,
  accountId: string,
  mail: NewMail<K>,
): Promise<void> {
  const people = await tx
    .select({ userId: users.id, toAddress: users.email })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.accountId, accountId),
        inArray(memberships.role, BUYER_ROLES),
        isNull(users.disabledAt),
        wants(topicOf(mail.kind)),
      ),
    )
    .orderBy(users.id);
  await insertForAccount(tx, accountId, people, mail);
}

/** The same to one address, which may be nobody's here yet: an invitation, say. */
export const mailAddress = <K extends MailKind>(
  tx: Tx,
  accountId: string,
  toAddress: string,
  mail: NewMail<K>,
): Promise<void> => insertForAccount(tx, accountId, [{ userId: null, toAddress }], mail);

/**
 * The same about a person alone, to their own address or to another of theirs (`toAddress`: the one they had before, or are
 * about to have). Nobody else gets it.
 */
export async function mailPerson<K extends MailKind>(
  tx: Tx,
  userId: string,
  mail: NewMail<K>,
  toAddress: string | null = null,
): Promise<void> {
  const [person] = await tx
    .select({ email: users.email })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt), wants(topicOf(mail.kind))));
  if (!person) return;
  const row = {
    ...rowOf(mail),
    userId,
    recipient: toAddress ?? userId,
    toAddress: toAddress ?? person.email,
  };
  const inserted = await tx
    .insert(personMails)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: personMails.id });
  if (inserted.length > 0) await enqueueMail(tx, { userId, mailId: row.id }, mail.afterSeconds);
}

async function insertForAccount<K extends MailKind>(
  tx: Tx,
  accountId: string,
  recipients: readonly Recipient[],
  mail: NewMail<K>,
): Promise<void> {
  if (recipients.length === 0) return;
  const inserted = await tx
    .insert(accountMails)
    .values(
      recipients.map(({ userId, toAddress }) => ({
        ...rowOf(mail),
        accountId,
        userId,
        recipient: userId ?? toAddress,
        toAddress,
      })),
    )
    .onConflictDoNothing()
    .returning({ id: accountMails.id });
  for (const { id } of inserted) await enqueueMail(tx, { accountId, mailId: id }, mail.afterSeconds);
}

const rowOf = <K extends MailKind>({ kind, effect, facts, afterSeconds = 0, uselessAt }: NewMail<K>) => ({
  id: newId(),
  effect,
  kind,
  facts: encodeFacts(kind, facts),
  dueAt: sql`now() + ${afterSeconds} * interval '1 second'`,
  uselessAt: uselessAt ?? null,
});

const wants = (topic: MailTopic | null) =>
  topic === null
    ? undefined
    : sql`not exists (select from ${mailOptOuts} o where o.user_id = ${users.id} and o.topic = ${topic})`;

/** Takes back what has not been sent yet, as it is not so any more: in the transaction that makes it untrue. */
export async function withdrawAccountMail(
  tx: Tx,
  accountId: string,
  effect: string,
  reason: string,
): Promise<void> {
  await tx
    .update(accountMails)
    .set({ state: "dropped", endedAt: sql`now()`, leaseUntil: null, reason })
    .where(
      and(
        eq(accountMails.accountId, accountId),
        eq(accountMails.effect, effect),
        eq(accountMails.state, "waiting"),
        isFree(accountMails),
      ),
    );
}
