import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { type MadeAccount, makeAccount } from "../../dev/testing/factories";
import { noMail } from "../../dev/testing/mail";
import { deliverAll, mailsOf } from "../../dev/testing/outbox";
import { newId } from "../ids";
import { cents, credits } from "../money/credits";
import { mailAddress, mailBuyers, mailPerson, type NewMail, withdrawAccountMail } from "../outbox/enqueue";
import { MAX_MAIL_TRIES, sendMail, sweepMail } from "./deliver";
import { type MailMessage, MailNotSent } from "./mailer";

const test = openTestDatabase();

const receipt = (more: Partial<NewMail<"receipt">> = {}): NewMail<"receipt"> => ({
  kind: "receipt",
  effect: `receipt:${newId()}`,
  facts: {
    orderId: "ord_1",
    reference: "CR-1",
    credits: credits(24_000_000n),
    amountCents: cents(29_900n),
    card: { brand: "visa", last4: "4242" },
    paidAt: new Date("2026-12-04T08:14:00Z"),
    expiresAt: new Date("2027-01-04T08:14:00Z"),
  },
  ...more,
});

async function join(
  who: MadeAccount,
  role: "owner" | "billing" | "member",
  more: { disabled?: boolean } = {},
) {
  const userId = newId();
  const email = `${userId}@example.com`;
  await test.owner`insert into users (id, email, name, disabled_at)
    values (${userId}, ${email}, 'x', ${more.disabled ? new Date() : null})`;
  await test.db.insert(memberships).values({ accountId: who.accountId, userId, role });
  return { userId, email };
}

const write = (who: MadeAccount, mail: NewMail<"receipt">) =>
  transact(test.db, (tx) => mailBuyers(tx, who.accountId, mail));
const jobsOf = (mailId: string) =>
  test.owner`select attempts, run_at from graphile_worker.jobs where key = ${`mail:${mailId}`}`;

describe("a mail about an account", () => {
  it("is one to each owner and billing person who is let in, however often it is told of", async () => {
    const who = await makeAccount(test.db);
    const billing = await join(who, "billing");
    await join(who, "member");
    await join(who, "owner", { disabled: true });
    const mail = receipt();
    await Promise.all(Array.from({ length: 6 }, () => write(who, mail)));
    const rows = await mailsOf(test.db, who);
    expect(rows.map(({ toAddress }) => toAddress).sort()).toEqual([who.email, billing.email].sort());
    for (const { id } of rows) expect(await jobsOf(id)).toHaveLength(1);
    expect((await deliverAll(test.db, who)).map(({ to }) => to).sort()).toEqual(
      [who.email, billing.email].sort(),
    );
    expect(await deliverAll(test.db, who)).toEqual([]);
  });

  it("is undone together with what it tells of", async () => {
    const who = await makeAccount(test.db);
    await transact(test.db, async (tx) => {
      await mailBuyers(tx, who.accountId, receipt());
      throw new Error("undone");
    }).catch(() => {});
    expect(await mailsOf(test.db, who)).toEqual([]);
  });

  it.each([
    ["chose", { timeZone: "Europe/Berlin", browserTimeZone: "Asia/Tokyo" }],
    ["was last in", { timeZone: null, browserTimeZone: "Europe/Berlin" }],
  ])(
    "is written as its reader writes numbers, by the clock they %s, the same in text and HTML",
    async (_, zones) => {
      const who = await makeAccount(test.db);
      await test.db
        .update(users)
        .set({ locale: "de-DE", ...zones })
        .where(eq(users.id, who.userId));
      await write(who, receipt());
      const [message] = await deliverAll(test.db, who);
      const nbsp = (text: string) => text.replace(/\s/g, " ");
      expect(nbsp(message?.subject ?? "")).toBe("Receipt for 299,00 $: 24.000.000 credits (CR-1)");
      for (const body of [message?.text, message?.html].map((each) => nbsp(each ?? ""))) {
        for (const word of ["24.000.000", "299,00 $", "CR-1", "Visa •••• 4242", "09:14", "2026"])
          expect(body).toContain(word);
        expect(body).toContain("http://localhost:3000/settings/billing/documents/orders/ord_1");
      }
      expect(message?.html).not.toMatch(/<img|<script|http(s)?:\/\/(?!localhost:3000)/);
      expect(message?.unsubscribeUrl).toBeNull();
    },
  );

  it("says no name in a way that would be markup", async () => {
    const who = await makeAccount(test.db);
    await test.owner`update accounts set name = '<b>"Evil" & co</b>' where id = ${who.accountId}`;
    await write(who, receipt());
    const [message] = await deliverAll(test.db, who);
    expect(message?.html).toContain("&lt;b&gt;&quot;Evil&quot; &amp; co&lt;/b&gt;");
    expect(message?.text).toContain('<b>"Evil" & co</b>');
  });

  it("to an address of nobody is one as well", async () => {
    const who = await makeAccount(test.db);
    const mail = receipt();
    for (const _ of [1, 2])
      await transact(test.db, (tx) => mailAddress(tx, who.accountId, "new@example.com", mail));
    expect((await deliverAll(test.db, who)).map(({ to }) => to)).toEqual(["new@example.com"]);
  });
});

describe("a mail about a person", () => {
  it("goes to them alone, or to another address of theirs, once each", async () => {
    const who = await makeAccount(test.db);
    await join(who, "owner");
    const mail = receipt();
    for (const _ of [1, 2])
      await transact(test.db, async (tx) => {
        await mailPerson(tx, who.userId, mail);
        await mailPerson(tx, who.userId, mail, "former@example.com");
      });
    const sent = await deliverAll(test.db, { userId: who.userId });
    expect(sent.map(({ to }) => to).sort()).toEqual([who.email, "former@example.com"].sort());
    expect(await mailsOf(test.db, who)).toEqual([]);
  });
});

describe("sending", () => {
  const only = async (who: MadeAccount) => {
    const [row] = await mailsOf(test.db, who);
    if (!row) throw new Error("nothing was written");
    return { row, ref: { accountId: row.accountId, mailId: row.id } };
  };
  const depsWith = (send: (message: MailMessage) => Promise<"sent" | "not_configured">) => ({
    ...noMail,
    db: test.db,
    mailer: { send },
    log: { warn: () => {}, error: () => {} },
    appUrl: "http://localhost:3000",
  });
  const makeDue = (mailId: string) =>
    test.owner`update account_mails set due_at = now() - interval '1 second', lease_until = null where id = ${mailId}`;

  it("is done once by two workers at the same instant", async () => {
    const who = await makeAccount(test.db);
    await write(who, receipt());
    const { ref } = await only(who);
    let sent = 0;
    const deps = depsWith(async () => {
      sent += 1;
      await new Promise((done) => setTimeout(done, 50));
      return "sent";
    });
    await Promise.all(Array.from({ length: 8 }, () => sendMail(deps, ref)));
    expect(sent).toBe(1);
    expect((await only(who)).row).toMatchObject({ state: "sent", tries: 1, reason: null });
  });

  it("is done again under the same name once a worker was silent for longer than its lease", async () => {
    const who = await makeAccount(test.db);
    await write(who, receipt());
    const { ref, row } = await only(who);
    const keys: string[] = [];
    const noting = (answer: Promise<"sent">) =>
      depsWith((message) => {
        keys.push(message.key);
        return answer;
      });
    void sendMail(noting(new Promise(() => {})), ref);
    await expect.poll(() => keys.length).toBe(1);
    await sendMail(
      depsWith(async () => Promise.reject(new Error("is leased"))),
      ref,
    );
    await test.owner`update account_mails set lease_until = now() - interval '1 second' where id = ${row.id}`;
    await sendMail(noting(Promise.resolve("sent")), ref);
    expect(keys).toEqual([row.id, row.id]);
    expect((await only(who)).row.state).toBe("sent");
  });

  it("is tried again more and more rarely, and then parked with the reason", async () => {
    const who = await makeAccount(test.db);
    await write(who, receipt());
    const { ref, row } = await only(who);
    const fails = depsWith(() =>
      Promise.reject(new MailNotSent("the mail server did not take a message (421)")),
    );
    const gaps: number[] = [];
    for (let tries = 1; tries < MAX_MAIL_TRIES; tries += 1) {
      await sendMail(fails, ref);
      const [job] = await jobsOf(row.id);
      gaps.push(Math.round((job?.run_at.getTime() - Date.now()) / 1_000));
      await sendMail(fails, ref); // Not due: nothing happens.
      expect((await only(who)).row).toMatchObject({ state: "waiting", tries });
      await makeDue(row.id);
    }
    expect(gaps[0]).toBeGreaterThan(25);
    expect(gaps.at(-1)).toBeGreaterThan(gaps[0] ?? 0);
    expect(gaps.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(86_400);
    await sendMail(fails, ref);
    expect((await only(who)).row).toMatchObject({
      state: "parked",
      reason: expect.stringContaining("421"),
    });
  });

  it("is given up at once where the server will never take it", async () => {
    const who = await makeAccount(test.db);
    await write(who, receipt());
    const { ref } = await only(who);
    await sendMail(
      depsWith(() => Promise.reject(new MailNotSent("refused (550)", true))),
      ref,
    );
    expect((await only(who)).row).toMatchObject({ state: "parked", tries: 1 });
  });

  it("is not done for what is too late, was taken back, or has nowhere to go", async () => {
    const [late, withdrawn, nowhere, gone] = [
      await makeAccount(test.db),
      await makeAccount(test.db),
      await makeAccount(test.db),
      await makeAccount(test.db),
    ];
    await write(late, receipt({ uselessAt: new Date(Date.now() - 1_000) }));
    await write(withdrawn, receipt({ effect: "bank:1", afterSeconds: 300 }));
    expect(await deliverAll(test.db, withdrawn)).toEqual([]); // Not due yet.
    await transact(test.db, (tx) => withdrawAccountMail(tx, withdrawn.accountId, "bank:1", "it is paid"));
    await makeDue((await only(withdrawn)).row.id);
    await write(nowhere, receipt());
    await write(gone, receipt());
    await test.owner`update users set disabled_at = now() where id = ${gone.userId}`;
    for (const who of [late, withdrawn, gone]) expect(await deliverAll(test.db, who)).toEqual([]);
    await sendMail(
      depsWith(async () => "not_configured"),
      (await only(nowhere)).ref,
    );
    for (const who of [late, withdrawn, nowhere, gone])
      expect((await only(who)).row).toMatchObject({ state: "dropped", reason: expect.any(String) });
  });

  it("can be taken back from a worker that died over it, and from no other", async () => {
    const who = await makeAccount(test.db);
    const takeBack = () =>
      transact(test.db, (tx) => withdrawAccountMail(tx, who.accountId, "bank:1", "it is paid"));
    await write(who, receipt({ effect: "bank:1" }));
    const { ref, row } = await only(who);
    let begun = false;
    void sendMail(
      depsWith(() => {
        begun = true;
        return new Promise(() => {});
      }),
      ref,
    );
    await expect.poll(() => begun).toBe(true);
    await takeBack();
    expect((await only(who)).row.state).toBe("waiting");
    await test.owner`update account_mails set lease_until = now() - interval '1 second' where id = ${row.id}`;
    await takeBack();
    expect((await only(who)).row).toMatchObject({ state: "dropped", leaseUntil: null });
  });

  it("is not done for who takes care of billing there no more", async () => {
    const who = await makeAccount(test.db);
    const [left, lowered, stays] = [
      await join(who, "billing"),
      await join(who, "owner"),
      await join(who, "billing"),
    ];
    await write(who, receipt());
    const { userId } = who;
    await test.owner`delete from memberships where account_id = ${who.accountId} and user_id in (${userId}, ${left.userId})`;
    await test.owner`update memberships set role = 'member' where account_id = ${who.accountId} and user_id = ${lowered.userId}`;
    expect((await deliverAll(test.db, who)).map(({ to }) => to)).toEqual([stays.email]);
  });

  it("is enqueued again where its job is gone, and no other", async () => {
    const who = await makeAccount(test.db);
    await write(who, receipt());
    const { row } = await only(who);
    await test.owner`delete from graphile_worker._private_jobs where key = ${`mail:${row.id}`}`;
    await sweepMail(test.db);
    expect(await jobsOf(row.id)).toHaveLength(0);
    await test.owner`update account_mails set due_at = now() - interval '3 minutes' where id = ${row.id}`;
    await sweepMail(test.db);
    expect(await jobsOf(row.id)).toHaveLength(1);
  });
});
