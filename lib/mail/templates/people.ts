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
    heading: "You signed in with a browser we did not know",
    paragraphs: ["If that was you, there is nothing to do."],
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
