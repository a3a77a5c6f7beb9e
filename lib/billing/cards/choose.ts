import { and, count, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { attempts, paymentMethods, planPayments } from "../../../db/schema";
import { err, ok, type Result } from "../../result";
import type { AccountRow } from "../account";
import { PAYMENTS_UNAVAILABLE_CODE } from "../gateway";
import { CHANGE_PLANNED } from "../plan-gateway";

export type PayingCard = typeof paymentMethods.$inferSelect;

export type PayingCardError =
  | { readonly code: "no_card" }
  | { readonly code: "unknown_card" }
  | { readonly code: "too_many_declines" };

/** In an hour. Card testing looks like this: many declines in a short time. */
const MAX_DECLINES = 8;

/** A step: the saved card to charge, the default one for null. Refused after many declines, of orders and plans alike. */
export async function choosePayingCard(
  tx: Tx,
  account: AccountRow,
  paymentMethodId: string | null,
): Promise<Result<PayingCard, PayingCardError>> {
  const [cards, declines] = await Promise.all([
    tx
      .select()
      .from(paymentMethods)
      .where(and(eq(paymentMethods.accountId, account.id), isNull(paymentMethods.removeRequestedAt))),
    countDeclines(tx, account.id),
  ]);
  const card = cards.find((each) => each.id === (paymentMethodId ?? account.defaultPaymentMethodId));
  if (!card) return err({ code: paymentMethodId ? "unknown_card" : "no_card" });
  return declines >= MAX_DECLINES ? err({ code: "too_many_declines" }) : ok(card);
}

/** Declines of the last hour, and what may yet become one: payments confirmed in parallel cannot outrun the limit. */
async function countDeclines(tx: Tx, accountId: string): Promise<number> {
  const lately = sql`now() - interval '1 hour'`;
  const [[ofOrders], [ofPlans]] = await Promise.all([
    tx
      .select({ count: count() })
      .from(attempts)
      .where(
        and(
          eq(attempts.accountId, accountId),
          inArray(attempts.status, ["started", "declined"]),
          gt(attempts.createdAt, lately),
        ),
      ),
    tx
      .select({ count: count() })
      .from(planPayments)
      .where(
        and(
          eq(planPayments.accountId, accountId),
          inArray(planPayments.status, ["processing", "declined"]),
          sql`coalesce(${planPayments.declineCode}, '') not in (${PAYMENTS_UNAVAILABLE_CODE}, ${CHANGE_PLANNED})`, // No card was asked.
          gt(planPayments.createdAt, lately),
        ),
      ),
  ]);
  return (ofOrders?.count ?? 0) + (ofPlans?.count ?? 0);
}
