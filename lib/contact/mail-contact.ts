import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { contactRequests } from "../../db/schema";
import { enqueueContactRequest } from "../jobs/enqueue";
import type { Mailer } from "../mail/mailer";
import { contactLetter } from "./letter";

export type ContactMailDeps = {
  readonly db: Database;
  readonly mailer: Mailer;
  /** Who sells plans by agreement. */
  readonly salesEmail: string;
};

type Ref = { readonly accountId: string; readonly contactId: string };

/**
 * Mails a request and notes when, in this order: cut short in between it is mailed again, and never forgotten. Throws
 * `MailNotSent` to be called again. Without a mail server it stays to be mailed.
 */
export async function mailContact(deps: ContactMailDeps, { accountId, contactId }: Ref): Promise<void> {
  const due = and(
    eq(contactRequests.accountId, accountId),
    eq(contactRequests.id, contactId),
    isNull(contactRequests.mailedAt),
  );
  const [request] = await deps.db.select().from(contactRequests).where(due);
  if (!request) return;
  const outcome = await deps.mailer.send({
    kind: "contact_request",
    key: request.id,
    to: deps.salesEmail,
    replyTo: { name: request.name, address: request.email },
    ...contactLetter(request),
  });
  if (outcome === "sent") await deps.db.update(contactRequests).set({ mailedAt: sql`now()` }).where(due);
}

const AT_A_TIME = 100;

/** Enqueues again what is not mailed after a while: its job was given up, or died with its worker. */
export async function sweepContacts(db: Database): Promise<void> {
  const due = await db
    .select({ accountId: contactRequests.accountId, contactId: contactRequests.id })
    .from(contactRequests)
    .where(
      and(
        isNull(contactRequests.mailedAt),
        lt(contactRequests.createdAt, sql`now() - interval '10 minutes'`),
      ),
    )
    .orderBy(sql`random()`) // One that cannot be mailed is to keep none from its turn.
    .limit(AT_A_TIME);
  for (const ref of due) await enqueueContactRequest(db, ref);
}
