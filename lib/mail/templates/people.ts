import type { MailFacts } from "../../outbox/kinds";
import { unreachable } from "../../result";
import { formatInstant } from "../../wording/instants";
import { PLANS, PROFILE } from "../../wording/paths";
import { placeName } from "../../wording/places";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

export function newBrowser(facts: MailFacts<"new_browser">, to: MailContext): Letter {
  return {
    subject: `New sign-in: ${placeName(facts)}`,
    heading: "You signed in from a new browser",
    paragraphs: ["If that was you, you don't need to do anything."],
    facts: [
      ["Browser", placeName(facts)],
      ["Address", facts.address],
      ["When", formatInstant(facts.at, to)],
      ["With", wayName(facts.by)],
    ],
    action: { label: "See your sessions", path: PROFILE },
    after: ["If it was not, end that session on your profile, change your password, and write to us."],
  };
}

function wayName(by: MailFacts<"new_browser">["by"]): string {
  switch (by) {
    case "password":
      return "Your password";
    case "github":
      return "GitHub";
    case "google":
      return "Google";
    default:
      return unreachable(by);
  }
}

export function passwordChanged(_: MailFacts<"password_changed">, to: MailContext): Letter {
  return {
    subject: `Your password for ${to.productName} was changed`,
    heading: "Your password was changed",
    paragraphs: [
      "Every other browser in which you were signed in is signed out. If it was you, you don't need to do anything.",
    ],
    action: { label: "It was not me: choose a new password", path: "/forgot-password" },
    after: [`If it was not you, write to ${to.supportEmail} as well.`],
  };
}

export function secondFactorChanged(facts: MailFacts<"second_factor_changed">, to: MailContext): Letter {
  const heading = FACTOR_HEADINGS[facts.to];
  return {
    subject: `${to.productName}: ${heading.toLowerCase()}`,
    heading,
    paragraphs: ["If it was you, you don't need to do anything."],
    action: { label: "See your profile", path: PROFILE },
    after: [`If it was not you, change your password and write to ${to.supportEmail}.`],
  };
}

const FACTOR_HEADINGS = {
  on: "Sign-in asks for a code from your app now",
  off: "Sign-in asks for no code from your app any more",
  new_codes: "You have new recovery codes, and the old ones are void",
} as const satisfies Record<MailFacts<"second_factor_changed">["to"], string>;

export function contactConfirmed(facts: MailFacts<"contact_confirmed">, to: MailContext): Letter {
  return {
    subject: "We have your request for a Custom plan",
    heading: "We have your request",
    paragraphs: ["Thank you. We answer by e-mail, to this address.", `You wrote: ${facts.message}`],
    facts: [
      ["Name", facts.name],
      ["Company", facts.company ?? "not given"],
      ["Sent", formatInstant(facts.sentAt, to)],
    ],
    action: { label: "See plans", path: PLANS },
  };
}
