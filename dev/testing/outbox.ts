import { and, eq, like } from "drizzle-orm";
import type { Database } from "../../db/client";
import { accountMails, personMails } from "../../db/schema";
import { type MailDeps, sendMail } from "../../lib/mail/deliver";
import type { MailMessage } from "../../lib/mail/mailer";
import { noMail } from "./mail";

/** What was written for an account's people, the oldest first. */
export const mailsOf = (db: Database, { accountId }: { readonly accountId: string }, effect = "") =>
  db
    .select()
    .from(accountMails)
    .where(and(eq(accountMails.accountId, accountId), like(accountMails.effect, `${effect}%`)))
    .orderBy(accountMails.createdAt, accountMails.id);

/** What was written for a person alone, the oldest first. */
export const mailsOfPerson = (db: Database, { userId }: { readonly userId: string }) =>
  db.select().from(personMails).where(eq(personMails.userId, userId)).orderBy(personMails.createdAt);

const silent = { warn: () => {}, error: () => {} };

/** Sends what waits for an account or a person as a worker does, and returns what a mail server would have got. */
export async function deliverAll(
  db: Database,
  who: { readonly accountId?: string; readonly userId?: string },
  more: Partial<MailDeps> = {},
): Promise<readonly MailMessage[]> {
  const sent: MailMessage[] = [];
  const mailer = {
    send: async (message: MailMessage) => {
      sent.push(message);
      return "sent" as const;
    },
  };
  const deps: MailDeps = { db, ...noMail, mailer, log: silent, appUrl: "http://localhost:3000", ...more };
  const { accountId, userId } = who;
  const ofAccount = accountId ? await mailsOf(db, { accountId }) : [];
  for (const { accountId: account, id } of ofAccount)
    await sendMail(deps, { accountId: account, mailId: id });
  const ofPerson = userId ? await mailsOfPerson(db, { userId }) : [];
  for (const { userId: person, id } of ofPerson) await sendMail(deps, { userId: person, mailId: id });
  return sent;
}
