/**
 * Whose a cancellation is. What we ask for on a customer's behalf says so in the subscription's metadata, written in the same
 * update; every other is an operator's decision, which no button undoes. The customer portal does not cancel plans.
 */
export const CANCEL_METADATA = "refill_cancel";

/**
 * What a cancellation for the end of a period says of itself: the end in seconds, of each item, so that it does not stand for a
 * later one, and an id of its own, so that one an operator undid does not stand for the operator's next.
 */
export const cancelMarkOf = (endsInSeconds: readonly number[], id: string): string =>
  `${[...new Set(endsInSeconds)].slice(0, MAX_ENDS).join(",")} ${id}`;

/** Stripe takes 500 characters as a value of metadata. */
const MAX_ENDS = 40;

/** Whether a mark is of a cancellation for this end, in seconds. */
export const isMarkOf = (mark: string | null | undefined, endInSeconds: number): boolean =>
  (mark?.split(" ")[0] ?? "").split(",").includes(String(endInSeconds));

type Cancellation = {
  /** When it ends; null: it goes on. */
  readonly cancelAt: Date | null;
  /** The mark at Stripe, whether or not it is canceled. */
  readonly cancelMark: string | null;
  readonly items: readonly { readonly period: { readonly end: Date } }[];
};

type Stored = {
  readonly cancelAt: Date | null;
  readonly cancelMark: string | null;
  readonly canceledByCustomer: boolean;
  readonly pendingChange: string | null;
};

/**
 * Whether the customer chose that a subscription ends with its period. Judged when the cancellation is first read: a mark that
 * was there before it is of one that somebody took back. It stays the customer's while it lasts, though its period be moved; of
 * one from before there were marks the migration said it.
 */
export function isCanceledByCustomer(fact: Cancellation, before: Stored | undefined): boolean {
  const { cancelAt, cancelMark } = fact;
  const isAwaited = before?.canceledByCustomer && before.pendingChange === "cancel";
  if (!cancelAt) return Boolean(isAwaited);
  if (!endsWithPeriod(fact)) return false;
  if (before?.canceledByCustomer && (before.cancelAt || isAwaited)) return true;
  const isTakenBack = before?.cancelAt === null && before.cancelMark === cancelMark;
  // Seen as an operator's, it is no customer's for a mark that stayed.
  const isOperators = Boolean(before?.cancelAt) && before?.cancelMark === cancelMark;
  return isMarkOf(cancelMark, cancelAt.getTime() / 1000) && !isTakenBack && !isOperators;
}

/** It ends on the day on which what is paid for does; on any other day only an operator can have it end. */
export const endsWithPeriod = ({ cancelAt, items }: Pick<Cancellation, "cancelAt" | "items">): boolean =>
  items.some(({ period }) => period.end.getTime() === cancelAt?.getTime());
