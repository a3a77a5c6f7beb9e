import { formatCents, formatCredits } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { cardName } from "../../wording/cards";
import { BUY_CREDIT, orderPath } from "../../wording/paths";
import {
  BUYING_PAUSED,
  disputeWonSentence,
  refundFailedSentence,
  takenBackSentence,
} from "../../wording/purchases";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

type ReturnFacts = MailFacts<"order_refunded">;

const factsOf = (facts: ReturnFacts, to: MailContext) =>
  [
    ["Order", facts.reference],
    ["Credits bought", formatCredits(facts.credits, to.locale)],
    ["Amount paid", formatCents(facts.amountCents, to.locale)],
    ["Card", cardName(facts.card)],
  ] as const;

const whatItTakes = ({ takenCredits, usedCredits }: ReturnFacts, to: MailContext): string[] =>
  takenCredits > 0n ? [takenBackSentence(takenCredits, usedCredits, to.locale)] : [];

const opens = (facts: ReturnFacts) => ({ label: "See the order", path: orderPath(facts.orderId) });

export function orderRefunded(facts: ReturnFacts, to: MailContext): Letter {
  const amount = formatCents(facts.returnedCents, to.locale);
  return {
    subject: `Refund of ${amount} (${facts.reference})`,
    heading: `${amount} is on its way back to you`,
    paragraphs: [
      "It goes to the card you paid with. Banks usually take 5 to 10 days to show it.",
      ...whatItTakes(facts, to),
    ],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function orderRefundFailed(facts: ReturnFacts, to: MailContext): Letter {
  const amount = formatCents(facts.returnedCents, to.locale);
  return {
    subject: `Refund of ${amount} did not go through (${facts.reference})`,
    heading: `The refund of ${amount} did not go through`,
    paragraphs: [refundFailedSentence(facts)],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function orderDisputed(facts: ReturnFacts, to: MailContext): Letter {
  const amount = formatCents(facts.returnedCents, to.locale);
  return {
    subject: `Payment of ${amount} disputed (${facts.reference})`,
    heading: `Your bank has taken back ${amount} for now`,
    paragraphs: [
      `The payment was disputed with the bank of this card. Until the bank decides, what is left of the order's credits cannot be used.${to.pausesBuyingInDispute ? ` ${BUYING_PAUSED}` : ""}`,
      "If nobody in your team meant to dispute it, tell your bank that the payment was right and that the dispute is withdrawn. If the charge was wrong, there is nothing to do.",
    ],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function orderDisputeWon(facts: ReturnFacts, to: MailContext): Letter {
  const left = facts.left ?? "usable";
  const isUsable = left === "usable";
  return {
    subject: `Dispute over, ${isUsable ? "your credits can be used again" : "the payment stands"} (${facts.reference})`,
    heading: "The dispute is over and the payment stands",
    paragraphs: [disputeWonSentence(left, "order")],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function orderDisputeLost(facts: ReturnFacts, to: MailContext): Letter {
  const amount = formatCents(facts.returnedCents, to.locale);
  return {
    subject: `Dispute over, ${amount} went back to you (${facts.reference})`,
    heading: `The bank has decided: ${amount} went back to you`,
    paragraphs: whatItTakes(facts, to),
    facts: factsOf(facts, to),
    action: facts.usedCredits > 0n ? { label: "Buy credits", path: BUY_CREDIT } : opens(facts),
  };
}
