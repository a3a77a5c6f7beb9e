import type { contactRequests } from "../../db/schema";
import { toPublicId } from "../ids";
import { html } from "../mail/html";
import type { MailMessage } from "../mail/mailer";

type Request = Pick<
  typeof contactRequests.$inferSelect,
  "accountId" | "name" | "company" | "email" | "message" | "createdAt"
>;

/** What whoever sells reads of a request. Answering the message answers the customer. */
export function contactLetter(request: Request): Pick<MailMessage, "subject" | "text" | "html"> {
  const { name, company, message } = request;
  const facts = [
    ["From", name],
    ["Company", company ?? "not given"],
    ["E-mail", request.email],
    ["Account", toPublicId("account", request.accountId)],
    ["Sent", request.createdAt.toISOString()],
  ] as const;
  return {
    subject: `Custom plan: ${company ?? name}`,
    text: `${facts.map(([label, value]) => `${label}: ${value}`).join("\n")}\n\n${message}\n`,
    html: html`<!doctype html>
<html lang="en">
<body style="font: 15px/1.5 system-ui, sans-serif">
<h1 style="font-size: 18px">A customer asks for a Custom plan</h1>
<table>${facts.map(
      ([label, value]) =>
        html`<tr><th align="left" style="padding-right: 16px">${label}</th><td><bdi>${value}</bdi></td></tr>`,
    )}</table>
<p dir="auto" style="white-space: pre-wrap">${message}</p>
</body>
</html>
`.text,
  };
}
