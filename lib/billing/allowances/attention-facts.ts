import { creditedAway } from "./credited-away";
import type { AttentionFact, Decision, Facts, Invoice, Item, Line, Subscription } from "./facts";
import { returnedOf } from "./invoice-money";
import { monthsNotGiven } from "./later-months";
import { billed, creditsByLine, isCredit, isDebit, isPaid } from "./line-worth";
import { fromEnded, monthsToCome } from "./paid-lines";
import { add, floorOf, minus, NOTHING, piecesOf, type Share } from "./pieces";
import { type DecidedReturns, goneOf } from "./returned";
import { endOf, isLive } from "./subscription-state";

const HOUR_MS = 3_600_000;
const TWO_HOURS_MS = 2 * HOUR_MS;
const DRAFT_MS = 73 * HOUR_MS;

const fact = (
  reason: AttentionFact["reason"],
  object: AttentionFact["object"],
  objectId: string,
): AttentionFact => ({ reason, object, objectId });

/**
 * What is not understood, contradictory, or an operator's to decide: open as long as the facts say so, and what was decided of the
 * invoices' money.
 */
export function attentionOf(
  facts: Facts,
  { returned, unclear }: DecidedReturns,
  now: Date,
): readonly AttentionFact[] {
  const live = facts.subscriptions.filter((each) => isLive(each, now));
  const bound = new Set([...creditsByLine(facts).values()].flatMap((all) => all.map(({ by }) => by.id)));
  return [
    ...live.flatMap((each) => unreadableItems(each)),
    ...facts.invoices.flatMap((invoice) =>
      invoice.lines
        .filter((line) => invoice.status === "paid" && isNotKnown(facts, invoice, line, now))
        .flatMap(({ id, unreadable }) =>
          unreadable ? [fact(reasonOf(unreadable), "invoice_line", id)] : [],
        ),
    ),
    ...live.flatMap((each) => missingLines(facts, each, now)),
    ...live.flatMap((each) => staleDrafts(facts, each, now)),
    ...(live.length > 1 ? live.map(({ id }) => fact("two_live_subscriptions", "subscription", id)) : []),
    ...raised(facts, live),
    ...notReturned(facts, now),
    ...facts.invoices
      .filter(isPaid)
      .flatMap((invoice) => [
        ...(unclear.has(invoice.id) || isNotTaken(facts, invoice, returned)
          ? [fact("plan_refund_or_credit_note", "invoice", invoice.id)]
          : []),
        ...(invoice.lines.some(
          (line) =>
            line.offer &&
            !bound.has(line.id) &&
            !facts.subscriptions.some((each) => each.id === fromEnded(facts, line).subscriptionId),
        )
          ? [fact("paid_invoice_unbound", "invoice", invoice.id)]
          : []),
      ]),
  ];
}

/**
 * A credit note came after the payment, and whether it paid anything back was not read yet; or something was paid back, and there
 * is nothing here that it paid for, as of an invoice that an earlier release judged.
 */
function isNotTaken(facts: Facts, invoice: Invoice, decided: Decision["returned"]): boolean {
  const { returns, creditNotesCents, prePaymentNotesCents } = invoice;
  if (!returns) return creditNotesCents > prePaymentNotesCents;
  const returned = decided.find(({ invoiceId }) => invoiceId === invoice.id);
  const gaveNothing =
    returned?.allowances.length === 0 &&
    monthsNotGiven(facts, invoice).length === 0 &&
    creditedAway(facts, invoice).length === 0;
  return (
    gaveNothing && invoice.lines.some(({ offer }) => offer !== null) && returnedOf(invoice).returnedCents > 0n
  );
}

/** Nothing was decided by it yet; or its later months were to be given by what its item sold, and nobody knows that now. */
function isNotKnown(facts: Facts, invoice: Invoice, line: Line, now: Date): boolean {
  if (line.unreadable === null) return false;
  return line.wasAssumed
    ? now < line.period.end && billed(facts, invoice, line) === null
    : line.decidedAt === null;
}

const unreadableItems = ({ items }: Subscription): AttentionFact[] =>
  items.flatMap(({ id, unreadable, goneAt }) => {
    if (unreadable === null || goneAt) return [];
    const details = { why: unreadable };
    return [{ ...fact(reasonOf(unreadable), "subscription_item", id), details }];
  });

/** Each cause is a reason of its own, as another thing is to be done about it. */
const reasonOf = (why: NonNullable<Item["unreadable"]>): AttentionFact["reason"] =>
  why === "no_plan" ? "price_unreadable" : why;

/** A period that has been running for two hours, and no invoice has a line for it. */
function missingLines(facts: Facts, { status, items }: Subscription, now: Date): AttentionFact[] {
  if (status !== "active" && status !== "past_due") return [];
  const missing = items.filter(
    ({ id, period, goneAt }) =>
      goneAt === null &&
      now.getTime() - period.start.getTime() > TWO_HOURS_MS &&
      now < period.end &&
      !facts.invoices.some(({ lines }) =>
        lines.some(
          (each) => each.itemId === id && each.period.start <= period.start && period.start < each.period.end,
        ),
      ),
  );
  return missing.map(({ id }) => ({ reason: "line_missing", object: "subscription_item", objectId: id }));
}

/**
 * An invoice that Stripe was to finalize by itself: after an hour, or after three days where a webhook did not answer
 * (https://docs.stripe.com/billing/subscriptions/webhooks). While payments are paused it may stay a draft, and one of an `unpaid`
 * subscription does.
 */
function staleDrafts(facts: Facts, { id, status, isPaused }: Subscription, now: Date): AttentionFact[] {
  if (status === "unpaid" || isPaused) return [];
  const stale = facts.invoices.filter(
    (each) =>
      each.status === "draft" &&
      each.subscriptionId === id &&
      each.lines.length > 0 &&
      now.getTime() - each.createdAt.getTime() > DRAFT_MS,
  );
  return stale.map((each) => fact("draft_not_finalized", "invoice", each.id));
}

/**
 * Credits that come only with the next invoice, unless somebody makes one now. A subscription that has ended has no next one:
 * nothing is promised by the lines that it left.
 */
function raised(facts: Facts, live: readonly Subscription[]): AttentionFact[] {
  const pendingLines = facts.pendingLines.filter(({ subscriptionId }) =>
    live.some(({ id }) => id === subscriptionId),
  );
  const worth = pendingWorth({ pendingLines, subscriptions: live });
  const [first] = pendingLines.filter((each) => isDebit(each) && each.offer !== null);
  return worth > 0n && first
    ? [
        {
          reason: "raised_with_prorations",
          object: "subscription",
          objectId: first.subscriptionId ?? first.id,
          details: { credits: String(worth) },
        },
      ]
    : [];
}

/** What lines that wait for the next invoice will give beyond what was given; below zero: what they will take from it. */
export function pendingWorth({
  pendingLines,
  subscriptions,
}: Pick<Facts, "pendingLines" | "subscriptions">): bigint {
  const worthOf = (line: Line): Share => {
    const subscription = subscriptions.find((each) => each.id === line.subscriptionId);
    if (!subscription || !line.offer) return NOTHING;
    return piecesOf(line, line.offer, subscription.anchor).reduce(
      (sum, { worth }) => add(sum, worth),
      NOTHING,
    );
  };
  return floorOf(
    pendingLines.reduce((sum, line) => {
      if (isCredit(line)) return minus(sum, worthOf(line));
      return isDebit(line) ? add(sum, worthOf(line)) : sum;
    }, NOTHING),
  );
}

/** Canceled at once, and months of a year that were paid for are still to come: nobody gave all of their money back. */
function notReturned(facts: Facts, now: Date): AttentionFact[] {
  const ended = monthsToCome(facts, now).filter(
    ({ billed: { subscription } }) => endOf(subscription, now) !== null,
  );
  return [...new Set(ended.map(({ billed: { invoice } }) => invoice))].flatMap((invoice) => {
    const its = ended.filter(({ billed }) => billed.invoice === invoice);
    const coming = its.reduce((sum, { piece }) => sum + floorOf(piece.worth), 0n);
    const gone = goneOf(facts, invoice);
    // What less than a cent paid for cannot be returned.
    return coming - gone.credits > gone.perCent ? [fact("paid_and_not_returned", "invoice", invoice.id)] : [];
  });
}
