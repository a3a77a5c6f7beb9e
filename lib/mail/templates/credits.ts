import { credits as toCredits } from "../../money/credits";
import { formatCredits } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { formatInstant } from "../../wording/instants";
import { BUY_CREDIT, OVERVIEW, PLANS } from "../../wording/paths";
import { shareInWords } from "../../wording/shares";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

export function lowCredits(facts: MailFacts<"low_credits">, to: MailContext): Letter {
  const { remaining, total, frozen, owed, cycleEndsAt, mayBuy } = facts;
  const left = formatCredits(remaining, to.locale);
  const share = shareInWords(remaining, total, to.locale);
  const isOver = remaining === toCredits(0n);
  const heading = isOver
    ? "No credits are left"
    : `${left} credits are left, ${share} of this billing cycle's`;
  const frozenToo =
    frozen > 0n ? ` ${formatCredits(frozen, to.locale)} more are frozen until your plan is paid.` : "";
  const debt = owed > 0n ? ` You owe ${formatCredits(owed, to.locale)} credits.` : "";
  const next = `The cycle ends on ${formatInstant(cycleEndsAt, to)}.`;
  return {
    subject: isOver ? heading : `Credits are low: ${left} left`,
    heading,
    paragraphs: [
      isOver
        ? `Requests that cost credits are being refused.${frozenToo}${debt} ${next}`
        : `This cycle you had ${formatCredits(total, to.locale)} credits.${frozenToo} ${next}`,
    ],
    action: mayBuy ? { label: "Buy credits", path: BUY_CREDIT } : { label: "See plans", path: PLANS },
  };
}

export function addOnsExpiring(facts: MailFacts<"add_ons_expiring">, to: MailContext): Letter {
  const amount = formatCredits(facts.credits, to.locale);
  return {
    subject: `${amount} add-on credits expire on ${formatInstant(facts.expiresAt, to, "date")}`,
    heading: `${amount} add-on credits expire on ${formatInstant(facts.expiresAt, to)}`,
    paragraphs: [
      `That many were unused on ${formatInstant(facts.seenAt, to)}. Plan credits are used first; what is left of the add-on credits then is lost.`,
    ],
    action: { label: "See your credits", path: OVERVIEW },
  };
}
