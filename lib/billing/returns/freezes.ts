import { and, asc, eq, inArray, isNotNull, or, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { allowances, invoiceReversals, operatorActs, orderReversals } from "../../../db/schema";
import { fromPublicId } from "../../ids";
import { frozenByReturns, type Reversal } from "./moves";

/** Why a grant is frozen: its plan is not paid, a bank decides about its payment, or an operator froze it. */
export type FreezeCause = "payment" | "dispute" | "operator";
export type FreezeCauses = ReadonlyMap<string, ReadonlySet<FreezeCause>>;

/**
 * Everything that wants grants of an account frozen, by the grant: the ledger knows only whether one is. A grant is unfrozen when the last
 * of these is gone. Of one moment for who has the account's lock.
 */
export async function findFreezeCauses(db: Reader, accountId: string): Promise<FreezeCauses> {
  const [unpaid, disputed, byOperator] = await Promise.all([
    findUnpaid(db, accountId),
    findDisputed(db, accountId),
    findFrozenByOperator(db, accountId),
  ]);
  const causes = new Map<string, Set<FreezeCause>>();
  const add = (ids: Iterable<string>, cause: FreezeCause) => {
    for (const id of ids) causes.set(id, (causes.get(id) ?? new Set()).add(cause));
  };
  add(unpaid, "payment");
  add(disputed, "dispute");
  add(byOperator, "operator");
  return causes;
}

/** Whether anything but this wants a grant frozen. */
export const isFrozenBesides = (causes: FreezeCauses, grantId: string, cause: FreezeCause): boolean =>
  [...(causes.get(grantId) ?? [])].some((each) => each !== cause);

/** Closed out, a grant stays frozen in the ledger. */
async function findUnpaid(db: Reader, accountId: string): Promise<readonly string[]> {
  const rows = await db
    .select({ grantId: allowances.grantId })
    .from(allowances)
    .where(
      and(eq(allowances.accountId, accountId), or(eq(allowances.frozen, true), isNotNull(allowances.closed))),
    );
  return rows.flatMap(({ grantId }) => grantId ?? []);
}

/** Each order and invoice by itself: what one lets go another may still want. */
async function findDisputed(db: Reader, accountId: string): Promise<readonly string[]> {
  const ofOne = (table: typeof orderReversals | typeof invoiceReversals) =>
    and(eq(table.accountId, accountId), inArray(table.kind, ["freeze", "unfreeze"]));
  const [orders, invoices] = await Promise.all([
    db
      .select({ of: sql<string>`${orderReversals.orderId}::text`, ...stepOf(orderReversals) })
      .from(orderReversals)
      .where(ofOne(orderReversals))
      .orderBy(orderReversals.orderId, orderReversals.number),
    db
      .select({ of: sql<string>`${invoiceReversals.invoiceId}`, ...stepOf(invoiceReversals) })
      .from(invoiceReversals)
      .where(ofOne(invoiceReversals))
      .orderBy(invoiceReversals.invoiceId, invoiceReversals.number),
  ]);
  const steps = new Map<string, Pick<Reversal, "kind" | "grantId">[]>();
  for (const { of, ...step } of [...orders, ...invoices]) steps.set(of, [...(steps.get(of) ?? []), step]);
  return [...steps.values()].flatMap((own) => [...frozenByReturns(own)]);
}

const stepOf = <T extends typeof orderReversals | typeof invoiceReversals>({ kind, grantId }: T) => ({
  kind: kind as T["kind"],
  grantId: grantId as T["grantId"],
});

/** What an operator did last decides. */
async function findFrozenByOperator(db: Reader, accountId: string): Promise<readonly string[]> {
  const rows = await db
    .select({ kind: operatorActs.kind, subject: operatorActs.subject })
    .from(operatorActs)
    .where(and(eq(operatorActs.accountId, accountId), inArray(operatorActs.kind, ["freeze", "unfreeze"])))
    .orderBy(asc(operatorActs.at), asc(operatorActs.id));
  const last = new Map(rows.map(({ kind, subject }) => [fromPublicId("grant", subject), kind]));
  return [...last].flatMap(([grantId, kind]) => (grantId && kind === "freeze" ? [grantId] : []));
}
