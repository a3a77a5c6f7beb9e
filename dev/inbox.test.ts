import { afterEach, describe, expect, it } from "vitest";
import { createMailer } from "../lib/mail/smtp";
import { type Inbox, startInbox } from "./inbox";
import { askAs } from "./stripe/testing";

let inbox: Inbox | null = null;
afterEach(() => inbox?.stop());

const from = { name: "Assistant", address: "no-reply@example.com" };
const message = (subject: string, text: string) => ({
  kind: "contact_request" as const,
  key: "k",
  to: "sales@example.com",
  subject,
  text,
  html: "<p>x</p>",
});

describe("the inbox", () => {
  it("shows what arrived as text, newest first, and keeps the last hundred", async () => {
    inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
    expect(await (await fetch(inbox.url)).text()).toContain("Nothing arrived yet");
    const mailer = createMailer({ smtpUrl: inbox.smtpUrl, from, log: { warn: () => {} } });
    const send = (number: number) =>
      mailer.send(message(`<i>Number ${number}</i>`, `<script>alert(${number})</script>`));
    for (const number of [1, 2]) await send(number);
    await Promise.all(Array.from({ length: 98 }, (_, index) => send(3 + index)));
    for (const number of [101, 102]) await send(number);
    expect(inbox.messages()).toHaveLength(100);
    const page = await (await fetch(inbox.url)).text();
    expect(page).not.toMatch(/<script|<i>/);
    expect(page.indexOf("Number 102")).toBeGreaterThan(0);
    expect(page.indexOf("Number 101")).toBeGreaterThan(page.indexOf("Number 102"));
    expect(page).toContain("Number 3&lt;");
    expect(page).not.toContain("Number 2&lt;");
    expect((await fetch(new URL("/other", inbox.url))).status).toBe(404);
    expect(page).toContain('href="/html/102"');
    const asHtml = await fetch(new URL("/html/102", inbox.url));
    expect(await asHtml.text()).toContain("<p>x</p>");
    expect(asHtml.headers.get("content-security-policy")).toMatch(/default-src 'none'.*; sandbox$/);
    expect((await fetch(new URL("/html/1", inbox.url))).status).toBe(404);
  });

  it("lets go of its ports when it is stopped, and leaves none behind when one is taken", async () => {
    inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
    const ports = {
      smtpPort: Number(new URL(inbox.smtpUrl).port),
      httpPort: Number(new URL(inbox.url).port),
    };
    await expect(startInbox({ smtpPort: 0, httpPort: ports.httpPort })).rejects.toThrow("EADDRINUSE");
    await expect(startInbox({ smtpPort: ports.smtpPort, httpPort: 0 })).rejects.toThrow("EADDRINUSE");
    await inbox.stop();
    inbox = await startInbox(ports);
    expect(inbox.messages()).toEqual([]);
  });

  it("shows no mail to a page whose name was made to lead here", async () => {
    inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
    const { port } = new URL(inbox.url);
    expect(await askAs({ port, headers: { host: `evil.example:${port}` } })).toMatchObject({ status: 403 });
    expect(await askAs({ port, headers: { host: `localhost:${port}` } })).toMatchObject({ status: 200 });
  });
});
