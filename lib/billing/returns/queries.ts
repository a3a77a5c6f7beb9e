import { and, eq, exists, inArray, or, type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { invoiceDisputes, orderDisputes } from "../../../db/schema";
import type { BalanceView } from "../../ledger/queries";
import type { GrantKind } from "../../ledger/state";
import { type Credits, NO_CREDITS, sumCredits } from "../../money/credits";
import { OPEN_DISPUTE } from "./decide";
import { type FreezeCause, findFreezeCauses } from "./freezes";

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
 * The balance, with what is frozen told apart by why: the ledger knows a grant's kind, and not why it is frozen. Of several causes the
 * customer is told the one that they can end. Asks the database only where something is frozen.
 */
export async function tellFrozen<T extends Frozen>(db: Reader, accountId: string, balance: T): Promise<T> {
  if (balance.frozenPlan + balance.frozenAddOn === 0n) return balance;
  const causes = await findFreezeCauses(db, accountId);
  const sums: Record<ReturnType<typeof toldAs>, Credits> = {
    frozenPlan: NO_CREDITS,
    frozenAddOn: NO_CREDITS,
    frozenByUs: NO_CREDITS,
  };
  const grants = balance.grants.map((each) => {
    if (!each.frozen) return each;
    const frozenAs = toldAs(each.kind, causes.get(each.id) ?? new Set());
    sums[frozenAs] = sumCredits([sums[frozenAs], each.remaining]);
    return { ...each, frozenAs };
  });
  return { ...balance, grants, ...sums };
}

type Frozen = Pick<BalanceView, "frozenPlan" | "frozenAddOn" | "frozenByUs" | "grants">;

function toldAs(
  kind: GrantKind,
  causes: ReadonlySet<FreezeCause>,
): "frozenPlan" | "frozenAddOn" | "frozenByUs" {
  if (causes.has("payment")) return "frozenPlan";
  if (causes.has("dispute")) return "frozenAddOn";
  if (causes.has("operator")) return "frozenByUs";
  return kind === "plan" ? "frozenPlan" : "frozenAddOn";
}
