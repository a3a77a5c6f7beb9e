import { and, eq, like, sql } from "drizzle-orm";
import { accountMails } from "../../../db/schema";
import { newId, toPublicId } from "../../ids";
import { enqueueMail } from "../../jobs/enqueue";
import { err, ok } from "../../result";
import { accountAct } from "./act";
import { readId } from "./read-fields";

/**
 * Sends a mail of the account once more, to the same address, as what it tells of was then. One that was given up is itself
 * tried again, from its first try, so that nobody finds it among those that were not sent.
 */
export const resendMail = accountAct({
  fields: ["mail"],
  prepare: async ({ tx, account, fields, actId, now }) => {
    const id = readId(fields, "mail", "mail");
    if (!id.ok) return id;
    const isIt = and(eq(accountMails.accountId, account.id), eq(accountMails.id, id.value));
    const [mail] = await tx.select().from(accountMails).where(isIt);
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
    const stateNow = async () => {
      const [row] = await tx.select({ state: accountMails.state }).from(accountMails).where(isIt);
      return row?.state ?? "";
    };
    return ok({
      subject: toPublicId("mail", mail.id),
      basis: [mail.state, await count()],
      measure: async () => [
        {
          name: `Mail “${mail.kind.replaceAll("_", " ")}”`,
          unit: "text",
          value: IN_WORDS[await stateNow()] ?? "",
        },
        { name: "Sent again", unit: "text", value: `${await count()} times` },
      ],
      run: async () => {
        const isGivenUp = mail.state === "parked";
        const again = isGivenUp ? mail.id : newId();
        const dueAt = sql`now()`;
        if (isGivenUp)
          await tx.update(accountMails).set({ state: "waiting", endedAt: null, tries: 0, dueAt }).where(isIt);
        else {
          const { kind, facts, userId, recipient, toAddress, uselessAt } = mail;
          const effect = `again:${mail.id}:${actId}`;
          const copy = { kind, facts, userId, recipient, toAddress, uselessAt };
          await tx.insert(accountMails).values({ accountId: account.id, id: again, effect, ...copy, dueAt });
        }
        await enqueueMail(tx, { accountId: account.id, mailId: again });
        return ok({ again: toPublicId("mail", again) });
      },
    });
  },
  counter: null,
});

const IN_WORDS: Readonly<Record<string, string>> = {
  waiting: "waits to be sent",
  sent: "was sent",
  dropped: "was not sent on purpose",
  parked: "was given up",
};
