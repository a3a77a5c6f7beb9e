import { and, asc, eq, ne } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { documents, orders } from "../../../db/schema";
import { fromPublicId } from "../../ids";
import { err, ok, type Result } from "../../result";
import { issueInvoice } from "./issue";
import { documentName } from "./number";
import type { OrderRef } from "./order";
import type { DocumentDeps } from "./seller";

type Row = typeof documents.$inferSelect;

/** Everything that is written on a document. */
export type DocumentView = Omit<
  Row,
  | "accountId"
  | "orderId"
  | "refundId"
  | "series"
  | "number"
  | "corrects"
  | "paymentIntentId"
  | "toldAt"
  | "nextTellAt"
> & {
  /** `INV-000042`. */
  readonly name: string;
  /** The name of what it corrects: of a credit note the invoice, of a debit note the credit note. */
  readonly corrects: string | null;
};

export type NoInvoice =
  /** This account has no such order. */
  | { readonly code: "not_found" }
  | { readonly code: "not_paid" }
  /** Nobody is configured as the seller. */
  | { readonly code: "no_seller" };

/** The invoice of a paid order by the order's public id: made now where it is not there yet. */
export async function getInvoice(
  deps: Pick<DocumentDeps, "db" | "seller">,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<Result<DocumentView, NoInvoice>> {
  const orderId = fromPublicId("order", id);
  if (!orderId) return err({ code: "not_found" });
  const ref = { accountId, orderId };
  const found = await findInvoice(deps.db, ref);
  if (found) return ok(found);
  const [order] = await deps.db
    .select({ paidAt: orders.paidAt })
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  if (!order) return err({ code: "not_found" });
  if (!order.paidAt) return err({ code: "not_paid" });
  if ((await issueInvoice(deps, ref)) === "none") return err({ code: "no_seller" });
  const made = await findInvoice(deps.db, ref);
  if (!made) throw new Error(`the invoice of order ${orderId} was made and is not there`);
  return ok(made);
}

/** The credit and debit notes of an order, oldest first. */
export async function listNotes(
  db: Reader,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<readonly DocumentView[]> {
  const orderId = fromPublicId("order", id);
  if (!orderId) return [];
  const rows = await db
    .select()
    .from(documents)
    .where(
      and(eq(documents.accountId, accountId), eq(documents.orderId, orderId), ne(documents.kind, "invoice")),
    )
    .orderBy(asc(documents.number));
  return rows.map(toView);
}

/** One of them by its name. */
export async function getNote(
  db: Reader,
  order: { readonly accountId: string; readonly id: string },
  name: string,
): Promise<Result<DocumentView, NoInvoice>> {
  const note = (await listNotes(db, order)).find((each) => each.name === name);
  return note ? ok(note) : err({ code: "not_found" });
}

async function findInvoice(db: Reader, { accountId, orderId }: OrderRef): Promise<DocumentView | null> {
  const [row] = await db
    .select()
    .from(documents)
    .where(
      and(eq(documents.accountId, accountId), eq(documents.orderId, orderId), eq(documents.kind, "invoice")),
    );
  return row ? toView(row) : null;
}

const toView = (row: Row): DocumentView => {
  const { kind, issuedAt, seller, buyer, reference, credits, amountCents, currency, paidAt } = row;
  const { cardBrand, cardLast4 } = row;
  return {
    name: documentName(row),
    corrects: row.corrects === null ? null : documentName({ series: row.series, number: row.corrects }),
    ...{ kind, issuedAt, seller, buyer, reference, credits, amountCents, currency, paidAt },
    ...{ cardBrand, cardLast4 },
  };
};
