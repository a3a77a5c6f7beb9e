import { and, eq, exists, inArray, or, type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { invoiceDisputes, invoiceReversals, orderDisputes } from "../../../db/schema";
import type { BalanceView } from "../../ledger/queries";
import { subtractCredits, sumCredits } from "../../money/credits";
import { OPEN_DISPUTE } from "./decide";
import { frozenByReturns } from "./moves";

/** Whether a bank has yet to decide about a payment of the account: an order's, or a plan's invoice. */
export async function hasOpenDispute(db: Reader, accountId: string): Promise<boolean> {
  const found = await Promise.all(
    DISPUTES.map((table) => db.select({ one: sql`1` }).from(table).where(isOpen(table, accountId)).limit(1)),
  );
  return found.some((rows) => rows.length > 0);
}

/** The same as a column, of an account that is read. */
export const isDisputed = (db: Reader, accountId: string): SQL<boolean> =>
  sql<boolean>`${or(...DISPUTES.map((table) => exists(db.select({ one: sql`1` }).from(table).where(isOpen(table, accountId)))))}`;

const DISPUTES = [orderDisputes, invoiceDisputes] as const;

const isOpen = (table: (typeof DISPUTES)[number], accountId: string) =>
  and(eq(table.accountId, accountId), inArray(table.status, [...OPEN_DISPUTE]));

/**
 * The balance, with plan credits that are frozen in a dispute among those that are, and not among those of a plan that is not paid:
 * the ledger knows a grant's kind, and not why it is frozen. Asks the database only where plan credits are frozen.
 */
export async function tellDisputed<T extends Pick<BalanceView, "frozenPlan" | "frozenAddOn" | "grants">>(
  db: Reader,
  accountId: string,
  balance: T,
): Promise<T> {
  if (balance.frozenPlan === 0n) return balance;
  const steps = await db
    .select({
      kind: invoiceReversals.kind,
      grantId: invoiceReversals.grantId,
    })
    .from(invoiceReversals)
    .where(
      and(eq(invoiceReversals.accountId, accountId), inArray(invoiceReversals.kind, ["freeze", "unfreeze"])),
    )
    .orderBy(invoiceReversals.invoiceId, invoiceReversals.number);
  const frozen = frozenByReturns(steps);
  const disputed = sumCredits(
    balance.grants.flatMap((each) =>
      each.frozen && each.kind === "plan" && frozen.has(each.id) ? [each.remaining] : [],
    ),
  );
  return {
    ...balance,
    grants: balance.grants.map((each) => (frozen.has(each.id) ? { ...each, isDisputed: true } : each)),
    frozenPlan: subtractCredits(balance.frozenPlan, disputed),
    frozenAddOn: sumCredits([balance.frozenAddOn, disputed]),
  };
}
