import { and, eq, max } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../../db/client";
import { accounts, attempts, orders } from "../../db/schema";
import { lockOrder, type OrderRef, recordTransition } from "../billing/orders/rows";
import type { PaymentRecord } from "../billing/provider-records";
import { cents, credits } from "../money/credits";

const MAX_CREDITS = 9_000_000_000_000_000n;
const written = z.object({
  bundle_id: z.string().min(1),
  credits: z
    .string()
    .regex(/^[1-9]\d*$/)
    .transform(BigInt)
    .refine((amount) => amount <= MAX_CREDITS),
  expires_at: z.iso.datetime().transform((text) => new Date(text)),
  placed_by: z.uuid(),
});

/**
 * Attempts that were lost had numbers, and Stripe keeps the keys made of them for a day: what is tried from now on must not
 * repeat one.
 */
const LOST_ATTEMPTS = 50;

export type BroughtBack =
  /** The order is here again, with the attempt that its payment was: `settleOrder` brings it to where Stripe says it is. */
  | "brought_back"
  /** The order and its attempt are here. */
  | "known"
  /** There is no such account here any more. */
  | "account_lost"
  /** What is written on the payment does not say what was bought. */
  | "unreadable";

/**
 * A step: makes an order and its attempt again from what is written on its payment. Nothing is granted here. An order that is
 * here and was never tried gets the attempt alone, also where it was canceled since. Twice is once.
 */
export async function bringBackOrder(
  tx: Tx,
  { accountId, orderId, reference }: OrderRef & { readonly reference: string },
  payment: PaymentRecord,
): Promise<BroughtBack> {
  const [account] = await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId));
  if (!account) return "account_lost";
  const ref = { accountId, orderId };
  const { state, now } = await lockOrder(tx, ref);
  if (state && (await hasAttempt(tx, ref, payment.id))) return "known";
  if (!state) {
    const { data: bought } = written.safeParse(payment.metadata);
    if (!bought || !payment.customerId || payment.currency !== "usd") return "unreadable";
    await tx.insert(orders).values({
      ...ref,
      id: orderId,
      reference,
      requestKey: `recovered:${orderId}`,
      status: "processing",
      bundleId: bought.bundle_id === "custom" ? null : bought.bundle_id,
      credits: credits(bought.credits),
      amountCents: cents(payment.amountCents),
      currency: payment.currency,
      expiresAt: bought.expires_at,
      placedBy: bought.placed_by,
      paymentIntentId: payment.id,
      cancelRequestedAt: payment.status === "canceled" ? now : null,
      createdAt: payment.createdAt,
      updatedAt: now,
    });
  } else if (state.order.status === "pending" || state.order.status === "declined") {
    await tx
      .update(orders)
      .set({ status: "processing", paymentIntentId: payment.id, parkedReason: null, updatedAt: now })
      .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  } else if (state.order.status === "canceled" && payment.status !== "canceled") {
    // Canceled since the restore, when nobody here knew that it was paid: it stays so, and settling parks it for an operator.
    await insertAttempt(tx, ref, payment, now);
    return "brought_back";
  } else return "known"; // An attempt of it is under way, or it has ended: settling asks about that.
  const attemptNumber = await insertAttempt(tx, ref, payment);
  await recordTransition(tx, { ...ref, status: "processing", attemptNumber, at: now });
  return "brought_back";
}

async function hasAttempt(
  tx: Tx,
  { accountId, orderId }: OrderRef,
  paymentIntentId: string,
): Promise<boolean> {
  const found = await tx
    .select({ number: attempts.number })
    .from(attempts)
    .where(
      and(
        eq(attempts.accountId, accountId),
        eq(attempts.orderId, orderId),
        eq(attempts.paymentIntentId, paymentIntentId),
      ),
    )
    .limit(1);
  return found.length > 0;
}

/**
 * As it is stored while its outcome is open, so that it is looked up by its payment and never sent again; or ended with its order.
 * Returns its number.
 */
async function insertAttempt(
  tx: Tx,
  ref: OrderRef,
  payment: PaymentRecord,
  endedAt: Date | null = null,
): Promise<number> {
  const number = (await lastNumber(tx, ref)) + LOST_ATTEMPTS;
  await tx.insert(attempts).values({
    ...ref,
    number,
    idempotencyKey: `order:${ref.orderId}:attempt:${number}`,
    status: endedAt ? "canceled" : "processing",
    customerId: payment.customerId ?? "",
    paymentMethodId: payment.card?.id ?? "unknown",
    cardBrand: payment.card?.brand ?? "card",
    cardLast4: payment.card?.last4 ?? "0000",
    returnUrl: "recovered",
    cardsOnly: true,
    paymentIntentId: payment.id,
    confirmsExisting: true,
    createdAt: payment.createdAt,
    endedAt,
  });
  return number;
}

/**
 * A step: an order that is still open may have been tried after the backup. An ended attempt far behind the others keeps the
 * next one's key apart from those.
 */
export async function skipLostAttempts(tx: Tx, ref: OrderRef): Promise<void> {
  const { state, now } = await lockOrder(tx, ref);
  const { attempt } = state ?? {};
  if (!attempt || attempt.endedAt === null || attempt.number >= LOST_ATTEMPTS) return;
  await tx.insert(attempts).values({
    ...attempt,
    number: attempt.number + LOST_ATTEMPTS,
    idempotencyKey: `order:${ref.orderId}:attempt:${attempt.number + LOST_ATTEMPTS}`,
    status: "failed",
    declineCode: "recovered",
    confirmsExisting: attempt.paymentIntentId !== null,
    createdAt: now,
    endedAt: now,
  });
}

async function lastNumber(tx: Tx, { accountId, orderId }: OrderRef): Promise<number> {
  const [row] = await tx
    .select({ last: max(attempts.number) })
    .from(attempts)
    .where(and(eq(attempts.accountId, accountId), eq(attempts.orderId, orderId)));
  return row?.last ?? 0;
}
