import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Inbox, startInbox } from "../../dev/inbox";
import { type MailMessage, MailNotSent } from "./mailer";
import { createMailer } from "./smtp";

let inbox: Inbox;
beforeAll(async () => {
  inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
});
afterAll(() => inbox.stop());

const from = { name: "Assistant", address: "no-reply@example.com" };
const silent = { warn: () => {} };
const letter: MailMessage = {
  kind: "contact_request",
  key: "0192-a",
  to: "sales@example.com",
  replyTo: { name: "Zoë Ångström", address: "zoe@example.org" },
  subject: "Custom plan: Ångström & Söhne",
  text: `Grüße\n.\nfrom a line with one dot\n${"and a long one ".repeat(20)}= end`,
  html: "<p>Grüße</p>",
};
const sendTo = (smtpUrl: string, message: MailMessage) =>
  createMailer({ smtpUrl, from, log: silent }).send(message);

describe("mail over SMTP", () => {
  it("arrives as it was written, with who it is from and who to answer", async () => {
    expect(await sendTo(inbox.smtpUrl, letter)).toBe("sent");
    const [message] = inbox.messages();
    expect(message?.envelope).toEqual({ from: "no-reply@example.com", to: ["sales@example.com"] });
    expect(message?.headers).toMatchObject({
      from: "Assistant <no-reply@example.com>",
      to: "sales@example.com",
      "reply-to": "Zoë Ångström <zoe@example.org>",
      subject: "Custom plan: Ångström & Söhne",
      "message-id": "<contact_request.0192-a@example.com>",
    });
    expect(message?.text).toBe(letter.text);
    expect(message?.html).toBe("<p>Grüße</p>");
  });

  it("cannot be given further headers or recipients by a name or a subject", async () => {
    const evil = 'x\r\nBcc: victim@example.com\r\n\r\n<b>"body", <other@example.com>\0';
    await sendTo(inbox.smtpUrl, {
      ...letter,
      key: `k\r\nBcc: victim@example.com`,
      subject: evil,
      replyTo: { name: evil, address: "zoe@example.org" },
    });
    const [message] = inbox.messages();
    expect(message?.envelope.to).toEqual(["sales@example.com"]);
    expect(Object.keys(message?.headers ?? {}).sort()).toEqual([
      "content-type",
      "date",
      "from",
      "message-id",
      "mime-version",
      "reply-to",
      "subject",
      "to",
    ]);
    expect(message?.headers["reply-to"]).toBe("zoe@example.org");
    expect(message?.text).toBe(letter.text);
  });

  it.each([
    ["=?utf-8?q?Your_bank?=", "= ?utf-8?q?Your_bank?="],
    ["=?utf-8?B?WW91ciBiYW5r?= (official)", "= ?utf-8?B?WW91ciBiYW5r?= (official)"],
    ["Zoë =?utf-8?q?Your_bank?= ", "Zoë = ?utf-8?q?Your_bank?="],
    ["=\u202e?utf-8?q?Your_bank?=", "= ?utf-8?q?Your_bank?="],
    ['"Ada", (the) <first>; \\', '"Ada", (the) <first>; \\'],
    ["Ada\r\nBcc: victim, <b>", "Ada Bcc: victim, <b>"],
    ["محمد بن عبد الله", "محمد بن عبد الله"],
  ])("shows %j as it was typed, and not as it would be decoded", async (typed, shown) => {
    const replyTo = { name: typed, address: "zoe@example.org" };
    await sendTo(inbox.smtpUrl, { ...letter, subject: typed, replyTo });
    const headers = inbox.messages()[0]?.headers ?? {};
    expect(headers.subject).toBe(shown);
    const [, name = ""] = /^(.*) <zoe@example\.org>$/.exec(headers["reply-to"] ?? "") ?? [];
    expect(name.replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1")).toBe(shown);
  });

  it("shows the address alone where a name says another", async () => {
    await sendTo(inbox.smtpUrl, { ...letter, replyTo: { name: "ceo@bank.com", address: "zoe@example.org" } });
    expect(inbox.messages()[0]?.headers["reply-to"]).toBe("zoe@example.org");
  });

  it("is refused before anything is sent when a recipient is not one plain address", async () => {
    const before = inbox.messages().length;
    for (const to of ["sales@example.com, other@example.com", "sales@example.com\r\nRCPT TO:<a@b.c>"])
      await expect(sendTo(inbox.smtpUrl, { ...letter, to })).rejects.toThrow("one plain address");
    expect(inbox.messages()).toHaveLength(before);
  });

  it("never takes text for the name of a file", async () => {
    await sendTo(inbox.smtpUrl, { ...letter, text: "/etc/hostname", html: "file:///etc/hostname" });
    expect(inbox.messages()[0]).toMatchObject({ text: "/etc/hostname", html: "file:///etc/hostname" });
  });

  it("offers one click to stop it, and asks for no automatic answer, where it is told to", async () => {
    const unsubscribeUrl = "https://example.com/api/mail/unsubscribe?who=usr_1&proof=a-b_c";
    await sendTo(inbox.smtpUrl, { ...letter, isAutomatic: true, unsubscribeUrl });
    expect(inbox.messages()[0]?.headers).toMatchObject({
      "auto-submitted": "auto-generated",
      "list-unsubscribe": `<${unsubscribeUrl}>`,
      "list-unsubscribe-post": "List-Unsubscribe=One-Click",
    });
  });

  it("tells a refusal for good from one that may end", async () => {
    const refuse = (responseCode: number) =>
      new SMTPServer({
        disabledCommands: ["AUTH", "STARTTLS"],
        logger: false,
        onRcptTo: (_address, _session, answer) =>
          answer(Object.assign(new Error("no such person"), { responseCode })),
      });
    for (const [code, isFinal] of [
      [550, true],
      [451, false],
    ] as const) {
      const server = refuse(code);
      const listening = server.listen(0, "127.0.0.1");
      await once(listening, "listening");
      const { port } = listening.address() as AddressInfo;
      await expect(sendTo(`smtp://127.0.0.1:${port}`, letter)).rejects.toMatchObject({ isFinal });
      await new Promise<void>((done) => server.close(done));
    }
  });

  it("fails by throwing, without an address in what is thrown, when the server does not take it", async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, "127.0.0.1", done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const failure = await sendTo(`smtp://127.0.0.1:${port}`, letter).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MailNotSent);
    expect(String(failure)).not.toContain("@");
  });

  it("shows a password only over encryption, or to a server on the same machine", async () => {
    const heard: string[] = [];
    const server = new SMTPServer({
      disabledCommands: ["STARTTLS"],
      allowInsecureAuth: true,
      logger: false,
      onAuth: ({ password }, _, answer) => {
        heard.push(password ?? "");
        answer(null, { user: "anybody" });
      },
      onData: (stream, _, answer) => void stream.resume().on("end", () => answer(null)),
    });
    const listening = server.listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo;
    // The same machine, in a spelling that does not say so.
    const elsewhere = sendTo(`smtp://user:secret@127.1:${port}`, letter);
    await expect(elsewhere).rejects.toThrow("ETLS");
    expect(heard).toEqual([]);
    expect(await sendTo(`smtp://user:secret@127.0.0.1:${port}`, letter)).toBe("sent");
    expect(heard).toEqual(["secret"]);
    await new Promise<void>((done) => server.close(done));
  });
});

describe("without a mail server", () => {
  it("nothing is sent, and one warning for a kind says so without what it says", async () => {
    const warnings: unknown[][] = [];
    const log = { warn: (...words: unknown[]) => void warnings.push(words) };
    const mailer = createMailer({ smtpUrl: null, from, log });
    expect(await mailer.send(letter)).toBe("not_configured");
    expect(await mailer.send(letter)).toBe("not_configured");
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).toContain("contact_request");
    for (const secret of ["sales@", "zoe", "Custom plan", "Grüße"])
      expect(JSON.stringify(warnings)).not.toContain(secret);
  });
});
