import { invitationName, linkPath, linkToken } from "../../auth/links/token";
import type { MailFacts } from "../../outbox/kinds";
import { isolated } from "../../plain-text";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

export function passwordReset({ linkId }: MailFacts<"password_reset">, to: MailContext): Letter {
  return {
    subject: `Choose a new password for ${to.productName}`,
    heading: "Choose a new password",
    paragraphs: [
      `Somebody, hopefully you, asked for a new password for this address at ${to.productName}. This link works once, for 30 minutes.`,
    ],
    action: {
      label: "Choose a new password",
      path: linkPath("reset_password", linkToken(linkId, to.sign)),
    },
    after: [
      "If it was not you, ignore this e-mail: your password stays as it is. Never share this link with anybody.",
    ],
  };
}

export function passwordWasReset(_: MailFacts<"password_was_reset">, to: MailContext): Letter {
  return {
    subject: `Your password for ${to.productName} was changed`,
    heading: "Your password was changed",
    paragraphs: [
      "It was set with a link we sent to this address, and you are signed out everywhere.",
      `If it was not you, somebody else reads your mail: secure your mailbox first, then choose a new password and write to ${to.supportEmail}.`,
    ],
    action: { label: "Forgot your password?", path: "/forgot-password" },
  };
}

export function emailToConfirm(
  { linkId, from, to: email }: MailFacts<"email_to_confirm">,
  to: MailContext,
): Letter {
  return {
    subject: `Confirm your e-mail address for ${to.productName}`,
    heading: "Confirm your e-mail address",
    paragraphs: [
      `Somebody who signs in to ${to.productName} as ${from} wants to sign in with ${email} from now on. The link works once, for a day, where they are signed in.`,
    ],
    action: { label: "Use this address", path: linkPath("confirm_email", linkToken(linkId, to.sign)) },
    after: ["If it was not you, ignore this e-mail: without this link nothing changes."],
  };
}

const wayBack = (linkId: string, to: MailContext): Letter["action"] => ({
  label: "It was not me",
  path: linkPath("undo_email", linkToken(linkId, to.sign)),
});

export function emailChangeAsked(
  { linkId, from, to: email }: MailFacts<"email_change_asked">,
  to: MailContext,
): Letter {
  return {
    subject: `Your e-mail address at ${to.productName} is about to change`,
    heading: "Your e-mail address is about to change",
    paragraphs: [
      `Somebody who is signed in as you asked to change it from ${from} to ${email}. It changes when they confirm that the new address is theirs.`,
      "If it was you, you don't need to do anything. If it was not, undo it within eight days: everybody is signed out, and you choose a new password.",
    ],
    action: wayBack(linkId, to),
  };
}

export function emailChanged(
  { linkId, from, to: email }: MailFacts<"email_changed">,
  to: MailContext,
): Letter {
  return {
    subject: `Your e-mail address at ${to.productName} was changed`,
    heading: "Your e-mail address was changed",
    paragraphs: [
      `You sign in with ${email} now, instead of ${from}. This is the last e-mail to the old address.`,
      "If it was not you, undo it within eight days: the old address is yours again, everybody is signed out, and you choose a new password.",
    ],
    action: wayBack(linkId, to),
  };
}

const MAY = {
  owner: "pay, change the plan, and invite and remove colleagues",
  billing: "buy credits, change the plan and manage cards",
  member: "see the plan, the balance, usage and history",
} as const;

export function invitation(
  { invitationId, sends, accountName, inviterName, role }: MailFacts<"invitation">,
  to: MailContext,
): Letter {
  return {
    subject: `${inviterName} invites you to ${accountName} at ${to.productName}`,
    heading: `Join ${accountName}`,
    paragraphs: [
      `${isolated(inviterName)} invites you to the account ${isolated(accountName)} at ${to.productName}. You would be able to ${MAY[role]}. The link works once, for a week.`,
    ],
    action: {
      label: "Join",
      path: linkPath("join", linkToken(invitationName(invitationId, sends), to.sign)),
    },
    after: ["If you do not know them, ignore this e-mail."],
  };
}
