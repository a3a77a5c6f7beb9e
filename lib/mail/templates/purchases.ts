import { formatCents, formatCredits } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { cardName } from "../../wording/cards";
import { declineSentence } from "../../wording/declines";
import { formatInstant } from "../../wording/instants";
import { orderInvoicePath, orderPath } from "../../wording/paths";
import { paidBackSentence } from "../../wording/purchases";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

type OrderFacts = MailFacts<"order_needs_bank">;

const orderFacts = (facts: OrderFacts, to: MailContext) =>
  [
    ["Order", facts.reference],
    ["Credits", formatCredits(facts.credits, to.locale)],
    ["Amount", formatCents(facts.amountCents, to.locale)],
    ["Card", cardName(facts.card)],
  ] as const;

export function receipt(facts: MailFacts<"receipt">, to: MailContext): Letter {
  const amount = formatCents(facts.amountCents, to.locale);
  const given = formatCredits(facts.credits, to.locale);
  return {
    subject: `Receipt for ${amount}: ${given} credits (${facts.reference})`,
    heading: `Paid: ${given} credits for ${amount}`,
    paragraphs: [
      "The payment went through and the credits were added to your account.",
      ...(facts.paidBack
        ? [paidBackSentence(facts.paidBack === facts.credits ? "all" : facts.paidBack, to.locale)]
        : []),
    ],
    facts: [
      ...orderFacts(facts, to),
      ["Paid", formatInstant(facts.paidAt, to)],
      ["Credits expire", formatInstant(facts.expiresAt, to)],
    ],
    action: to.hasInvoices
      ? { label: "See the invoice", path: orderInvoicePath(facts.orderId) }
      : { label: "See the order", path: orderPath(facts.orderId) },
  };
}

export function orderDeclined(facts: MailFacts<"order_declined">, to: MailContext): Letter {
  const amount = formatCents(facts.amountCents, to.locale);
  return {
    subject: `Payment of ${amount} declined (${facts.reference})`,
    heading: `The payment of ${amount} did not go through`,
    paragraphs: [`${declineSentence(facts)} You were not charged.`],
    facts: orderFacts(facts, to),
    action: { label: "Pay with another card", path: orderPath(facts.orderId) },
  };
}

export function orderNeedsBank(facts: OrderFacts, to: MailContext): Letter {
  const amount = formatCents(facts.amountCents, to.locale);
  return {
    subject: `Confirm the payment of ${amount} with your bank (${facts.reference})`,
    heading: `Your bank asks you to confirm the payment of ${amount}`,
    paragraphs: [
      "Nothing is charged until you do. Open the order and continue to your bank from there, or cancel it.",
    ],
    facts: orderFacts(facts, to),
    action: { label: "Open the order", path: orderPath(facts.orderId) },
  };
}
