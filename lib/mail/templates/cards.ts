import type { MailFacts } from "../../outbox/kinds";
import { cardName, cardNameAndExpiry } from "../../wording/cards";
import { CARDS } from "../../wording/paths";
import type { Letter } from "../letter";

export const cardAdded = ({ card }: MailFacts<"card_added">): Letter => ({
  subject: `A card was added: ${cardName(card)}`,
  heading: `A card was added: ${cardNameAndExpiry(card)}`,
  paragraphs: [
    "It can be used for payments of your account. If none of you added it, remove it and write to us.",
  ],
  action: { label: "Manage cards", path: CARDS },
});

export const cardRemoved = ({ card }: MailFacts<"card_removed">): Letter => ({
  subject: `A card was removed: ${cardName(card)}`,
  heading: `A card was removed: ${cardName(card)}`,
  paragraphs: ["It will no longer be charged."],
  action: { label: "Manage cards", path: CARDS },
});
