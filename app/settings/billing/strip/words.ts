import { chargedNext, type SubscriptionView } from "@/lib/billing/subscriptions/view";
import { freePlan } from "@/lib/catalog/plans";
import type { Credits } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import { unreachable } from "@/lib/result";
import { cardEnd, cardName } from "@/lib/wording/cards";
import { declineSentence } from "@/lib/wording/declines";
import { formatInstant } from "@/lib/wording/instants";
import { offerName } from "@/lib/wording/plans";
import { CARDS, HISTORY, orderPath, PLAN_CONTACT, PLANS, planPaymentPath } from "../paths";
import { afterPaying, consequenceOf, dueTitle } from "../plans/due";
import { offerAgain, startInWords } from "../plans/start-words";
import { whatWent } from "../plans/words";
import { timeInWords } from "../words";
import { wanting } from "./credits-words";
import { canAct, type Row, type RowKind, type UnderWay } from "./rows";
import { askSentence, type Reader, type Told } from "./told";

/** Rows whose sentences the Plans page has too, and which are drawn from its parts. */
export type PlansRow = Extract<Row, { kind: "standing" | "change" | "voided" | "raised" | "changed" }>;
export type ToldRow = Exclude<Row, PlansRow>;

type Where = Reader["where"];

export const TONES: Record<RowKind, "danger" | "warning" | "info"> = {
  confirming: "info",
  bank: "warning",
  past_due: "danger",
  unfinished: "danger",
  frozen: "warning",
  disputed: "warning",
  frozen_by_us: "warning",
  coming: "warning",
  owed: "danger",
  nothing_left: "danger",
  declined: "danger",
  ended: "warning",
  renewed: "info",
  standing: "info",
  invoice: "warning",
  canceling: "warning",
  low: "warning",
  add_ons: "warning",
  card: "warning",
  order: "info",
  change: "warning",
  voided: "warning",
  raised: "info",
  changed: "info",
};

/** What is said of a row, and the one button it leads on with. */
export function tell(row: ToldRow, reader: Reader): Told {
  const told = wordsOf(row, reader);
  return canAct(row, reader) ? told : { ...told, step: null };
}

function wordsOf(row: ToldRow, reader: Reader): Told {
  const { account, where } = reader;
  switch (row.kind) {
    case "confirming":
      return row.underReview ? reviewing(row.payment) : confirming(row.payment, where);
    case "bank":
      return atTheBank(row.payment, where);
    case "past_due":
    case "invoice":
      return toPay(row, reader);
    case "unfinished":
      return unfinished(row, reader);
    case "coming":
      return {
        title: dueTitle("coming", account),
        text: consequenceOf("coming", account, { balance: reader.balance, where }),
        step: null,
      };
    case "frozen":
      return {
        title: `${amount(row.credits, where)} credits are frozen until your plan is paid`,
        text: afterPaying("As soon as it is", reader.balance),
        step: null,
      };
    case "disputed":
      return {
        title: `${amount(row.credits, where)} credits are frozen while their payment is disputed`,
        text: "Your bank holds the payment back while it decides. If the payment stands, you can spend these credits again. If you did not mean to dispute it, tell your bank.",
        step: { label: "See your orders and invoices", href: HISTORY },
      };
    case "frozen_by_us":
      return {
        title: "We have frozen some of your credits. Please contact us.",
        text: `${amount(row.credits, where)} credits cannot be spent until we unfreeze them.`,
        step: null,
      };
    case "owed":
    case "nothing_left":
    case "low":
      return wanting(row, reader);
    case "declined":
      return declined(row, reader);
    case "ended":
      return ended(row, reader);
    case "renewed":
      return {
        title: `${amount(row.credits, where)} credits expired unused on ${formatInstant(account.period.start, where, "day")}`,
        text: "They were left over from the billing cycle that ended then.",
        step: null,
      };
    case "canceling":
      return canceling(row, reader);
    case "add_ons":
      return {
        title: `${amount(row.credits, where)} add-on credits expire in ${timeInWords(row.at.getTime() - account.now.getTime())}`,
        text: `On ${formatInstant(row.at, where)}. Plan credits are spent first; whatever is left of these then is lost.`,
        step: null,
      };
    case "card":
      return cardTrouble(row, reader);
    case "order":
      return unfinishedOrder(row, where);
    default:
      return unreachable(row);
  }
}

const amount = (credits: Credits, { locale }: Where): string => formatCredits(credits, locale);

const hrefOf = ({ of, id }: UnderWay): string => (of === "order" ? orderPath(id) : planPaymentPath(id));
const withCard = ({ card }: Pick<UnderWay, "card">): string => (card ? ` with ${cardName(card)}` : "");

const confirming = (payment: UnderWay, { locale }: Where): Told => ({
  title: `Do not pay again: ${formatCents(payment.amountCents, locale)} is being confirmed`,
  text: `The payment${withCard(payment)} for ${payment.what} is on its way. What it pays for is added as soon as it goes through.`,
  step: { label: "See the payment", href: hrefOf(payment) },
});

const reviewing = (payment: UnderWay): Told => ({
  title: `Do not pay again: we are reviewing ${payment.what}`,
  text: "Something about its payment does not add up, so a person is checking it. You will get the credits you paid for, or your money back.",
  step: { label: "See the order", href: hrefOf(payment) },
});

const atTheBank = (payment: UnderWay, { locale }: Where): Told => ({
  title: `Your bank wants you to confirm the payment for ${payment.what}`,
  text: `It asks whether it is you who pays ${formatCents(payment.amountCents, locale)}${withCard(payment)}. You are not charged until you have confirmed it.`,
  step: {
    label: `Confirm with your bank, ${formatCents(payment.amountCents, locale)}`,
    href: hrefOf(payment),
  },
});

function toPay({ invoice, ...row }: Extract<Row, { kind: "past_due" | "invoice" }>, reader: Reader): Told {
  const { account, balance, mayManage, owners, where } = reader;
  const due = row.kind === "invoice" ? "by_mail" : row.due;
  const price = formatCents(invoice.dueCents, where.locale);
  const { payBy, nextAttemptAt, wasTried, failureCode } = invoice;
  const sentences = [
    failureCode && declineSentence({ status: "declined", declineCode: failureCode }),
    consequenceOf(due, account, { balance, where }),
    balance.remaining === 0n && balance.frozenPlan > balance.owed && "Requests are being refused until then.",
    payBy && due === "by_mail" ? `${price} is due by ${formatInstant(payBy, where)}.` : `${price} is due.`,
    nextAttemptAt && `Next automatic attempt: ${formatInstant(nextAttemptAt, where)}.`,
    !nextAttemptAt && wasTried && "We won't try this card again automatically.",
    !mayManage && askSentence(owners),
  ];
  return {
    title: dueTitle(due, account),
    text: sentences.filter(Boolean).join(" "),
    step: { label: `Pay ${price}`, href: PLANS },
  };
}

function unfinished(
  { plan, invoice }: Extract<Row, { kind: "unfinished" }>,
  { mayManage, owners, where }: Reader,
): Told {
  const why =
    invoice?.failureCode && declineSentence({ status: "declined", declineCode: invoice.failureCode });
  const until = `You can pay for it until ${formatInstant(plan.until, where)}; it begins, with its credits, as soon as you do.`;
  return {
    title: `Your ${offerName(plan.plan.name, plan.interval)} plan has not begun: its first payment is missing`,
    text: [why, until, !mayManage && askSentence(owners)].filter(Boolean).join(" "),
    step: invoice && { label: `Pay ${formatCents(invoice.dueCents, where.locale)}`, href: PLANS },
  };
}

/** Why it was declined comes with what to do about it, which is for who may pay. */
const declined = (
  { order }: Extract<Row, { kind: "declined" }>,
  { mayManage, owners, where }: Reader,
): Told => ({
  title: `The payment of ${formatCents(order.amountCents, where.locale)} for order ${order.reference} was not completed`,
  text: mayManage
    ? `${declineSentence(order.attempt ?? undefined)} You were not charged.`
    : `Nothing was charged. ${askSentence(owners)}`,
  step: { label: "Pay with another card", href: orderPath(order.id) },
});

/** Whose plan ended starts it again; what else there is stands beside that, on the page the step leads to. */
function ended({ ended: plan, invoice }: Extract<Row, { kind: "ended" }>, reader: Reader): Told {
  const { account, mayManage, owners, where } = reader;
  const named = plan?.plan ?? invoice?.plan;
  const offer = offerAgain(named);
  const at = plan && formatInstant(plan.at, where);
  const price = invoice && formatCents(invoice.dueCents, where.locale);
  const sentences = [
    invoice && at && `It ended on ${at}.`,
    plan && whatWent(plan, where).trim(),
    `You are on ${account.plan.name} now.`,
    mayManage && offer && `Start ${offer.plan.name} again: ${startInWords(offer, account.now, where)}.`,
    mayManage &&
      price &&
      (offer ? `Or pay the old invoice of ${price}.` : `You can pay the invoice of ${price}.`),
    !mayManage && askSentence(owners),
  ];
  return {
    title: invoice ? dueTitle("ended", account) : `Your ${named?.name ?? "paid"} plan ended on ${at}`,
    text: sentences.filter(Boolean).join(" "),
    step: { label: offer ? "Start again" : invoice ? "See the invoice" : "Choose a plan", href: PLANS },
  };
}

function canceling(
  { subscription, at, losing }: Extract<Row, { kind: "canceling" }>,
  { account, where }: Reader,
): Told {
  const { pendingChange, isPlannedByOperator, interval } = subscription;
  const { name } = account.plan;
  const { name: freeName, creditsPerCycle } = freePlan();
  const sentences = [
    losing !== null &&
      losing > 0n &&
      `${amount(losing, where)} credits are left: any you have not used by then are lost.`,
    losing === null && "Until then its credits come every month as before.",
    `From then on you are on ${freeName} with ${amount(creditsPerCycle, where)} credits a cycle, and nothing more is charged.`,
    pendingChange &&
      "We have recorded that, but our payment provider has not confirmed it yet. We keep asking; you don't need to do anything else.",
  ];
  return {
    title: `Your ${name} plan ${pendingChange ? "is set to end" : "ends"} on ${formatInstant(at, where)}`,
    text: sentences.filter(Boolean).join(" "),
    step: isPlannedByOperator
      ? { label: "Contact us", href: PLAN_CONTACT }
      : { label: `Keep ${offerName(name, interval)}`, href: PLANS },
  };
}

function cardTrouble(
  { card, problem, subscription }: Extract<Row, { kind: "card" }>,
  { account, mayManage, owners, where }: Reader,
): Told {
  const titles = {
    soon: `${cardName(card)} expires at the end of ${cardEnd(card)}`,
    over: `${cardName(card)} expired at the end of ${cardEnd(card)}`,
    declined: `${cardName(card)} was declined${card.declined ? ` on ${formatInstant(card.declined.at, where, "day")}` : ""}`,
  };
  const fear = problem === "soon" ? "." : "; your bank may decline that.";
  const advice = mayManage ? "Add another card before then." : askSentence(owners);
  return {
    title: titles[problem],
    text: `${nextPayment(subscription, account, where)}${fear} ${advice}`,
    step: { label: "Manage cards", href: CARDS },
  };
}

/** Where another plan is to come than the running one, only the payment for it is spoken of. */
function nextPayment(subscription: SubscriptionView, { plan }: Reader["account"], where: Where): string {
  const { pendingChange, next, planned, renewsAt } = subscription;
  const isChosen = pendingChange?.kind === "change";
  const cents = isChosen ? null : chargedNext(subscription);
  const price = cents === null ? null : formatCents(cents, where.locale);
  const on = formatInstant(renewsAt, where, "date");
  if (isChosen || next || planned)
    return `The next payment, ${price === null ? "" : `${price} `}on ${on}, is charged to it`;
  return `Your ${plan.name} plan renews with it on ${on}${price === null ? "" : `, for ${price}`}`;
}

function unfinishedOrder({ order, more }: Extract<Row, { kind: "order" }>, { locale }: Where): Told {
  const price = formatCents(order.amountCents, locale);
  return {
    title: order.canceling
      ? `Order ${order.reference} for ${price} is being canceled`
      : `You have an unfinished order: ${order.reference} for ${price}`,
    text: more > 0 ? `${more} more ${more === 1 ? "is" : "are"} listed under History.` : "",
    step: { label: order.canceling ? "See the order" : "Continue", href: orderPath(order.id) },
  };
}
