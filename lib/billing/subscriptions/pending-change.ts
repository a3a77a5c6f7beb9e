import type { SubscriptionRow } from "../subscription-row";
import { isOperatorsPlan } from "./planned";

/** Something for the period's end: nothing, something smaller, or Free. */
export type Choice = Pick<SubscriptionRow, "pendingChange" | "pendingPlan" | "pendingInterval">;
type PendingChange = Choice &
  Pick<
    SubscriptionRow,
    "pendingSince" | "changeToRestore" | "planToRestore" | "intervalToRestore" | "leaseUntil"
  >;

const NOTHING_TO_RESTORE = { changeToRestore: null, planToRestore: null, intervalToRestore: null } as const;

export const NO_PENDING_CHANGE: PendingChange = {
  pendingChange: null,
  pendingPlan: null,
  pendingInterval: null,
  pendingSince: null,
  ...NOTHING_TO_RESTORE,
  leaseUntil: null,
};

/** A pending change as it is stored, with what to restore should Stripe refuse it. To keep the plan undoes everything: nothing to restore. */
export function toPendingChange(
  choice: Choice,
  row: SubscriptionRow,
  now: Date,
): Omit<PendingChange, "leaseUntil"> {
  return {
    ...choice,
    pendingSince: now,
    ...(choice.pendingChange === "keep" ? NOTHING_TO_RESTORE : changeBefore(choice, row)),
  };
}

function changeBefore(choice: Choice, row: SubscriptionRow) {
  const { pendingChange, pendingPlan, pendingInterval } = planned(row);
  if (pendingChange === "keep") return NOTHING_TO_RESTORE;
  const isSame =
    pendingChange === choice.pendingChange &&
    pendingPlan === choice.pendingPlan &&
    pendingInterval === choice.pendingInterval;
  if (isSame) {
    const { changeToRestore, planToRestore, intervalToRestore } = row;
    return { changeToRestore, planToRestore, intervalToRestore };
  }
  return { changeToRestore: pendingChange, planToRestore: pendingPlan, intervalToRestore: pendingInterval };
}

/** What is to come until something else is chosen: the pending change, or what Stripe has. */
function planned(row: SubscriptionRow): Choice {
  const { pendingChange, pendingPlan, pendingInterval, cancelAt, nextPlan, nextInterval } = row;
  if (pendingChange) return { pendingChange, pendingPlan, pendingInterval };
  // What an operator planned was never the customer's choice.
  if (isOperatorsPlan(row)) return { pendingChange: null, pendingPlan: null, pendingInterval: null };
  if (cancelAt) return { pendingChange: "cancel", pendingPlan: null, pendingInterval: null };
  if (nextPlan) return { pendingChange: "change", pendingPlan: nextPlan, pendingInterval: nextInterval };
  return { pendingChange: null, pendingPlan: null, pendingInterval: null };
}

/** What was to come before, as the pending change that it is again; null where nothing was. */
export function restoredChange({
  changeToRestore: pendingChange,
  planToRestore: pendingPlan,
  intervalToRestore: pendingInterval,
}: SubscriptionRow) {
  return pendingChange ? { pendingChange, pendingPlan, pendingInterval, ...NOTHING_TO_RESTORE } : null;
}

/**
 * What is left of a pending change by what Stripe says. It stays until Stripe has it, or there is nothing left to change;
 * and while somebody has the lease, whose call may yet undo what Stripe has now.
 */
export function remainingChange(
  row: SubscriptionRow,
  { counts, now }: { /** The account's plan is this one. */ readonly counts: boolean; readonly now: Date },
): PendingChange {
  const isLeased = row.leaseUntil !== null && row.leaseUntil > now;
  // An operator planned something else since: what the customer may still choose is to end the plan.
  const isOverruled = row.pendingChange !== "cancel" && isOperatorsPlan(row);
  if (!row.pendingChange || !counts || (!isLeased && (isOverruled || isFulfilled(row))))
    return NO_PENDING_CHANGE;
  const { pendingChange, pendingPlan, pendingInterval, pendingSince } = row;
  const { changeToRestore, planToRestore, intervalToRestore, leaseUntil } = row;
  return {
    pendingChange,
    pendingPlan,
    pendingInterval,
    pendingSince,
    changeToRestore,
    planToRestore,
    intervalToRestore,
    leaseUntil,
  };
}

function isFulfilled(row: SubscriptionRow): boolean {
  const { pendingChange, pendingPlan, pendingInterval, cancelAt, scheduleId, periodEnd } = row;
  if (pendingChange === "cancel") return cancelAt !== null && periodEnd !== null && cancelAt <= periodEnd;
  if (cancelAt !== null) return false;
  if (pendingChange === "keep") return scheduleId === null;
  // Or it has come already.
  const coming = row.nextPlan ? { plan: row.nextPlan, interval: row.nextInterval } : row;
  return coming.plan === pendingPlan && coming.interval === pendingInterval;
}
