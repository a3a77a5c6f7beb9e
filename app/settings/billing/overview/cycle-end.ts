import type { AccountView } from "@/lib/billing/account-view";
import { unreachable } from "@/lib/result";
import { isEnding } from "../plans/standing-offers";

/** What the end of the running cycle is. `credits`: a yearly price goes on, and the next month's credits come. */
export type CycleEnd = "over" | "ends" | "changes" | "credits" | "renews";

type Standing = Pick<
  AccountView,
  "period" | "now" | "plan" | "planStatus" | "subscription" | "standing" | "isNextMonthReturned"
>;

export function cycleEnd(account: Standing): CycleEnd {
  const { period, now, planStatus, subscription, standing, isNextMonthReturned } = account;
  if (period.end <= now) return "over";
  if (!subscription) return planStatus === "canceled" || standing ? "ends" : "renews";
  const { cancelAt, next, renewsAt, billedAs } = subscription;
  if (isEnding({ subscription }) && (cancelAt ?? renewsAt) <= period.end) return "ends";
  if (renewsAt > period.end) return isNextMonthReturned ? "ends" : "credits";
  // What comes then, if anything does, nobody can promise.
  if (standing && standing.kind !== "trialing" && standing.kind !== "unreadable") return "ends";
  return (next || billedAs) && !cancelAt ? "changes" : "renews";
}

/** What stands before the instant at which the cycle ends: `Renews`, `Starter from`. */
export function cycleEndWords(
  end: CycleEnd,
  { plan, subscription, standing }: Pick<Standing, "plan" | "subscription" | "standing">,
): string {
  switch (end) {
    case "over":
      return "Ended";
    case "ends":
      return "Ends";
    case "changes":
      return subscription ? `${(subscription.next?.plan ?? plan).name} from` : "Changes";
    case "credits":
      return "Next credits";
    case "renews":
      return standing?.kind === "trialing" ? "Trial ends" : "Renews";
    default:
      return unreachable(end);
  }
}
