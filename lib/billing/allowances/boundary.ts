import { type Credits, subtractCredits } from "../../money/credits";
import type { Facts, Item, NewAllowance, Subscription } from "./facts";
import { isOwed, isPaid, isVoid } from "./line-worth";
import { piecesOf } from "./pieces";
import { type Billing, billingAt, type Running } from "./running-cycle";
import { isLive, mainItem } from "./subscription-state";

/** What begins by time alone: a renewal before it is paid, where that is trusted, and the months of an internal plan. */
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
        ? [renewalOf(subscription, item, billing, overgiven)]
        : [];
    });
  return [...renewals.slice(0, 1), ...internalMonth(facts, running, now)];
}

/**
 * The one predicate of trust: whether a period is given for before it is paid. It begins at the end of a billing period that
 * was paid by an invoice with a total above zero; the subscription is active and not paused, and its price can be read; and
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
  const isKnown = facts.allowances.some(
    (each) => each.itemId === item.id && each.periodStart.getTime() === start.getTime(),
  );
  if (isKnown || isBilled(facts, item, start)) return false;
  return followsPaid(facts, item, start) && !hasUnpaid(facts);
}

/** Its own invoice was paid, or is not asked for any more: then its line decides. */
const isBilled = ({ invoices }: Facts, item: Item, start: Date): boolean =>
  invoices.some(
    (each) =>
      (isPaid(each) || isVoid(each) || each.status === "uncollectible") &&
      each.lines.some(
        ({ itemId, period, isProration }) =>
          itemId === item.id && !isProration && period.start.getTime() === start.getTime(),
      ),
  );

const followsPaid = ({ invoices, allowances }: Facts, item: Item, start: Date): boolean =>
  invoices.some(
    (each) =>
      isPaid(each) &&
      each.totalCents > 0n &&
      each.lines.some(
        ({ itemId, period, amountCents }) =>
          itemId === item.id && amountCents > 0n && period.end.getTime() === start.getTime(),
      ),
  ) ||
  // Paid before this release, and its invoice has not been read since.
  allowances.some(
    (each) =>
      each.origin === "migrated" &&
      each.payment === "paid" &&
      each.itemId === item.id &&
      each.expiresAt.getTime() === start.getTime(),
  );

const hasUnpaid = ({ allowances, invoices }: Facts): boolean =>
  allowances.some(
    ({ payment, closed, spent }) =>
      (closed === null && (payment === "provisional" || payment === "owed")) ||
      (payment === "void" && spent > 0n),
  ) || invoices.some((each) => isOwed(each) && each.lines.some(({ offer }) => offer !== null));

function renewalOf(
  { id: subscriptionId, anchor }: Subscription,
  item: Item,
  { start, end, offer, quantity }: Billing,
  overgiven: Credits,
): NewAllowance {
  const [first] = piecesOf({ period: { start, end }, quantity }, offer, anchor);
  const month = first ?? { start, end };
  const worth = (offer.creditsPerMonth * BigInt(quantity)) as Credits;
  return {
    itemId: item.id,
    periodStart: start,
    month: 0,
    part: 0,
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

/** The running month of a plan that no subscription pays for. None begins while a plan is live. */
function internalMonth({ allowances }: Facts, running: Running, now: Date): readonly NewAllowance[] {
  const { internal, subscriptionId, planStatus, period, plan } = running;
  if (subscriptionId !== null || planStatus === "canceled" || !internal.credits) return [];
  const isKnown = allowances.some(
    (each) => each.itemId === null && each.periodStart.getTime() === period.start.getTime(),
  );
  if (isKnown || period.end <= now) return [];
  return [
    {
      itemId: null,
      periodStart: period.start,
      month: 0,
      part: 0,
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
