import { fromPublicId } from "@/lib/ids";
import { POINT, writeAmount } from "@/lib/money/parse-amount";
import {
  BUY_CREDIT,
  CARDS,
  DOCUMENTS,
  HISTORY,
  invoicePath,
  OVERVIEW,
  orderInvoicePath,
  orderPath,
  PLANS,
  planPaymentPath,
} from "@/lib/wording/paths";

// Where mail leads to as well.
export {
  BUY_CREDIT,
  CARDS,
  DOCUMENTS,
  HISTORY,
  invoicePath,
  OVERVIEW,
  orderInvoicePath,
  orderPath,
  PLANS,
  planPaymentPath,
};

export const USAGE = "/settings/billing/usage";
export const PLAN_CONTACT = `${PLANS}/contact`;
export const PLAN_CANCEL = `${PLANS}/cancel`;
export const LIVE = "/settings/billing/live";
export const DETAILS = "/settings/billing/details";
export const CARD_RETURN = `${CARDS}/return`;

/** Where saving a card comes back to: on to `then`, and without the card `replaces` once the new one is saved. */
export const cardReturnPath = (then: string, replaces?: string): string =>
  `${CARD_RETURN}?${new URLSearchParams({ then, ...(replaces !== undefined && { replaces }) })}`;

/** Buy Credit with an amount filled in. In cents. */
export const buyPath = (amount: bigint): string => `${BUY_CREDIT}?amount=${writeAmount(amount, POINT)}`;

/** `orderId` is the public one. */
export const receiptPath = (orderId: string): string =>
  `${DOCUMENTS}/receipts/${encodeURIComponent(orderId)}`;
/** Asks once more before a paid order is refunded; `orderId` is the public one. */
export const refundPath = (orderId: string): string => `${orderPath(orderId)}/refund`;

/** Our own invoice of a paid order as a file; `orderId` is the public one. */
export const orderInvoicePdfPath = (orderId: string): string => `${orderInvoicePath(orderId)}/pdf`;

export const invoicePdfPath = (invoiceId: string): string => `${invoicePath(invoiceId)}/pdf`;

/** Asks once more before a saved card is forgotten. */
export const removeCardPath = (cardId: string): string =>
  `${CARDS}/remove?card=${encodeURIComponent(cardId)}`;

export const upgradePath = (plan: string, interval: string): string =>
  `${PLANS}/change?to=${plan}&interval=${interval}`;

export const downgradePath = (plan: string, interval: string): string =>
  `${PLANS}/downgrade?to=${plan}&interval=${interval}`;

/** The name under which saving a card leads back to an upgrade: a destination is one word of an address. */
export const upgradeDestination = (plan: string, interval: string): string => `upgrade-${plan}-${interval}`;

/** Where saving a card may lead back to: one of our pages by name, or an order. Anything else is nowhere. */
export function findDestination(then: unknown): string | null {
  if (then === "overview") return OVERVIEW;
  if (then === "buy-credit") return BUY_CREDIT;
  if (then === "plans") return PLANS;
  if (then === "payment-method") return CARDS;
  const [, plan, interval] = (typeof then === "string" && /^upgrade-([a-z]+)-(month|year)$/.exec(then)) || [];
  if (plan && interval) return upgradePath(plan, interval);
  return typeof then === "string" && fromPublicId("order", then) ? orderPath(then) : null;
}

/** What stands after the question mark of an address; a name that stands there twice has a list. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;
export type Query = Promise<RawQuery>;

/** The same for a route as the framework gives it to pages. */
export function rawQueryOf(search: URLSearchParams): RawQuery {
  const names = [...new Set(search.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = search.getAll(name);
      return [name, values.length > 1 ? values : values[0]];
    }),
  );
}
