import {
  and,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { alias, type PgColumn } from "drizzle-orm/pg-core";
import type { Reader, Tx } from "../../../../db/client";
import { prepareOnce } from "../../../../db/prepare-once";
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
} from "../../../../db/schema";
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
    readSubscriptions(db, ids, since),
    readItems(db, ids, since),
    readInvoices(db, ids, since),
    readLines(db, ids, since),
    readPendingLines(db, ids, since),
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

/** Which accounts' rows, and since when. */
type Among = { readonly isIts: (accountId: PgColumn) => SQL; readonly since: SQL };
type Asked<Row> = PromiseLike<Row[]> & {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<Row[]> };
};

/** Of one account, as nearly always, the statement is built once and for all. */
function ofAccounts<Row>(name: string, ask: (db: Reader, among: Among) => Asked<Row>) {
  type Values = { readonly accountId: string; readonly since: string };
  const ofOne = prepareOnce(["accountId", "since"], (db, { accountId, since }: Values) =>
    ask(db, { isIts: (column) => eq(column, accountId), since: sql`${since}::timestamptz` }).prepare(name),
  );
  return async (db: Reader, ids: readonly string[], at: Date): Promise<Row[]> => {
    const [only, ...others] = ids;
    const since = at.toISOString();
    if (only !== undefined && others.length === 0) return ofOne(db, { accountId: only, since });
    return ask(db, { isIts: (column) => inArray(column, [...ids]), since: sql`${since}::timestamptz` });
  };
}

const readSubscriptions = ofAccounts("facts_subscriptions", (db, { isIts }) =>
  db.select().from(subscriptions).where(isIts(subscriptions.accountId)),
);
const readItems = ofAccounts("facts_items", (db, { isIts }) =>
  db.select().from(subscriptionItems).where(isIts(subscriptionItems.accountId)),
);
const readPendingLines = ofAccounts("facts_pending_lines", (db, { isIts }) =>
  db.select().from(pendingLines).where(isIts(pendingLines.accountId)),
);
const readInvoices = ofAccounts("facts_invoices", (db, among) =>
  db.select().from(invoices).where(matters(db, among)),
);
const readLines = ofAccounts("facts_lines", (db, among) =>
  db
    .select(getTableColumns(invoiceLines))
    .from(invoiceLines)
    .innerJoin(
      invoices,
      and(eq(invoices.accountId, invoiceLines.accountId), eq(invoices.id, invoiceLines.invoiceId)),
    )
    .where(and(among.isIts(invoiceLines.accountId), matters(db, among)))
    .orderBy(invoiceLines.position),
);

/** Invoices that may still change something. */
const matters = (db: Reader, { isIts, since }: Among) =>
  and(
    isIts(invoices.accountId),
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

const readRows = ofAccounts<AllowanceRow>("facts_allowances", (db, { isIts, since }) =>
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
        isIts(allowances.accountId),
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
