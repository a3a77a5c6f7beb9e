import type { Tx } from "../../../db/client";
import type { planPayments } from "../../../db/schema";
import { toPublicId } from "../../ids";
import { mailBuyers, withdrawAccountMail } from "../../outbox/enqueue";

type Row = typeof planPayments.$inferSelect;

/** Whoever is at the page is led to the bank at once: the mail is for those who are not. */
const BANK_AFTER_S = 300;

/**
 * A step: writes the mail of where a plan's payment by a person here got to: declined, or waiting for the bank, which is
 * taken back once it has not to wait. What was paid is told of the invoice (`mails.ts`).
 */
export async function mailPayment(
  tx: Tx,
  row: Row,
  { status, declineCode }: { readonly status: Row["status"]; readonly declineCode: string | null },
): Promise<void> {
  const { accountId, id, kind, toPlan, interval } = row;
  const waits = `plan_payment_needs_bank:${id}`;
  const facts = { paymentId: toPublicId("planPayment", id), kind, plan: { id: toPlan, interval } };
  if (status === "requires_action")
    return mailBuyers(tx, accountId, {
      kind: "plan_payment_needs_bank",
      effect: waits,
      facts,
      afterSeconds: BANK_AFTER_S,
    });
  if (row.status === "requires_action")
    await withdrawAccountMail(tx, accountId, waits, "the bank does not wait any more");
  if (status !== "declined") return;
  await mailBuyers(tx, accountId, {
    kind: "plan_payment_declined",
    effect: `plan_payment_declined:${id}`,
    facts: { ...facts, declineCode },
  });
}
