import type { Tx } from "../../../db/client";
import { toPublicId } from "../../ids";
import { mailBuyers } from "../../outbox/enqueue";
import type { AttemptRow, OrderRow } from "./rows";

const cardOf = ({ cardBrand, cardLast4 }: AttemptRow) => ({ brand: cardBrand, last4: cardLast4 });

/** The order was paid: its receipt, once, to all who take care of billing. */
export const mailReceipt = (
  tx: Tx,
  order: OrderRow,
  attempt: AttemptRow,
  { paidAt, expiresAt }: { readonly paidAt: Date; readonly expiresAt: Date },
): Promise<void> =>
  mailBuyers(tx, order.accountId, {
    kind: "receipt",
    effect: `receipt:${order.id}`,
    facts: {
      orderId: toPublicId("order", order.id),
      reference: order.reference,
      credits: order.credits,
      amountCents: order.amountCents,
      card: cardOf(attempt),
      paidAt,
      expiresAt,
    },
  });
