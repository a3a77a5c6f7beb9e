import type { CycleSubscription } from "./cycle-facts";

/** Stripe may say a little later than it was to be that a canceled subscription is over. */
const LATE_END_MS = 3_600_000;

/** When a subscription was over, or null while it is not. */
export function endOf(
  {
    status,
    cancelAt,
    endedAt,
    freedAt,
  }: Pick<CycleSubscription, "status" | "cancelAt" | "endedAt" | "freedAt">,
  now: Date,
): Date | null {
  const isOver = status === "canceled" || status === "incomplete_expired";
  if (isOver) {
    const at = endedAt ?? cancelAt ?? now;
    if (freedAt) return freedAt;
    const onTime = cancelAt && Math.abs(at.getTime() - cancelAt.getTime()) <= LATE_END_MS;
    return onTime ? cancelAt : at;
  }
  return cancelAt && cancelAt <= now ? cancelAt : null;
}

/** Its renewal is not paid. */
export const isTroubled = ({ status }: CycleSubscription): boolean =>
  status === "past_due" || status === "unpaid";
/** It goes on by itself when its period ends. */
export const renews = ({ status }: CycleSubscription): boolean =>
  status === "active" || status === "trialing";
