import type { Reader } from "../../../../db/client";
import { findReversals } from "../return-rows";
import type { OrderRow } from "../rows";
import { findOrderGrants } from "./rows";

export type TouchedError =
  | { readonly code: "window_over" }
  | { readonly code: "credits_touched" }
  /** What Stripe says of its payment does not match: an operator decides. */
  | { readonly code: "under_review" };

const HOUR_MS = 3_600_000;

/** The instant from which an order that was paid then can be undone no more. */
export const undoableUntil = (paidAt: Date, hours: number): Date =>
  new Date(paidAt.getTime() + hours * HOUR_MS);

/**
 * Why a paid order cannot be undone by its customer, or null where it can: it was paid for no longer than so many hours ago,
 * and all its credits are there, none spent, held, expired or taken back, and none frozen. It stays so only for who has the
 * ledger's lock.
 */
export async function checkUntouched(
  db: Reader,
  order: OrderRow,
  hours: number,
  now: Date,
): Promise<TouchedError | null> {
  if (order.parkedReason !== null) return { code: "under_review" };
  if (!order.paidAt || now >= undoableUntil(order.paidAt, hours)) return { code: "window_over" };
  const before = await findReversals(db, { accountId: order.accountId, orderId: order.id });
  const [grant, ...others] = await findOrderGrants(db, order, before);
  const isUntouched =
    before.length === 0 &&
    others.length === 0 &&
    grant !== undefined &&
    grant.remaining === order.credits &&
    grant.expiresAt > now &&
    !grant.frozen;
  return isUntouched ? null : { code: "credits_touched" };
}
