import { and, asc, eq, isNull } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { documents, orderRefunds } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { type Cents, credits } from "../../money/credits";
import { lockAccount } from "../account";
import { issueInvoice } from "./issue";
import { takeNumber } from "./number";
import type { OrderRef } from "./order";
import type { DocumentDeps } from "./seller";

/**
 * Makes the credit notes of an order's refunds that went through and have none, oldest first, each once: number, document and
 * the refund's mark are one transaction. The invoice they correct is made first, and they name whom and what it names. Returns
 * how many were made.
 */
export async function issueCreditNotes(
  deps: Pick<DocumentDeps, "db" | "seller">,
  ref: OrderRef,
): Promise<number> {
  if (!deps.seller || (await issueInvoice(deps, ref)) === "none") return 0;
  let made = 0;
  while (await transact(deps.db, (tx) => issueNext(tx, ref))) made += 1;
  return made;
}

async function issueNext(tx: Tx, { accountId, orderId }: OrderRef): Promise<boolean> {
  await lockAccount(tx, accountId);
  const paidBack = and(
    eq(orderRefunds.accountId, accountId),
    eq(orderRefunds.orderId, orderId),
    eq(orderRefunds.status, "succeeded"),
  );
  const [refund] = await tx
    .select()
    .from(orderRefunds)
    .where(and(paidBack, isNull(orderRefunds.creditNotedAt)))
    .orderBy(asc(orderRefunds.createdAt), asc(orderRefunds.id))
    .limit(1);
  if (!refund) return false;
  const known = await tx
    .select()
    .from(documents)
    .where(and(eq(documents.accountId, accountId), eq(documents.orderId, orderId)))
    .orderBy(asc(documents.number));
  const invoice = known.find((each) => each.kind === "invoice");
  if (!invoice) return false;
  const noted = (kind: (typeof known)[number]["kind"]) =>
    known.reduce((sum, each) => (each.kind === kind ? sum + each.amountCents : sum), 0n);
  // An invoice's number is kept by its own series, and so are the notes that correct it.
  const { series } = invoice;
  const { number, at } = await takeNumber(tx, { accountId, orderId }, series);
  await tx.insert(documents).values({
    ...invoice,
    number,
    kind: "credit_note",
    corrects: invoice.number,
    refundId: refund.id,
    issuedAt: at,
    amountCents: refund.amountCents,
    credits: shareOfNext(invoice, noted("credit_note") - noted("debit_note"), refund.amountCents),
    toldAt: null,
    nextTellAt: at,
  });
  await tx
    .update(orderRefunds)
    .set({ creditNotedAt: at })
    .where(and(eq(orderRefunds.accountId, accountId), eq(orderRefunds.id, refund.id)));
  return true;
}

/** The credits that this much more pays back: together with those before no more than all, and all for all of it. */
function shareOfNext(
  { amountCents, credits: all }: Pick<typeof documents.$inferSelect, "amountCents" | "credits">,
  soFar: bigint,
  next: Cents,
) {
  const shareOf = (paidBack: bigint) =>
    (all * (paidBack < amountCents ? paidBack : amountCents)) / amountCents;
  const share = shareOf(soFar + next) - shareOf(soFar);
  // A document is of something: a cent that buys nothing by itself is still a cent paid back.
  return credits(share > 0n ? share : 1n);
}
