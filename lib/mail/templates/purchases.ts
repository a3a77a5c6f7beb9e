import { formatCents, formatCredits } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { cardName } from "../../wording/cards";
import { formatInstant } from "../../wording/instants";
import { orderPath } from "../../wording/paths";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

export function receipt(facts: MailFacts<"receipt">, to: MailContext): Letter {
  const amount = formatCents(facts.amountCents, to.locale);
  const given = formatCredits(facts.credits, to.locale);
  return {
    subject: `Receipt for ${amount}: ${given} credits (${facts.reference})`,
    heading: `Paid: ${given} credits for ${amount}`,
    paragraphs: ["The payment went through and the credits were added to your account."],
    facts: [
      ["Order", facts.reference],
      ["Credits", given],
      ["Amount", amount],
      ["Card", cardName(facts.card)],
      ["Paid", formatInstant(facts.paidAt, to)],
      ["Credits expire", formatInstant(facts.expiresAt, to)],
    ],
    action: { label: "See the order and its receipt", path: orderPath(facts.orderId) },
  };
}
