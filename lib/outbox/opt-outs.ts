import { and, eq, inArray } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { mailOptOuts, mailTopic } from "../../db/schema";
import { transact } from "../../db/transact";
import type { MailTopic } from "./kinds";

export const MAIL_TOPICS = mailTopic.enumValues;

/** What a person does not want to be mailed about, of what can be switched off. */
export async function listOptOuts(db: Reader, userId: string): Promise<readonly MailTopic[]> {
  const rows = await db
    .select({ topic: mailOptOuts.topic })
    .from(mailOptOuts)
    .where(eq(mailOptOuts.userId, userId));
  return rows.map((each) => each.topic);
}

/** Switches mails of a topic off for a person. Also what waits to be sent is not sent. Again, it changes nothing. */
export async function optOut(
  db: Pick<Database, "insert">,
  { userId, topic }: { readonly userId: string; readonly topic: MailTopic },
): Promise<void> {
  await db.insert(mailOptOuts).values({ userId, topic }).onConflictDoNothing();
}

/** Keeps what a person wants to be mailed about: those topics, and no others that can be switched off. */
export const saveTopics = (db: Database, userId: string, wanted: readonly MailTopic[]): Promise<void> =>
  transact(db, async (tx) => {
    const unwanted = MAIL_TOPICS.filter((topic) => !wanted.includes(topic));
    if (unwanted.length > 0)
      await tx
        .insert(mailOptOuts)
        .values(unwanted.map((topic) => ({ userId, topic })))
        .onConflictDoNothing();
    if (wanted.length > 0)
      await tx
        .delete(mailOptOuts)
        .where(and(eq(mailOptOuts.userId, userId), inArray(mailOptOuts.topic, [...wanted])));
  });
