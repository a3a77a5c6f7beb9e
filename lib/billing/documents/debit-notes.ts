import { and, asc, eq, inArray, isNotNull, isNull } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { documents, orderRefunds } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { invariant } from "../../result";
import { lockAccount } from "../account";
import { takeNumber } from "./number";
import type { OrderRef } from "./order";
import type { DocumentDeps } from "./seller";

/** Refunds that have a credit note, failed after it was made, and have nothing that corrects it. */
export const failedAfterNote = () =>
  and(
    inArray(orderRefunds.status, ["failed", "canceled"]),
    isNotNull(orderRefunds.creditNotedAt),
    isNull(orderRefunds.debitNotedAt),
  );

/**
 * Makes the debit notes of an order's refunds that failed after their credit notes were made, each once: a document stays as it was
 * made, so one of the same series corrects it, with its amount and credits. Returns how many were made.
 */
export async function issueDebitNotes(
  { db, seller }: Pick<DocumentDeps, "db" | "seller">,
  ref: OrderRef,
): Promise<number> {
  if (!seller) return 0;
  let made = 0;
  while (await transact(db, (tx) => issueNext(tx, ref))) made += 1;
  return made;
}

async function issueNext(tx: Tx, { accountId, orderId }: OrderRef): Promise<boolean> {
  await lockAccount(tx, accountId);
  const [refund] = await tx
    .select({ id: orderRefunds.id })
    .from(orderRefunds)
    .where(and(eq(orderRefunds.accountId, accountId), eq(orderRefunds.orderId, orderId), failedAfterNote()))
    .orderBy(asc(orderRefunds.createdAt), asc(orderRefunds.id))
    .limit(1);
  if (!refund) return false;
  const [note] = await tx
    .select()
    .from(documents)
    .where(
      and(
        eq(documents.accountId, accountId),
        eq(documents.refundId, refund.id),
        eq(documents.kind, "credit_note"),
      ),
    );
  invariant(note, `refund ${refund.id} has a credit note`);
  const { number, at } = await takeNumber(tx, { accountId, orderId }, note.series);
  await tx.insert(documents).values({
    ...note,
    number,
    kind: "debit_note",
    corrects: note.number,
    issuedAt: at,
    toldAt: null,
    nextTellAt: at,
  });
  await tx
    .update(orderRefunds)
    .set({ debitNotedAt: at })
    .where(and(eq(orderRefunds.accountId, accountId), eq(orderRefunds.id, refund.id)));
  return true;
}
