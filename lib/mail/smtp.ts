import { createTransport } from "nodemailer";
import type { Logger } from "../log";
import { headerAddress, headerName, headerText } from "./headers";
import { type Mailer, type MailMessage, MailNotSent, type MessageKind } from "./mailer";

export type MailSettings = {
  /** `smtp://user:password@host:587`; null: there is no mail server. */
  readonly smtpUrl: string | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly log: Pick<Logger, "warn">;
};

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

/** Sends by SMTP; without a server it sends nothing, and says so once for every kind of message. */
export function createMailer({ smtpUrl, from, log }: MailSettings): Mailer {
  if (smtpUrl === null) return mailsNothing(log);
  const transport = createTransport({
    url: smtpUrl,
    requireTLS: mustEncrypt(new URL(smtpUrl)),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A body is text that somebody wrote, never the name of something to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const sender = { name: headerName(from.name), address: headerAddress(from.address) };
  return {
    async send(message) {
      const mail = { from: sender, ...envelopeOf(message, sender.address), ...bodyOf(message) };
      try {
        await transport.sendMail(mail);
        return "sent";
      } catch (error) {
        throw new MailNotSent(`the mail server did not take a message (${codeOf(error)})`, isFinal(error));
      }
    },
  };
}

const envelopeOf = (message: MailMessage, from: string) => ({
  ...addressesOf(message, from),
  headers: {
    ...(message.isAutomatic && { "Auto-Submitted": "auto-generated" }),
    ...(message.unsubscribeUrl && {
      "List-Unsubscribe": `<${new URL(message.unsubscribeUrl).href}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }),
  },
});

const addressesOf = ({ kind, key, to, replyTo, subject }: MailMessage, from: string) => ({
  to: { name: "", address: headerAddress(to) },
  ...(replyTo && { replyTo: { name: headerName(replyTo.name), address: headerAddress(replyTo.address) } }),
  subject: headerText(subject),
  messageId: `<${kind}.${key.replace(/[^A-Za-z0-9-]/g, "")}@${from.slice(from.lastIndexOf("@") + 1)}>`,
});

const bodyOf = ({ text, html }: MailMessage) => ({ text, html });

/** A password is shown to nobody on the way. */
const mustEncrypt = ({ password, hostname }: URL): boolean =>
  password !== "" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const told = [code, responseCode].filter((each) => typeof each === "string" || typeof each === "number");
  return told.join(" ") || "unknown";
}

/** What a server answered for good (RFC 5321, 4.2.1); that nobody answered is not. */
function isFinal(error: unknown): boolean {
  const { responseCode } = (error ?? {}) as { responseCode?: unknown };
  return typeof responseCode === "number" && responseCode >= 500 && responseCode < 600;
}

function mailsNothing(log: Pick<Logger, "warn">): Mailer {
  const warned = new Set<MessageKind>();
  return {
    async send({ kind }) {
      if (!warned.has(kind)) log.warn({ kind }, "SMTP_URL is not set: messages of this kind are not sent");
      warned.add(kind);
      return "not_configured";
    },
  };
}
