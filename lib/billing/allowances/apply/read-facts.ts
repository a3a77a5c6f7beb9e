import { and, eq, exists, getTableColumns, gt, gte, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Reader, Tx } from "../../../../db/client";
import {
  accounts,
  allowances,
  currentGrants,
  invoiceDisputes,
  invoiceLines,
  invoiceRefundRequests,
  invoiceRefunds,
  invoiceReversals,
  invoices,
  pendingLines,
  subscriptionItems,
  subscriptions,
} from "../../../../db/schema/index";
import { isFree } from "../../../catalog/plans";
import type { Cause } from "../../../ledger/cause";
import type { AccountRow } from "../../account";
import { type AllowanceRow, NO_RETURNS, type Read, type StoredReturns, toFacts } from "./stored-facts";

/** What a step of this folder works on: an account under its lock. */
export type Work = {
  readonly tx: Tx;
  readonly accountId: string;
  readonly now: Date;
  readonly rows: readonly AllowanceRow[];
  /** What refunds and disputes of invoices did to credits until now. */
  readonly reversals: StoredReturns["reversals"];
  /** Who asked for a refund that begins here; else Stripe told of something. */
  readonly cause?: Cause;
};

/** Beside the lines that are read. */
const undecided = alias(invoiceLines, "undecided");

/** What was settled before this changes nothing any more: a year is the longest that is paid for at one go. */
const MEMORY_MS = 400 * 86_400_000;

/** An account under its lock, and at which instant. */
export type Applying = {
  readonly account: AccountRow;
  readonly now: Date;
  /** By the schedule alone: nobody reads, moves or paid anything. */
  readonly unattended?: boolean;
  /** Who asked for a refund that begins here. */
  readonly cause?: Cause;
};

/**
 * Everything that these accounts' allowances are decided on, in their order. Call it under their locks. A few statements for
 * all of them: where ten thousand cycles end at one instant, each account's own would be most of the work.
 */
export async function readFacts(db: Reader, applying: readonly Applying[]): Promise<readonly Read[]> {
  const ids = applying.map((each) => each.account.id);
  const since = new Date(Math.min(...applying.map((each) => each.now.getTime())) - MEMORY_MS);
  const [subscribed, items, billed, lines, pending, rows, used] = await Promise.all([
    db.select().from(subscriptions).where(inArray(subscriptions.accountId, ids)),
    db.select().from(subscriptionItems).where(inArray(subscriptionItems.accountId, ids)),
    db
      .select()
      .from(invoices)
      .where(matters(db, ids, since)),
    db
      .select(getTableColumns(invoiceLines))
      .from(invoiceLines)
      .innerJoin(
        invoices,
        and(eq(invoices.accountId, invoiceLines.accountId), eq(invoices.id, invoiceLines.invoiceId)),
      )
      .where(and(inArray(invoiceLines.accountId, ids), matters(db, ids, since)))
      .orderBy(invoiceLines.position),
    db.select().from(pendingLines).where(inArray(pendingLines.accountId, ids)),
    readRows(db, ids, since),
    findUsed(db, applying),
  ]);
  const returns = billed.some((each) => each.returnsReadApplied > 0n)
    ? await readReturns(db, ids)
    : NO_RETURNS;
  return applying.map((each) => {
    const { id } = each.account;
    const own = <T extends { readonly accountId: string }>(all: readonly T[]) =>
      all.filter((row) => row.accountId === id);
    return toFacts(each.account, {
      subscribed: own(subscribed),
      items: own(items),
      billed: own(billed),
      lines: own(lines),
      pending: own(pending),
      rows: own(rows),
      returns: {
        refunds: own(returns.refunds),
        requests: own(returns.requests),
        disputes: own(returns.disputes),
        reversals: own(returns.reversals),
      },
      isActive: used.has(id),
    });
  });
}

/** Of few accounts, and so not asked of all. */
async function readReturns(db: Reader, ids: readonly string[]): Promise<StoredReturns> {
  const [refunds, requests, disputes, reversals] = await Promise.all([
    db
      .select()
      .from(invoiceRefunds)
      .where(inArray(invoiceRefunds.accountId, [...ids]))
      .orderBy(invoiceRefunds.createdAt, invoiceRefunds.id),
    db
      .select()
      .from(invoiceRefundRequests)
      .where(
        and(
          inArray(invoiceRefundRequests.accountId, [...ids]),
          eq(invoiceRefundRequests.status, "requested"),
        ),
      ),
    db
      .select()
      .from(invoiceDisputes)
      .where(inArray(invoiceDisputes.accountId, [...ids]))
      .orderBy(invoiceDisputes.createdAt, invoiceDisputes.id),
    db
      .select()
      .from(invoiceReversals)
      .where(inArray(invoiceReversals.accountId, [...ids]))
      .orderBy(invoiceReversals.number),
  ]);
  return { refunds, requests, disputes, reversals };
}

/** Invoices that may still change something. */
const matters = (db: Reader, ids: readonly string[], since: Date) =>
  and(
    inArray(invoices.accountId, [...ids]),
    or(
      gte(invoices.createdAt, since),
      inArray(invoices.status, ["draft", "open", "uncollectible"]),
      // A dispute may be decided long after.
      gt(invoices.returnsReadApplied, 0n),
      exists(undecidedLinesOf(db)),
    ),
  );

/** However old it is, a line of which nothing was decided is: unread, it would be asked for at every read for ever. */
const undecidedLinesOf = (db: Reader) =>
  db
    .select({ one: sql`1` })
    .from(undecided)
    .where(
      and(
        eq(undecided.accountId, invoices.accountId),
        eq(undecided.invoiceId, invoices.id),
        or(isNull(undecided.decidedAt), undecided.assumed),
        or(isNotNull(undecided.plan), isNotNull(undecided.unreadableReason)),
      ),
    );

const readRows = (db: Reader, ids: readonly string[], since: Date): Promise<AllowanceRow[]> =>
  db
    .select({
      ...getTableColumns(allowances),
      spent: currentGrants.spentCredits,
      expiresAt: currentGrants.expiresAt,
    })
    .from(allowances)
    .leftJoin(
      currentGrants,
      and(eq(currentGrants.accountId, allowances.accountId), eq(currentGrants.id, allowances.grantId)),
    )
    .where(
      and(
        inArray(allowances.accountId, [...ids]),
        or(
          gte(allowances.startsAt, since),
          inArray(allowances.payment, ["provisional", "owed", "void"]),
          exists(
            db
              .select({ one: sql`1` })
              .from(invoices)
              .where(
                and(
                  eq(invoices.accountId, allowances.accountId),
                  eq(invoices.id, allowances.invoiceId),
                  gt(invoices.returnsReadApplied, 0n),
                ),
              ),
          ),
        ),
      ),
    );

/**
 * The accounts where somebody is there, or used anything of the cycle that is over. The database is asked only about those
 * where that decides something.
 */
async function findUsed(db: Reader, applying: readonly Applying[]): Promise<ReadonlySet<string>> {
  const unused = applying.filter(
    ({ account, now, unattended }) => unattended && isFree(account.plan) && now >= account.periodEnd,
  );
  const others = applying.filter((each) => !unused.includes(each)).map((each) => each.account.id);
  if (unused.length === 0) return new Set(others);
  const used = await db
    .select({ id: currentGrants.accountId })
    .from(currentGrants)
    .innerJoin(accounts, eq(accounts.id, currentGrants.accountId))
    .where(
      and(
        inArray(
          currentGrants.accountId,
          unused.map((each) => each.account.id),
        ),
        gte(currentGrants.expiresAt, accounts.periodEnd),
        sql`${currentGrants.spentCredits} + ${currentGrants.heldCredits} > 0`,
      ),
    );
  return new Set([...others, ...used.map((each) => each.id)]);
}
