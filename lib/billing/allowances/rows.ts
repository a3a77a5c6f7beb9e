import { and, eq, exists, getTableColumns, gte, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Reader, Tx } from "../../../db/client";
import {
  accounts,
  allowances,
  currentGrants,
  invoiceLines,
  invoices,
  pendingLines,
  type StoredSchedule,
  subscriptionItems,
  subscriptions,
} from "../../../db/schema";
import { freePlan, getPlan, isFree, type PlanId } from "../../catalog/plans";
import { type Credits, NO_CREDITS } from "../../money/credits";
import type { AccountRow } from "../account";
import type { Allowance, Facts, Invoice, Item, Line, Offer, Subscription } from "./facts";

export type AllowanceRow = typeof allowances.$inferSelect & {
  readonly spent: Credits | null;
  readonly expiresAt: Date | null;
};
/** What a step of this folder works on: an account under its lock. */
export type Work = {
  readonly tx: Tx;
  readonly accountId: string;
  readonly now: Date;
  readonly rows: readonly AllowanceRow[];
};

/** Beside the lines that are read. */
const undecided = alias(invoiceLines, "undecided");

type ItemRow = typeof subscriptionItems.$inferSelect;
type LineRow = typeof pendingLines.$inferSelect & {
  readonly decidedAt?: Date | null;
  readonly assumed?: boolean;
};

/** What was settled before this changes nothing any more: a year is the longest that is paid for at one go. */
const MEMORY_MS = 400 * 86_400_000;

/** An account under its lock, and at which instant. */
export type Applying = {
  readonly account: AccountRow;
  readonly now: Date;
  /** By the schedule alone: nobody reads, moves or paid anything. */
  readonly unattended?: boolean;
};

/** What an account's allowances are decided on, and their rows. */
export type Read = { readonly facts: Facts; readonly rows: readonly AllowanceRow[] };

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
      isActive: used.has(id),
    });
  });
}

/** Invoices that may still change something. */
const matters = (db: Reader, ids: readonly string[], since: Date) =>
  and(
    inArray(invoices.accountId, [...ids]),
    or(
      gte(invoices.createdAt, since),
      inArray(invoices.status, ["draft", "open", "uncollectible"]),
      exists(undecidedLinesOf(db)),
    ),
  );

type Stored = {
  readonly subscribed: readonly (typeof subscriptions.$inferSelect)[];
  readonly items: readonly ItemRow[];
  readonly billed: readonly (typeof invoices.$inferSelect)[];
  readonly lines: readonly (typeof invoiceLines.$inferSelect)[];
  readonly pending: readonly LineRow[];
  readonly rows: readonly AllowanceRow[];
  readonly isActive: boolean;
};

function toFacts(account: AccountRow, stored: Stored): Read {
  const { subscribed, items, billed, lines, pending, rows, isActive } = stored;
  const free = freePlan();
  const named = withItem(items);
  const facts: Facts = {
    account: {
      plan: account.plan,
      planStatus: account.planStatus,
      anchor: account.cycleAnchor,
      period: { start: account.periodStart, end: account.periodEnd },
      subscriptionId:
        subscribed.find((each) => each.isPrimary && each.downgradedToFreeAt === null)?.id ?? null,
      internal: internalPlanOf(account),
      createdAt: account.createdAt,
      overgiven: account.overgivenCredits,
      migratedAt: account.migratedAt,
    },
    free: { plan: free.id, credits: free.creditsPerCycle },
    subscriptions: subscribed.map((each) =>
      toSubscription(
        each,
        items.filter((item) => item.subscriptionId === each.id),
        rows,
      ),
    ),
    invoices: billed.map((each) =>
      toInvoice(each, lines.filter(({ invoiceId }) => invoiceId === each.id).map(named)),
    ),
    pendingLines: pending.filter(isOurs).map(named).map(toLine),
    allowances: rows.map(toAllowance),
    isActive,
  };
  return { facts, rows };
}

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

/** What the account has while no subscription gives it a plan. */
export function internalPlanOf({
  internalPlan,
  allowanceCredits,
}: Pick<AccountRow, "internalPlan" | "allowanceCredits">) {
  const plan = internalPlan ? getPlan(internalPlan) : freePlan();
  return { plan: plan.id, credits: allowanceCredits ?? plan.creditsPerCycle };
}

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
        or(gte(allowances.startsAt, since), inArray(allowances.payment, ["provisional", "owed", "void"])),
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

export function toSubscription(
  row: typeof subscriptions.$inferSelect,
  items: readonly ItemRow[],
  rows: readonly AllowanceRow[],
): Subscription {
  const plans = items.filter((each) => each.plan !== null && each.goneAt === null);
  const gave = (item: ItemRow) => rows.some((each) => each.itemId === item.id);
  const { schedule } = row;
  const next = (schedule?.next ?? []).map(toPhase);
  return {
    id: row.id,
    status: row.status,
    items: items
      .filter((each) => each.plan !== null || each.unreadableReason !== null || each.knownPlan !== null)
      .map((each) => toItem(each, plans.length > 1 && !gave(each) && plans.some(gave))),
    anchor: row.anchor,
    cancelAt: row.cancelAt,
    isPaused: row.pauseBehavior !== null,
    next,
    scheduleEndsAt: schedule?.endsByCancel ? (next.at(-1)?.end ?? null) : null,
    createdAt: row.createdAt,
    endedAt: row.endedAt,
  };
}

function toPhase({ start, end, items }: StoredSchedule["next"][number]) {
  const plan = items.find(({ price }) => price.plan !== null);
  const { price, quantity } = plan ?? items[0] ?? { price: null, quantity: 0 };
  return {
    start: new Date(start),
    end: end === null ? null : new Date(end),
    offer:
      price?.plan && price.interval && price.creditsPerMonth
        ? {
            plan: price.plan as PlanId,
            interval: price.interval,
            creditsPerMonth: BigInt(price.creditsPerMonth) as Credits,
          }
        : null,
    quantity,
  };
}

const toItem = (row: ItemRow, isAnother: boolean): Item => ({
  id: row.id,
  offer: toOffer(row.plan, row.interval, row.creditsPerMonth),
  unreadable:
    row.unreadableReason ?? (row.quantity === 0 ? "quantity_zero" : isAnother ? "several_plan_items" : null),
  known: knownOf(row),
  quantity: row.quantity,
  period: { start: row.periodStart, end: row.periodEnd },
  goneAt: row.goneAt,
});

function knownOf({
  knownPlan,
  knownInterval,
  knownCreditsPerMonth,
  knownQuantity,
  knownUntil,
}: ItemRow): Item["known"] {
  const offer = toOffer(knownPlan, knownInterval, knownCreditsPerMonth);
  return offer && knownUntil ? { offer, quantity: knownQuantity ?? 1, until: knownUntil } : null;
}

const toOffer = (
  plan: PlanId | null,
  interval: Offer["interval"] | null,
  creditsPerMonth: Credits | null,
): Offer | null => (plan && interval && creditsPerMonth ? { plan, interval, creditsPerMonth } : null);

/** Stripe does not always say of which item a line is: where its subscription has one of ours, it is of that. */
const withItem =
  (items: readonly ItemRow[]) =>
  <T extends LineRow>(line: T): T => {
    if (line.itemId !== null) return line;
    const [item, other] = items.filter(
      (each) =>
        each.subscriptionId === line.subscriptionId && isOurs({ ...each, plan: each.plan ?? each.knownPlan }),
    );
    return item && !other ? { ...line, itemId: item.id } : line;
  };

const isOurs = ({ plan, unreadableReason }: Pick<LineRow, "plan" | "unreadableReason">): boolean =>
  plan !== null || unreadableReason !== null;

export const toInvoice = (row: typeof invoices.$inferSelect, lines: readonly LineRow[]): Invoice => ({
  id: row.id,
  subscriptionId: row.subscriptionId,
  status: row.status,
  totalCents: row.totalCents,
  paidCents: row.paidCents,
  remainingCents: row.remainingCents ?? row.dueCents,
  creditNotesCents: row.creditNotesCents ?? 0n,
  // Not told apart by an earlier release.
  prePaymentNotesCents: row.prePaymentNotesCents ?? row.creditNotesCents ?? 0n,
  createdAt: row.createdAt,
  paidAt: row.paidAt,
  paidSeenAt: row.paidSeenAt,
  lines: lines.filter(isOurs).map(toLine),
});

export const toLine = (row: LineRow): Line => ({
  id: row.id,
  subscriptionId: row.subscriptionId,
  itemId: row.itemId,
  priceId: row.priceId,
  offer: toOffer(row.plan, row.interval, row.creditsPerMonth),
  isUnreadable: row.unreadableReason !== null,
  quantity: row.quantity,
  period: { start: row.periodStart, end: row.periodEnd },
  amountCents: row.amountCents,
  isProration: row.isProration,
  isTrial: row.amountCents === 0n && (row.unitCents ?? 0n) > 0n && row.quantity > 0,
  decidedAt: row.decidedAt ?? null,
  wasAssumed: row.assumed ?? false,
});

const toAllowance = (row: AllowanceRow): Allowance => ({
  itemId: row.itemId,
  periodStart: row.periodStart,
  month: row.month,
  part: row.part,
  plan: row.plan,
  subscriptionId: row.subscriptionId,
  lineId: row.lineId,
  invoiceId: row.invoiceId,
  origin: row.origin,
  startsAt: row.startsAt,
  endsAt: row.endsAt,
  credits: row.credits,
  isCycle: row.isCycle,
  payment: row.payment,
  frozen: row.frozen,
  closed: row.closed,
  wasRegranted: row.regrantId !== null,
  spent: row.spent ?? NO_CREDITS,
  expiresAt: row.expiresAt ?? row.endsAt,
});
