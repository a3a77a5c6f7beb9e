import { and, eq, like, sql } from "drizzle-orm";
import { accountMails } from "../../../db/schema";
import { newId, toPublicId } from "../../ids";
import { enqueueMail } from "../../jobs/enqueue";
import { err, ok } from "../../result";
import { accountAct } from "./act";
import { readId } from "./read-fields";

/** Sends a mail of the account once more, to the same address, as what it tells of was then. */
export const resendMail = accountAct({
  fields: ["mail"],
  prepare: async ({ tx, account, fields, actId, now }) => {
    const id = readId(fields, "mail", "mail");
    if (!id.ok) return id;
    const [mail] = await tx
      .select()
      .from(accountMails)
      .where(and(eq(accountMails.accountId, account.id), eq(accountMails.id, id.value)));
    if (!mail) return err({ code: "subject_not_found" });
    if (mail.state === "waiting" || (mail.uselessAt && mail.uselessAt <= now))
      return err({ code: "already_so" });
    const count = async () => {
      const [row] = await tx
        .select({ count: sql<string>`count(*)` })
        .from(accountMails)
        .where(and(eq(accountMails.accountId, account.id), like(accountMails.effect, `again:${mail.id}:%`)));
      return String(row?.count);
    };
    return ok({
      subject: toPublicId("mail", mail.id),
      basis: [mail.state, await count()],
      measure: async () => [{ name: "Sent again", unit: "text", value: `${await count()} times` }],
      run: async () => {
        const again = newId();
        const { kind, facts, userId, recipient, toAddress, uselessAt } = mail;
        await tx.insert(accountMails).values({
          accountId: account.id,
          id: again,
          effect: `again:${mail.id}:${actId}`,
          ...{ kind, facts, userId, recipient, toAddress, uselessAt },
          dueAt: sql`now()`,
        });
        await enqueueMail(tx, { accountId: account.id, mailId: again });
        return ok({ again: toPublicId("mail", again) });
      },
    });
  },
  counter: null,
});
