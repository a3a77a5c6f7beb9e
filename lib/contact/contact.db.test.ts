import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contactRequests } from "../../db/schema";
import { type Inbox, startInbox } from "../../dev/inbox";
import { openTestDatabase } from "../../dev/testing/database";
import { type MadeAccount, makeAccount } from "../../dev/testing/factories";
import { noMail } from "../../dev/testing/mail";
import { newId, toPublicId } from "../ids";
import { type Mailer, MailNotSent } from "../mail/mailer";
import { createMailer } from "../mail/smtp";
import { mailContact, sweepContacts } from "./mail-contact";
import { findContact } from "./queries";
import { requestContact } from "./request-contact";

const test = openTestDatabase();
const SALES = "sales@example.com";
let inbox: Inbox;
let mailer: Mailer;

beforeAll(async () => {
  inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
  const from = { name: "Assistant", address: "no-reply@example.com" };
  mailer = createMailer({ smtpUrl: inbox.smtpUrl, from, log: { warn: () => {} } });
});
afterAll(() => inbox.stop());

const words = { name: "Ada Lovelace", company: "Engines & Co", message: "We need 900M credits a month." };

const ask = (who: MadeAccount, change: Partial<typeof words & { requestId: string }> = {}) =>
  requestContact(test, { ...who, ...words, requestId: newId(), ...change });

async function asked(who: MadeAccount, change: Partial<typeof words & { requestId: string }> = {}) {
  const result = await ask(who, change);
  if (!result.ok) throw new Error(result.error.code);
  return { accountId: who.accountId, contactId: result.value.contactId };
}

const rowsOf = ({ accountId }: Pick<MadeAccount, "accountId">) =>
  test.db.select().from(contactRequests).where(eq(contactRequests.accountId, accountId));
const jobsOf = (contactId: string) =>
  test.owner`select attempts from graphile_worker.jobs where key = ${`contact:${contactId}`}`;
const mailedAt = async (accountId: string, contactId: string) => {
  const of = and(eq(contactRequests.accountId, accountId), eq(contactRequests.id, contactId));
  return (await test.db.select().from(contactRequests).where(of))[0]?.mailedAt;
};
const arrived = (contactId: string) =>
  inbox.messages().filter(({ headers }) => headers["message-id"]?.includes(contactId));

describe("asking for a plan by agreement", () => {
  it("is kept together with the job that mails it, for every role", async () => {
    for (const role of ["owner", "billing", "member"] as const) {
      const who = await makeAccount(test.db, { role });
      const { contactId } = await asked(who);
      expect(await rowsOf(who)).toMatchObject([
        { ...words, id: contactId, requestedBy: who.userId, email: who.email, mailedAt: null },
      ]);
      expect(await jobsOf(contactId)).toHaveLength(1);
    }
  });

  it("sent twice is one request and one message; corrected, it is another", async () => {
    const who = await makeAccount(test.db);
    const requestId = newId();
    const all = await Promise.all(Array.from({ length: 6 }, () => asked(who, { requestId })));
    expect(new Set(all.map(({ contactId }) => contactId)).size).toBe(1);
    expect(await rowsOf(who)).toHaveLength(1);
    await asked(who, { requestId, message: "We need 950M credits a month." });
    expect(await rowsOf(who)).toHaveLength(2);
  });

  it("is possible five times a day and account, also at the same instant, and again the day after", async () => {
    const [who, other] = [await makeAccount(test.db), await makeAccount(test.db)];
    const results = await Promise.all(Array.from({ length: 9 }, () => ask(who)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(5);
    expect(results.filter((each) => !each.ok && each.error.code === "too_many_requests")).toHaveLength(4);
    expect(await rowsOf(who)).toHaveLength(5);
    expect((await ask(other)).ok).toBe(true);
    await test.owner`update contact_requests set created_at = created_at - interval '1 day'
      where account_id = ${who.accountId}`;
    expect((await ask(who)).ok).toBe(true);
  });

  it("keeps nothing of what it refuses, and the longest of what it takes", async () => {
    const who = await makeAccount(test.db);
    expect(await ask(who, { message: "too short" })).toMatchObject({ error: { code: "bad_message" } });
    expect(await ask(who, { name: "Ada\0" })).toMatchObject({ error: { code: "bad_name" } });
    expect(await rowsOf(who)).toEqual([]);
    const longest = { name: "😀".repeat(100), company: "é".repeat(100), message: "😀".repeat(2_000) };
    await asked(who, longest);
    expect(await rowsOf(who)).toMatchObject([longest]);
  });

  it("is shown to nobody of another account", async () => {
    const [who, other] = [await makeAccount(test.db), await makeAccount(test.db)];
    const { contactId } = await asked(who);
    const publicId = toPublicId("contact", contactId);
    expect(await findContact(test.db, who.accountId, publicId)).toMatchObject(words);
    expect(await findContact(test.db, other.accountId, publicId)).toBeNull();
    for (const wrong of [undefined, "", contactId, "req_x", [publicId]])
      expect(await findContact(test.db, who.accountId, wrong)).toBeNull();
  });
});

describe("mailing it", () => {
  const deps = () => ({ db: test.db, mailer, salesEmail: SALES });

  it("reaches sales once, and answering answers the customer", async () => {
    const who = await makeAccount(test.db);
    const ref = await asked(who, { company: 'Ångström <b>"&"</b>, Söhne' });
    await mailContact(deps(), ref);
    await mailContact(deps(), ref);
    const [message, ...more] = arrived(ref.contactId);
    expect(more).toEqual([]);
    expect(message?.envelope.to).toEqual([SALES]);
    expect(message?.headers).toMatchObject({
      from: "Assistant <no-reply@example.com>",
      "reply-to": `Ada Lovelace <${who.email}>`,
      subject: 'Custom plan: Ångström <b>"&"</b>, Söhne',
    });
    expect(message?.text).toContain(words.message);
    expect(message?.text).toContain(toPublicId("account", who.accountId));
    expect(message?.html).toContain("Ångström &lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;, Söhne");
    expect(await mailedAt(ref.accountId, ref.contactId)).toBeInstanceOf(Date);
  });

  it("cut short between sending and noting it happens again, under the same message id: never zero times", async () => {
    const ref = await asked(await makeAccount(test.db));
    const dying: Mailer = {
      send: async (message) => {
        await mailer.send(message);
        throw new Error("the process ends here");
      },
    };
    await expect(mailContact({ ...deps(), mailer: dying }, ref)).rejects.toThrow("ends here");
    expect(await mailedAt(ref.accountId, ref.contactId)).toBeNull();
    await mailContact(deps(), ref);
    expect(arrived(ref.contactId)).toHaveLength(2);
    await mailContact(deps(), ref);
    expect(arrived(ref.contactId)).toHaveLength(2);
  });

  it("fails loudly while the mail server is away, and works when it is back", async () => {
    const ref = await asked(await makeAccount(test.db));
    const gone = await startInbox({ smtpPort: 0, httpPort: 0 });
    await gone.stop();
    const from = { name: "Assistant", address: "no-reply@example.com" };
    const away = createMailer({ smtpUrl: gone.smtpUrl, from, log: { warn: () => {} } });
    await expect(mailContact({ ...deps(), mailer: away }, ref)).rejects.toBeInstanceOf(MailNotSent);
    expect(await mailedAt(ref.accountId, ref.contactId)).toBeNull();
    await mailContact(deps(), ref);
    expect(arrived(ref.contactId)).toHaveLength(1);
  });

  it("waits where there is no mail server, and is enqueued again later, whatever became of its job", async () => {
    const ref = await asked(await makeAccount(test.db));
    await mailContact({ db: test.db, ...noMail }, ref);
    expect(await mailedAt(ref.accountId, ref.contactId)).toBeNull();
    await test.owner`select graphile_worker.remove_job(${`contact:${ref.contactId}`})`;
    await sweepContacts(test.db);
    expect(await jobsOf(ref.contactId)).toHaveLength(0);
    await test.owner`update contact_requests set created_at = now() - interval '11 minutes' where id = ${ref.contactId}`;
    await sweepContacts(test.db);
    expect(await jobsOf(ref.contactId)).toHaveLength(1);
    await mailContact(deps(), ref);
    await test.owner`select graphile_worker.remove_job(${`contact:${ref.contactId}`})`;
    await sweepContacts(test.db);
    expect(await jobsOf(ref.contactId)).toHaveLength(0);
  });
});
