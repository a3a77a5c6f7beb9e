import { namePlan, type PlanId } from "../../catalog/plans";
import { formatMinor } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { BUY_CREDIT, invoicePath } from "../../wording/paths";
import {
  BUYING_PAUSED,
  disputeWonSentence,
  refundFailedSentence,
  takenBackSentence,
} from "../../wording/purchases";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

type ReturnFacts = MailFacts<"plan_refunded">;

const currencyOf = ({ currency }: ReturnFacts): string => currency ?? "usd";
const returnedOf = (facts: ReturnFacts, to: MailContext): string =>
  formatMinor(facts.returnedCents, facts.returnedCurrency ?? currencyOf(facts), to.locale);

const nameOf = ({ plan }: ReturnFacts): string =>
  plan ? `${namePlan(plan.id as PlanId).name} plan` : "plan";

const factsOf = (facts: ReturnFacts, to: MailContext): readonly (readonly [string, string])[] => [
  ...(facts.plan ? ([["Plan", namePlan(facts.plan.id as PlanId).name]] as const) : []),
  ["Amount paid", formatMinor(facts.amountCents, currencyOf(facts), to.locale)],
  ...(facts.number ? ([["Invoice", facts.number]] as const) : []),
];

const whatItTakes = ({ takenCredits, usedCredits }: ReturnFacts, to: MailContext): string[] =>
  takenCredits > 0n ? [takenBackSentence(takenCredits, usedCredits, to.locale, "plan")] : [];

const opens = (facts: ReturnFacts) => ({ label: "See the invoice", path: invoicePath(facts.invoiceId) });

const GOES_ON =
  "Your plan goes on unless it was canceled. If you pay by the year, the credits of the months still to come go first.";

export function planRefunded(facts: ReturnFacts, to: MailContext): Letter {
  const amount = returnedOf(facts, to);
  return {
    subject: `Refund of ${amount} for your ${nameOf(facts)}`,
    heading: facts.elsewhere ? `${amount} was paid back to you` : `${amount} is on its way back to you`,
    paragraphs: [
      facts.elsewhere
        ? `It was paid back another way than you paid, as agreed with you: your bank shows nothing of it on the card. Reply to this mail if you did not get it. ${GOES_ON}`
        : `It goes back the way you paid. Banks usually take 5 to 10 days to show it. ${GOES_ON}`,
      ...whatItTakes(facts, to),
    ],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function planRefundFailed(facts: ReturnFacts, to: MailContext): Letter {
  const amount = returnedOf(facts, to);
  return {
    subject: `Refund of ${amount} for your ${nameOf(facts)} did not go through`,
    heading: `The refund of ${amount} did not go through`,
    paragraphs: [refundFailedSentence(facts)],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function planDisputed(facts: ReturnFacts, to: MailContext): Letter {
  const amount = returnedOf(facts, to);
  return {
    subject: `Payment of ${amount} for your ${nameOf(facts)} disputed`,
    heading: `Your bank has taken back ${amount} for now`,
    paragraphs: [
      `The payment was disputed with the bank of the card it was made with. Until the bank decides, what is left of the plan credits that it paid for cannot be used.${to.pausesBuyingInDispute ? ` ${BUYING_PAUSED}` : ""}`,
      "If nobody in your team meant to dispute it, tell your bank that the payment was right and that the dispute is withdrawn. If the charge was wrong, there is nothing to do.",
    ],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function planDisputeWon(facts: ReturnFacts, to: MailContext): Letter {
  const left = facts.left ?? "usable";
  const isUsable = left === "usable";
  return {
    subject: isUsable
      ? `Dispute over, the credits of your ${nameOf(facts)} can be used again`
      : `Dispute over, the payment for your ${nameOf(facts)} stands`,
    heading: "The dispute is over and the payment stands",
    paragraphs: [disputeWonSentence(left, "plan")],
    facts: factsOf(facts, to),
    action: opens(facts),
  };
}

export function planDisputeLost(facts: ReturnFacts, to: MailContext): Letter {
  const amount = returnedOf(facts, to);
  return {
    subject: `Dispute over, ${amount} for your ${nameOf(facts)} went back to you`,
    heading: `The bank has decided: ${amount} went back to you`,
    paragraphs: whatItTakes(facts, to),
    facts: factsOf(facts, to),
    action: facts.usedCredits > 0n ? { label: "Buy credits", path: BUY_CREDIT } : opens(facts),
  };
}
