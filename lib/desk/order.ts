import { and, asc, eq } from "drizzle-orm";
import type { Reader } from "../../db/client";
import {
  accounts,
  attempts,
  documents,
  orderPayments,
  type orderReversals,
  orders,
  orderTransitions,
  users,
} from "../../db/schema";
import { documentName } from "../billing/documents/number";
import { type DisputeRow, findReturns, findReversals, type RefundRow } from "../billing/orders/return-rows";
import { fromPublicId, toPublicId } from "../ids";

type Row<Table extends { $inferSelect: unknown }> = Table["$inferSelect"];

/** Everything that is kept of an order. */
export type DeskOrder = {
  /** `ord_…`, `acct_…`; and the account's uuid. */
  readonly id: string;
  readonly account: { readonly id: string; readonly accountId: string; readonly name: string };
  readonly order: Row<typeof orders>;
  /** Who placed it; null where nobody is known by that id any more. */
  readonly placedBy: { readonly name: string; readonly email: string } | null;
  readonly payment: Row<typeof orderPayments> | null;
  /** Oldest first, each of them. */
  readonly attempts: readonly Row<typeof attempts>[];
  readonly transitions: readonly Row<typeof orderTransitions>[];
  readonly refunds: readonly RefundRow[];
  readonly disputes: readonly DisputeRow[];
  readonly reversals: readonly Row<typeof orderReversals>[];
  /** Its invoice and credit notes. */
  readonly documents: readonly {
    readonly name: string;
    readonly kind: Row<typeof documents>["kind"];
    readonly issuedAt: Date;
  }[];
};

/** An order of whatever account, by its public id; null for whatever names none. */
export async function findDeskOrder(db: Reader, publicId: string): Promise<DeskOrder | null> {
  const orderId = fromPublicId("order", publicId);
  if (!orderId) return null;
  const [found] = await db
    .select({ order: orders, accountName: accounts.name, name: users.name, email: users.email })
    .from(orders)
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .leftJoin(users, eq(users.id, orders.placedBy))
    .where(eq(orders.id, orderId));
  if (!found) return null;
  const { accountId } = found.order;
  return {
    id: publicId,
    account: { id: toPublicId("account", accountId), accountId, name: found.accountName },
    order: found.order,
    placedBy: found.email === null ? null : { name: found.name ?? "", email: found.email },
    ...(await readParts(db, accountId, orderId)),
  };
}

async function readParts(db: Reader, accountId: string, orderId: string) {
  const [tried, payments, transitions, { refunds, disputes }, reversals, papers] = await Promise.all([
    db
      .select()
      .from(attempts)
      .where(and(eq(attempts.accountId, accountId), eq(attempts.orderId, orderId)))
      .orderBy(asc(attempts.number)),
    db
      .select()
      .from(orderPayments)
      .where(and(eq(orderPayments.accountId, accountId), eq(orderPayments.orderId, orderId))),
    db
      .select()
      .from(orderTransitions)
      .where(and(eq(orderTransitions.accountId, accountId), eq(orderTransitions.orderId, orderId)))
      .orderBy(asc(orderTransitions.number)),
    findReturns(db, { accountId, orderId }),
    findReversals(db, { accountId, orderId }),
    db
      .select()
      .from(documents)
      .where(and(eq(documents.accountId, accountId), eq(documents.orderId, orderId)))
      .orderBy(asc(documents.issuedAt), asc(documents.number)),
  ]);
  return {
    attempts: tried,
    payment: payments[0] ?? null,
    transitions,
    refunds,
    disputes,
    reversals,
    documents: papers.map((each) => ({
      name: documentName(each),
      kind: each.kind,
      issuedAt: each.issuedAt,
    })),
  };
}
