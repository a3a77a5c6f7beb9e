import { and, eq, exists, inArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Reader } from "../../../db/client";
import { accounts, invoiceDisputes, orderDisputes } from "../../../db/schema";
import { OPEN_DISPUTE } from "./decide";

/** Whether a bank has yet to decide about a payment of the account: an order's, or a plan's invoice. */
export async function hasOpenDispute(db: Reader, accountId: string): Promise<boolean> {
  const [row] = await db
    .select({ isDisputed: isDisputed(db) })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  return row?.isDisputed ?? false;
}

/** The same of an account that is read. */
export const isDisputed = (db: Reader): SQL<boolean> =>
  sql<boolean>`${or(...[orderDisputes, invoiceDisputes].map((table) => hasOpen(db, table)))}`;

type Disputes = PgTable & { readonly accountId: PgColumn; readonly status: PgColumn };

const hasOpen = (db: Reader, table: Disputes): SQL =>
  exists(
    db
      .select({ one: sql`1` })
      .from(table)
      .where(and(eq(table.accountId, accounts.id), inArray(table.status, [...OPEN_DISPUTE]))),
  );
