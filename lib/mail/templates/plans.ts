import { cardExpiry } from "../../billing/cards/view";
import { namePlan, type PlanId } from "../../catalog/plans";
import { formatCents, formatCredits, formatMinor } from "../../money/format";
import type { MailFacts } from "../../outbox/kinds";
import { unreachable } from "../../result";
import { cardNameAndExpiry } from "../../wording/cards";
import { declineSentence } from "../../wording/declines";
import { formatInstant } from "../../wording/instants";
import { CARDS, invoicePath, PLANS, planPaymentPath } from "../../wording/paths";
import { offerName } from "../../wording/plans";
import type { MailContext } from "../context";
import type { Letter } from "../letter";

type PlanFact = MailFacts<"plan_ended">["plan"];

/** `Starter`, `Starter, yearly`. */
const nameOf = ({ id, interval }: PlanFact): string =>
  offerName(namePlan(id as PlanId).name, interval ?? "month");

const present = <T>(...all: readonly (T | null)[]): readonly T[] =>
  all.flatMap((each) => (each === null ? [] : [each]));

export function planPaid(facts: MailFacts<"plan_paid">, to: MailContext): Letter {
  const amount = formatMinor(facts.paidCents, facts.currency ?? "usd", to.locale);
  const name = facts.plan ? nameOf(facts.plan) : null;
  const heading = paidHeading(facts.what, name);
  const charged = facts.paidCents === 0n ? "Nothing was charged for it." : `We charged ${amount}. Thank you.`;
  const lost =
    facts.lostCredits > 0n
      ? `${formatCredits(facts.lostCredits, to.locale)} unused plan credits from the previous period expired.`
      : null;
  return {
    subject: facts.paidCents === 0n ? heading : `${heading}: ${amount}`,
    heading,
    paragraphs: present(charged, lost),
    facts: present<readonly [string, string]>(
      name === null ? null : ["Plan", name],
      ["Amount", amount],
      ["Paid", formatInstant(facts.paidAt, to)],
      facts.period && [
        "Period",
        `${formatInstant(facts.period.start, to)} – ${formatInstant(facts.period.end, to)}`,
      ],
      facts.credits === null ? null : ["Credits a month", formatCredits(facts.credits, to.locale)],
      facts.number === null ? null : ["Invoice", facts.number],
    ),
    action: { label: "See the invoice", path: invoicePath(facts.invoiceId) },
  };
}

function paidHeading(what: MailFacts<"plan_paid">["what"], name: string | null): string {
  const plan = name ? `${name} plan` : "plan";
  switch (what) {
    case "began":
      return `Your ${plan} has begun`;
    case "renewed":
      return `Your ${plan} was renewed`;
    case "changed":
      return name ? `Your plan is now ${name}` : "Your plan was changed";
    case "other":
      return `An invoice for your ${plan} was paid`;
    default:
      return unreachable(what);
  }
}

export function planPaymentFailed(facts: MailFacts<"plan_payment_failed">, to: MailContext): Letter {
  const amount = formatMinor(facts.remainingCents, facts.currency ?? "usd", to.locale);
  const name = facts.plan ? `${nameOf(facts.plan)} plan` : "plan";
  const again = facts.attempts > 1;
  const why = facts.needsBank
    ? "Your bank wants you to confirm this payment."
    : declineSentence({ status: "declined", declineCode: facts.failureCode });
  const next = facts.nextAttemptAt
    ? `Next automatic attempt: ${formatInstant(facts.nextAttemptAt, to)}.`
    : "We won't try this card again automatically.";
  return {
    subject: `${amount} is due: the payment for your ${name} failed${again ? " again" : ""}`,
    heading: `${amount} is due for your ${name}`,
    paragraphs: [
      `The payment ${again ? "failed again" : "did not go through"}. ${why}`,
      `${next} You can pay it yourself at any time, with this card or another.`,
    ],
    facts: facts.number ? [["Invoice", facts.number]] : [],
    action: { label: facts.needsBank ? "Confirm with your bank" : "Pay now", path: PLANS },
  };
}

const paymentOf = ({ kind, plan }: MailFacts<"plan_payment_needs_bank">): string =>
  kind === "upgrade" ? `the upgrade to ${nameOf(plan)}` : `your ${nameOf(plan)} plan`;

export function planPaymentDeclined(facts: MailFacts<"plan_payment_declined">): Letter {
  const asBefore = facts.kind === "upgrade" ? " Your plan is as it was before." : "";
  return {
    subject: `Payment declined for ${paymentOf(facts)}`,
    heading: `The payment for ${paymentOf(facts)} did not go through`,
    paragraphs: [
      `${declineSentence({ status: "declined", declineCode: facts.declineCode })} You were not charged.${asBefore}`,
    ],
    action: { label: "See the payment", path: planPaymentPath(facts.paymentId) },
  };
}

export function planPaymentNeedsBank(facts: MailFacts<"plan_payment_needs_bank">): Letter {
  return {
    subject: `Confirm the payment for ${paymentOf(facts)} with your bank`,
    heading: `Your bank asks you to confirm the payment for ${paymentOf(facts)}`,
    paragraphs: ["Nothing is charged until you do. Open the payment and continue to your bank from there."],
    action: { label: "Open the payment", path: planPaymentPath(facts.paymentId) },
  };
}

export function planEnded(facts: MailFacts<"plan_ended">, to: MailContext): Letter {
  const name = nameOf(facts.plan);
  const why = facts.wasUnpaid
    ? `Its last invoice was not paid. The plan ended on ${formatInstant(facts.endedAt, to)}.`
    : `It ended on ${formatInstant(facts.endedAt, to)}. Nothing more is charged for it.`;
  return {
    subject: `Your ${name} plan has ended`,
    heading: `Your ${name} plan has ended`,
    paragraphs: [why, "You can start again at any time."],
    action: { label: "See plans", path: PLANS },
  };
}

export function planCancelPlanned(facts: MailFacts<"plan_cancel_planned">, to: MailContext): Letter {
  const name = nameOf(facts.plan);
  const day = formatInstant(facts.endsAt, to, "date");
  return {
    subject: `Your ${name} plan ends on ${day}`,
    heading: `Your ${name} plan is canceled and ends on ${day}`,
    paragraphs: [
      `Until ${formatInstant(facts.endsAt, to)} everything stays as it is; credits left over then expire. Nothing more is charged for the plan.`,
      facts.byOperator
        ? "To keep it after all, please contact us before then."
        : "Until then you can change your mind.",
    ],
    action: { label: "See your plan", path: PLANS },
  };
}

export function planChangePlanned(facts: MailFacts<"plan_change_planned">, to: MailContext): Letter {
  const [name, next] = [nameOf(facts.plan), nameOf(facts.next)];
  const day = formatInstant(facts.startsAt, to, "date");
  const price = `${formatCents(facts.priceCents, to.locale)} a ${facts.next.interval ?? "month"}`;
  return {
    subject: `From ${day} your plan is ${next}`,
    heading: `From ${day} your plan is ${next}`,
    paragraphs: [
      `Until ${formatInstant(facts.startsAt, to)} your ${name} plan stays as it is, and nothing is charged before then.`,
    ],
    facts: [
      ["Plan", next],
      ["Price", price],
      ["Credits a month", formatCredits(facts.credits, to.locale)],
    ],
    action: { label: "See your plan", path: PLANS },
  };
}

export function planKept(facts: MailFacts<"plan_kept">, to: MailContext): Letter {
  const name = nameOf(facts.plan);
  const renews = facts.renewsAt ? ` It renews on ${formatInstant(facts.renewsAt, to)}.` : "";
  return {
    subject: `Your ${name} plan continues`,
    heading: `Your ${name} plan continues`,
    paragraphs: [`The change scheduled for the end of its period has been undone.${renews}`],
    action: { label: "See your plan", path: PLANS },
  };
}

export function cardExpiring(facts: MailFacts<"card_expiring">, to: MailContext): Letter {
  const { card, plan, renewsAt } = facts;
  const name = cardNameAndExpiry(card);
  const ends = cardExpiry(card, to.now) === "over" ? "has expired" : "expires soon";
  return {
    subject: `A card ${ends}: ${name}`,
    heading: `A card ${ends}: ${name}`,
    paragraphs: [
      `It pays for your ${nameOf(plan)} plan, which renews on ${formatInstant(renewsAt, to, "date")}. Add another card before then, or your bank may decline that payment.`,
    ],
    action: { label: "Manage cards", path: CARDS },
  };
}
