import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { documents, orders } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import { copyBuyer } from "./buyer";
import { takeNumber } from "./number";
import { findPaidOrder, type OrderRef } from "./order";
import type { DocumentDeps, Seller } from "./seller";

/** What came of it: `none` where this account has no such order, it is not paid, or nobody is configured as the seller. */
export type Issued = "made" | "there" | "none";

/**
 * Makes a paid order's invoice, once, whoever asks and how often: number, document and the order's mark are one transaction,
 * apart from the one in which the order was settled. Cut short anywhere, nothing of it is there and the number is the next one's.
 */
export async function issueInvoice(
  { db, seller }: Pick<DocumentDeps, "db" | "seller">,
  ref: OrderRef,
): Promise<Issued> {
  if (!seller) return "none";
  return transact(db, (tx) => issue(tx, seller, ref));
}

async function issue(tx: Tx, { series, ...seller }: Seller, ref: OrderRef): Promise<Issued> {
  const { accountId, orderId } = ref;
  const { account } = await lockAccount(tx, accountId);
  const order = await findPaidOrder(tx, ref);
  if (!order) return "none";
  const [there] = await tx
    .select({ number: documents.number })
    .from(documents)
    .where(
      and(eq(documents.accountId, accountId), eq(documents.orderId, orderId), eq(documents.kind, "invoice")),
    );
  if (there) return "there";
  const { placedBy, ...written } = order;
  const buyer = await copyBuyer(tx, account, placedBy);
  const { number, at } = await takeNumber(tx, ref, series);
  await tx.insert(documents).values({
    ...written,
    accountId,
    orderId,
    series,
    number,
    kind: "invoice",
    issuedAt: at,
    seller,
    buyer,
    nextTellAt: at,
  });
  await tx
    .update(orders)
    .set({ invoicedAt: at })
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  return "made";
}
