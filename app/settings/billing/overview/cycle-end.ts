import type { AccountView } from "@/lib/billing/account-view";
import { unreachable } from "@/lib/result";

/** What the end of the running cycle is. `credits`: a yearly price goes on, and the next month's credits come. */
export type CycleEnd = "over" | "ends" | "changes" | "credits" | "renews";

type Standing = Pick<AccountView, "period" | "now" | "planStatus" | "subscription">;

export function cycleEnd({ period, now, planStatus, subscription }: Standing): CycleEnd {
  if (period.end <= now) return "over";
  if (!subscription) return planStatus === "canceled" ? "ends" : "renews";
  const { cancelAt, next, renewsAt } = subscription;
  if (cancelAt && cancelAt <= period.end) return "ends";
  if (renewsAt > period.end) return "credits";
  return next && !cancelAt ? "changes" : "renews";
}

/** What stands before the instant at which the cycle ends: `Renews`, `Starter from`. */
export function cycleEndWords(end: CycleEnd, { subscription }: Pick<Standing, "subscription">): string {
  switch (end) {
    case "over":
      return "Ended";
    case "ends":
      return "Ends";
    case "changes":
      return subscription?.next ? `${subscription.next.plan.name} from` : "Changes";
    case "credits":
      return "Next credits";
    case "renews":
      return "Renews";
    default:
      return unreachable(end);
  }
}
