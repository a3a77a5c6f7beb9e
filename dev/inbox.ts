import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";
import { type Html, html } from "../lib/mail/html";
import { type ReadMessage, readMessage } from "./mime";
import { refuseVisitor } from "./stripe/wire/visitor";

export type InboxMessage = ReadMessage & {
  /** Counted from 1. */
  readonly number: number;
  /** Whom the sender told the server, whatever the headers say. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: string;
  readonly receivedAt: Date;
};

export type Inbox = {
  /** For `SMTP_URL`. */
  readonly smtpUrl: string;
  /** A page with what arrived. */
  readonly url: string;
  /** Newest first. */
  messages(): readonly InboxMessage[];
  stop(): Promise<void>;
};

const HOST = "127.0.0.1";
const MAX_KEPT = 100;
const MAX_BYTES = 10 * 1024 * 1024;

/** A mail server that delivers nothing: it keeps the last 100 messages and shows them. Port 0 takes a free one. */
export async function startInbox(ports: { smtpPort: number; httpPort: number }): Promise<Inbox> {
  const kept: InboxMessage[] = [];
  let arrived = 0;
  const smtp = receive((message) => {
    arrived += 1;
    kept.unshift({ ...message, number: arrived });
    kept.splice(MAX_KEPT);
  });
  const http = createServer((request, response) => {
    const refused = refuseVisitor(request);
    if (refused) return void response.writeHead(403, { "Content-Type": "text/plain" }).end(refused);
    const [, number] = /^\/html\/(\d+)$/.exec(request.url ?? "") ?? [];
    const asHtml = kept.find((each) => String(each.number) === number)?.html;
    const page = request.url === "/" ? inboxPage(kept).text : asHtml;
    response.writeHead(page ? 200 : 404, {
      "Content-Type": "text/html; charset=utf-8",
      // A message as HTML runs and loads as little as in a mail program.
      "Content-Security-Policy": `default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'${number ? "; sandbox" : ""}`,
      "Cache-Control": "no-store",
    });
    response.end(page ?? "");
  });
  try {
    const smtpServer = smtp.listen(ports.smtpPort, HOST);
    await Promise.all([once(smtpServer, "listening"), once(http.listen(ports.httpPort, HOST), "listening")]);
    return {
      smtpUrl: `smtp://${HOST}:${portOf(smtpServer)}`,
      url: `http://${HOST}:${portOf(http)}/`,
      messages: () => kept,
      stop: () => stopBoth(smtp, http),
    };
  } catch (error) {
    await stopBoth(smtp, http);
    throw error;
  }
}

const portOf = (server: { address(): string | AddressInfo | null }): number =>
  (server.address() as AddressInfo).port;

async function stopBoth(smtp: SMTPServer, http: Server): Promise<void> {
  http.closeAllConnections();
  await Promise.all([
    new Promise<void>((done) => http.close(() => done())),
    new Promise<void>((done) => smtp.close(() => done())),
  ]);
}

function receive(keep: (message: Omit<InboxMessage, "number">) => void): SMTPServer {
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    size: MAX_BYTES,
    rejectOversized: true,
    closeTimeout: 1_000,
    onData(stream, session, answer) {
      readAll(stream).then(
        (raw) => {
          const { mailFrom, rcptTo } = session.envelope;
          const envelope = {
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map(({ address }) => address),
          };
          if (!stream.sizeExceeded) keep({ ...readMessage(raw), envelope, raw, receivedAt: new Date() });
          answer(null);
        },
        (error: Error) => answer(error),
      );
    },
  });
  // A client that hangs up is not our concern; without a listener it would end the process.
  server.on("error", () => {});
  return server;
}

async function readAll(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

const inboxPage = (messages: readonly InboxMessage[]): Html => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Inbox (${String(messages.length)})</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
article { border-top: 1px solid; margin-top: 1.5rem; padding-top: 1rem }
h2 { font-size: 1.1rem; margin: 0 0 .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0 }
dd { margin: 0; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
</style>
<h1>Inbox</h1>
<p>${messages.length === 0 ? "Nothing arrived yet." : "Newest first. Nothing here was delivered to anybody. Reload to look again."}</p>
${messages.map(article)}
</html>
`;

const article = ({
  number,
  headers,
  envelope,
  text,
  html: markup,
  receivedAt,
}: InboxMessage): Html => html`<article>
<h2><bdi>${headers.subject ?? "(no subject)"}</bdi></h2>
<dl>${[
  ["From", headers.from ?? envelope.from],
  ["To", envelope.to.join(", ")],
  ["Reply to", headers["reply-to"] ?? "the sender"],
  ["Received", receivedAt.toISOString()],
].map(([label, value]) => html`<dt>${label ?? ""}</dt><dd><bdi>${value ?? ""}</bdi></dd>`)}</dl>
${markup ? html`<p><a href="/html/${String(number)}">As HTML</a></p>` : ""}
<pre dir="auto">${text}</pre>
</article>
`;
