import type { Tx } from "../../../db/client";
import { toPublicId } from "../../ids";
import type { Credits } from "../../money/credits";
import { mailBuyers, withdrawAccountMail } from "../../outbox/enqueue";
import type { AttemptRow, OrderRow } from "./rows";

const factsOf = (order: OrderRow, attempt: AttemptRow) => ({
  orderId: toPublicId("order", order.id),
  reference: order.reference,
  credits: order.credits,
  amountCents: order.amountCents,
  card: { brand: attempt.cardBrand, last4: attempt.cardLast4 },
});

/** The order was paid: its receipt, once, to all who take care of billing. */
export async function mailReceipt(
  tx: Tx,
  order: OrderRow,
  attempt: AttemptRow,
  paid: { readonly paidAt: Date; readonly expiresAt: Date; readonly paidBack: Credits },
): Promise<void> {
  await withdrawBankMail(tx, attempt);
  await mailBuyers(tx, order.accountId, {
    kind: "receipt",
    effect: `receipt:${order.id}`,
    facts: { ...factsOf(order, attempt), ...paid },
  });
}

/** An attempt did not go through. */
export async function mailDecline(
  tx: Tx,
  order: OrderRow,
  attempt: AttemptRow,
  ended: { readonly status: AttemptRow["status"]; readonly declineCode: string | null },
): Promise<void> {
  await withdrawBankMail(tx, attempt);
  await mailBuyers(tx, order.accountId, {
    kind: "order_declined",
    effect: `order_declined:${order.id}:${attempt.number}`,
    facts: { ...factsOf(order, attempt), status: ended.status, declineCode: ended.declineCode },
  });
}

/** Whoever is at the page is led to the bank at once: the mail is for those who are not. */
const BANK_AFTER_S = 300;
const bankEffect = ({ orderId, number }: AttemptRow) => `order_needs_bank:${orderId}:${number}`;

/** The bank wants to see the buyer; withdrawn once it has. */
export const mailBankWaits = (tx: Tx, order: OrderRow, attempt: AttemptRow): Promise<void> =>
  mailBuyers(tx, order.accountId, {
    kind: "order_needs_bank",
    effect: bankEffect(attempt),
    facts: factsOf(order, attempt),
    afterSeconds: BANK_AFTER_S,
  });

/** The bank does not wait any more, whatever came of it. */
export const withdrawBankMail = (tx: Tx, attempt: AttemptRow): Promise<void> =>
  withdrawAccountMail(tx, attempt.accountId, bankEffect(attempt), "the bank does not wait any more");
