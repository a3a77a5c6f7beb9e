import { and, eq, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { accountMails, personMails } from "../../db/schema";

/** Which mail: one about an account, or one about a person alone. */
export type MailRef =
  | { readonly accountId: string; readonly mailId: string }
  | { readonly userId: string; readonly mailId: string };

/** The table a mail lies in. */
export const tableOf = (ref: MailRef) => ("accountId" in ref ? accountMails : personMails);

/** The row of one mail in its table. */
export const isMail = (ref: MailRef): SQL | undefined =>
  "accountId" in ref
    ? and(eq(accountMails.accountId, ref.accountId), eq(accountMails.id, ref.mailId))
    : and(eq(personMails.userId, ref.userId), eq(personMails.id, ref.mailId));

/** Nobody is sending it: it was never begun, or whoever did was silent for longer than the lease and is taken for dead. */
export const isFree = ({ leaseUntil }: typeof accountMails | typeof personMails): SQL | undefined =>
  or(isNull(leaseUntil), lte(leaseUntil, sql`now()`));
