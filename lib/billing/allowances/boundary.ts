import { type Credits, subtractCredits } from "../../money/credits";
import { isOfOnePeriod } from "./allowance-key";
import type { Allowance, Facts, Item, Line, NewAllowance, Subscription } from "./facts";
import { isOwed, isPaid, isVoid } from "./line-worth";
import { invoiceOf } from "./payments";
import { piecesOf } from "./pieces";
import { isTakenBack } from "./returned";
import { type Billing, billingAt, type Running } from "./running-cycle";
import { isLive, mainItem } from "./subscription-state";

/** What begins by time alone: a renewal before it is paid, where that may be provisional, and the months of an internal plan. */
export function beginsNow(
  facts: Facts,
  running: Running,
  { overgiven, now }: { readonly overgiven: Credits; readonly now: Date },
): readonly NewAllowance[] {
  const renewals = facts.subscriptions
    .filter((each) => isLive(each, now))
    .flatMap((subscription) => {
      const item = mainItem(subscription);
      const billing = item && billingAt(facts, subscription, item, now);
      return item && billing && mayBeProvisional(facts, subscription, item, billing)
        ? [renewalOf(facts, { subscription, item, billing, overgiven })]
        : [];
    });
  const [first] = renewals.filter(({ endsAt }) => now < endsAt);
  return [...(first ? [boundTo(facts, first)] : []), ...internalMonth(facts, running, now)];
}

/**
 * Whether a period is given for before it is paid, in one predicate. It begins at the end of a billing period that
 * was paid by an invoice with a total above zero, whose money is neither back nor disputed; the subscription is active and not paused, and its price can be read; and
 * nothing of the account is provisional, owed, or was voided after something of it had been spent.
 */
export function mayBeProvisional(
  facts: Facts,
  subscription: Subscription,
  item: Item,
  { start }: Billing,
): boolean {
  const { status, isPaused, next } = subscription;
  const phase = next.find((each) => each.start.getTime() === start.getTime());
  const isReadable = phase ? phase.offer !== null : item.offer !== null && item.unreadable === null;
  if (status !== "active" || isPaused || !isReadable) return false;
  const isKnown = !periodsFrom(facts, item, start).every(isWithdrawn);
  if (isKnown || isBilled(facts, item, start)) return false;
  return followsPaid(facts, item, start) && !hasUnpaid(facts, item, start);
}

const periodsFrom = ({ allowances }: Facts, item: Item, start: Date): readonly Allowance[] =>
  allowances.filter((each) => isOfOnePeriod(each, { itemId: item.id, periodStart: start }));

/** An earlier release wrote it ahead and took it back before it began, because something else had been chosen. */
const isWithdrawn = ({ origin, payment, closed }: Allowance): boolean =>
  origin === "migrated" && payment === "paid" && closed === "voided";

/** Its own invoice was paid, or is not asked for any more: then its line decides. */
const isBilled = ({ invoices }: Facts, item: Item, start: Date): boolean =>
  invoices.some(
    (each) =>
      (isPaid(each) || isVoid(each) || each.status === "uncollectible") &&
      each.lines.some((line) => isRenewal(line, item, start)),
  );

const followsPaid = (facts: Facts, item: Item, start: Date): boolean =>
  facts.invoices.some(
    (each) =>
      isPaid(each) &&
      each.totalCents > 0n &&
      each.lines.some(
        ({ itemId, period, amountCents }) =>
          itemId === item.id && amountCents > 0n && period.end.getTime() === start.getTime(),
      ) &&
      // Nobody trusts a payment of which all went back, or that the payer disputes.
      !isTakenBack(facts, each),
  ) ||
  // Paid before this release, and its invoice has not been read since.
  facts.allowances.some(
    (each) =>
      each.origin === "migrated" &&
      each.payment === "paid" &&
      each.closed === null &&
      each.itemId === item.id &&
      each.expiresAt.getTime() === start.getTime(),
  );

/** Its own invoice may be open: sent by mail, or a bank debit that takes days. Were it declined, Stripe would say `past_due`. */
const hasUnpaid = ({ allowances, invoices, subscriptions }: Facts, item: Item, start: Date): boolean =>
  allowances.some(
    ({ payment, closed, spent }) =>
      (closed === null && (payment === "provisional" || payment === "owed")) ||
      (payment === "void" && spent > 0n),
  ) ||
  invoices.some(
    (each) =>
      isOwed(each) &&
      // One that was never begun was never a plan.
      subscriptions.some(({ id, status }) => id === each.subscriptionId && status !== "incomplete") &&
      each.lines.some(({ offer }) => offer !== null) &&
      !each.lines.some((line) => isRenewal(line, item, start)),
  );

const isRenewal = ({ itemId, isProration, period }: Line, item: Item, start: Date): boolean =>
  itemId === item.id && !isProration && period.start.getTime() === start.getTime();

type Renewal = {
  readonly subscription: Subscription;
  readonly item: Item;
  readonly billing: Billing;
  readonly overgiven: Credits;
};

function renewalOf(facts: Facts, { subscription, item, billing, overgiven }: Renewal): NewAllowance {
  const { start, end, offer, quantity } = billing;
  const { id: subscriptionId, anchor } = subscription;
  const [first] = piecesOf({ period: { start, end }, quantity }, offer, anchor);
  const month = first ?? { start, end };
  const worth = (offer.creditsPerMonth * BigInt(quantity)) as Credits;
  return {
    itemId: item.id,
    periodStart: start,
    month: 0,
    part: periodsFrom(facts, item, start).length,
    plan: offer.plan,
    subscriptionId,
    lineId: null,
    invoiceId: null,
    origin: "provisional",
    startsAt: month.start,
    endsAt: month.end,
    expiresAt: month.end,
    // What was given too much before is missing here, as it will be from its line.
    credits: overgiven < worth ? subtractCredits(worth, overgiven) : (0n as Credits),
    isCycle: true,
    payment: "provisional",
  };
}

/** Its invoice may have been made already: a draft, or one that is under way. */
function boundTo(facts: Facts, renewal: NewAllowance): NewAllowance {
  const invoice = invoiceOf(facts, renewal);
  if (!invoice) return renewal;
  return { ...renewal, invoiceId: invoice.id, payment: isOwed(invoice) ? "owed" : "provisional" };
}

/** The running month of a plan that no subscription pays for. None begins while a plan is live. */
function internalMonth({ allowances }: Facts, running: Running, now: Date): readonly NewAllowance[] {
  const { internal, subscriptionId, planStatus, period, plan } = running;
  if (subscriptionId !== null || planStatus === "canceled" || !internal.credits) return [];
  const known = allowances.filter((each) => isOfOnePeriod(each, { itemId: null, periodStart: period.start }));
  // An earlier release wrote months ahead, and closed those that did not come: they may come all the same.
  if (known.some(({ closed }) => closed === null) || period.end <= now) return [];
  return [
    {
      itemId: null,
      periodStart: period.start,
      month: 0,
      part: known.length,
      plan,
      subscriptionId: null,
      lineId: null,
      invoiceId: null,
      origin: "internal",
      startsAt: period.start,
      endsAt: period.end,
      expiresAt: period.end,
      credits: internal.credits,
      isCycle: true,
      payment: "none",
    },
  ];
}
