import { NO_CREDITS } from "../../money/credits";
import { isSameKey, keyOf } from "./allowance-key";
import { attentionOf } from "./attention-facts";
import { beginsNow } from "./boundary";
import type { AllowanceChange, Decision, Facts, NewAllowance } from "./facts";
import { monthsToCome, payFor } from "./paid-lines";
import { changed } from "./payments";
import { decideReturned } from "./returned";
import { type Running, runningCycle } from "./running-cycle";
import { endOf, isLive } from "./subscription-state";

/** What Stripe says is applied at once; this is only how often a look may cost something until then. */
const LOOK_AGAIN_MS = 5 * 60_000;

/**
 * What an account's plan, cycle and allowances are at an instant, by the facts. Pure, and the same for every caller: a page
 * that is read, the schedule, an event of Stripe's, a customer who just paid. Asked again with what it decided, it decides
 * nothing new.
 *
 * An allowance has two facts, its payment and whether it is frozen, and is closed out at most once (`payments`):
 *
 * | payment       | while                                           | frozen, while it runs                 | closed out; what was spent of it is                           |
 * |---------------|-------------------------------------------------|---------------------------------------|---------------------------------------------------------------|
 * | `none`        | the plan has no subscription                    | never                                 | never                                                         |
 * | `provisional` | given at a boundary; no invoice yet, or a draft | the subscription is not `active`      | it ended and Stripe never made the renewal: owed              |
 * |               |                                                 |                                       | it ended later, Stripe went on without an invoice, or a draft |
 * |               |                                                 |                                       | outlived the month: written off                               |
 * | `owed`        | its invoice is open or uncollectible            | so, or the invoice is `uncollectible` | the subscription ended, or a later invoice is paid: owed      |
 * | `paid`        | its line is paid, whatever was before           | never                                 | never                                                         |
 * | `void`        | its invoice is void, or credited to nothing     | never                                 | at once: written off                                          |
 *
 * What is over stays frozen or not as it was. Given again in the running cycle is what is paid after it was closed out, or after it was
 * frozen to its end; and what had become a debt for an invoice that is void in the end. `paid` and `none` change no more: what becomes
 * of an allowance whose money went back, or is disputed, is apart from all of these and comes after them (`returned`).
 *
 * Acts: *grant* (`open`), *freeze* and *unfreeze*, *revoke* (`closeOut`), *grant again* (`regrant`), *take back* (`returned`).
 */
export function decide(facts: Facts, now: Date): Decision {
  const running = runningCycle(facts, now);
  const { plan, subscriptionId, anchor, period } = running;
  const changes = changed(facts, period, now);
  const paid = payFor(facts, period, now);
  const begun = withAllowances(afterChanges(facts, changes), paid.open);
  const open = [...paid.open, ...beginsNow(begun, running, { overgiven: paid.overgiven, now })];
  const known = withAllowances(afterChanges(facts, changes), open);
  const money = decideReturned(known);
  return {
    plan,
    planStatus: runningCycle(known, now).planStatus,
    subscriptionId,
    anchor,
    period,
    dueAt: dueAt(known, running, now),
    overgiven: paid.overgiven,
    open,
    changes,
    returned: money.returned,
    cut: cutCycles(known, now),
    lines: paid.lines,
    attention: attentionOf(facts, money, now),
  };
}

const afterChanges = (facts: Facts, changes: readonly AllowanceChange[]): Facts => ({
  ...facts,
  allowances: facts.allowances.map((each) => {
    const change = changes.find((other) => isSameKey(other, each));
    if (!change) return each;
    const { payment, frozen, lineId, invoiceId, closeOut } = change;
    return { ...each, payment, frozen, lineId, invoiceId, closed: each.closed ?? closeOut };
  }),
});

const withAllowances = (facts: Facts, open: readonly NewAllowance[]): Facts => ({
  ...facts,
  allowances: [
    ...facts.allowances,
    ...open.map((each) => ({ ...each, frozen: false, closed: null, wasRegranted: false, spent: NO_CREDITS })),
  ],
});

function dueAt(facts: Facts, { period, isStale }: Running, now: Date): Date | null {
  if (isStale) return new Date(now.getTime() + LOOK_AGAIN_MS);
  const live = facts.subscriptions.filter((each) => isLive(each, now));
  const instants = [
    period.end,
    ...live.flatMap(({ items, cancelAt, scheduleEndsAt }) => [
      ...items.map((each) => each.period.end),
      cancelAt,
      scheduleEndsAt,
    ]),
    ...monthsToCome(facts, now).map(({ piece }) => piece.start),
  ];
  const coming = instants.flatMap((each) => (each && each > now ? [each.getTime()] : []));
  return coming.length > 0 ? new Date(Math.min(...coming)) : null;
}

/**
 * Where one cycle begins in the middle of another, the other ends there. What was never paid for ends nothing, and neither
 * does a Free month that was running when a subscription began in its first seconds: Stripe counts whole ones.
 */
function cutCycles(facts: Facts, now: Date): Decision["cut"] {
  const all = facts.allowances
    .filter((each) => each.isCycle && each.closed === null)
    .toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  return all.flatMap((each) => {
    const { startsAt, endsAt, subscriptionId } = each;
    const subscription = facts.subscriptions.find(({ id }) => id === subscriptionId);
    const over = subscription ? endOf(subscription, now) : null;
    const cutting = all.find(
      (other) =>
        startsAt < other.startsAt &&
        other.startsAt < endsAt &&
        (subscriptionId === null ||
          other.subscriptionId !== null ||
          (over !== null && over <= other.startsAt)),
    );
    return cutting ? [{ key: keyOf(each), at: cutting.startsAt, until: cutting.endsAt }] : [];
  });
}
