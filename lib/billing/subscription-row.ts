import type { subscriptions } from "../../db/schema";

export type SubscriptionRow = typeof subscriptions.$inferSelect;
type SoldColumns =
  | "plan"
  | "interval"
  | "priceId"
  | "creditsPerCycle"
  | "itemId"
  | "periodStart"
  | "periodEnd";
/** One of which it is known what it sells, though perhaps not what it costs. */
export type SoldRow = SubscriptionRow & {
  readonly [column in SoldColumns]: NonNullable<SubscriptionRow[column]>;
};
export const isSold = (row: SubscriptionRow): row is SoldRow => row.plan !== null && row.periodStart !== null;

const LIVE: readonly SubscriptionRow["status"][] = ["trialing", "active", "past_due", "unpaid", "paused"];

/** Whether a subscription decides what the account's plan is. */
export const isLive = ({ status }: Pick<SubscriptionRow, "status">): boolean => LIVE.includes(status);
