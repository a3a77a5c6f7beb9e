import { and, eq } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { attempts, orderPayments, orders, users } from "../../../db/schema";

/** An order of an account by its uuid: every look-up needs both. */
export type OrderRef = { readonly accountId: string; readonly orderId: string };

/** What a document says of a paid order; null where this account has no such order, or it is not paid. */
export async function findPaidOrder(db: Reader, { accountId, orderId }: OrderRef) {
  const [row] = await db
    .select({
      reference: orders.reference,
      placedBy: orders.placedBy,
      credits: orderPayments.credits,
      amountCents: orderPayments.amountCents,
      currency: orderPayments.currency,
      paidAt: orderPayments.paidAt,
      paymentIntentId: orderPayments.paymentIntentId,
      cardBrand: attempts.cardBrand,
      cardLast4: attempts.cardLast4,
    })
    .from(orderPayments)
    .innerJoin(
      orders,
      and(eq(orders.accountId, orderPayments.accountId), eq(orders.id, orderPayments.orderId)),
    )
    .innerJoin(
      attempts,
      and(
        eq(attempts.accountId, orderPayments.accountId),
        eq(attempts.orderId, orderPayments.orderId),
        eq(attempts.status, "succeeded"),
      ),
    )
    .where(and(eq(orderPayments.accountId, accountId), eq(orderPayments.orderId, orderId)));
  return row ?? null;
}

/** Who placed it, as they are called now; null where nobody of that id is left. */
export async function findPerson(
  db: Reader,
  userId: string,
): Promise<{ readonly name: string; readonly email: string } | null> {
  const [person] = await db
    .select({ name: users.name, email: users.email })
    .from(users)
    .where(eq(users.id, userId));
  return person ?? null;
}
