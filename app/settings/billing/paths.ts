import { fromPublicId } from "@/lib/ids";

export const OVERVIEW = "/settings/billing/overview";
export const USAGE = "/settings/billing/usage";
export const BUY_CREDIT = "/settings/billing/buy-credit";
export const HISTORY = "/settings/billing/history";
export const LIVE = "/settings/billing/live";
export const CARD_RETURN = "/settings/billing/payment-method/return";

/** `orderId` is the public one. */
export const orderPath = (orderId: string): string => `${BUY_CREDIT}/${orderId}`;

/** Where saving a card may lead back to: one of our pages by name, or an order. Anything else is nowhere. */
export function findDestination(then: unknown): string | null {
  if (then === "overview") return OVERVIEW;
  if (then === "buy-credit") return BUY_CREDIT;
  return typeof then === "string" && fromPublicId("order", then) ? orderPath(then) : null;
}

export type Query = Promise<Readonly<Record<string, string | string[] | undefined>>>;
