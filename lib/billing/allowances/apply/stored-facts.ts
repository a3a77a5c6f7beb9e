import type {
  allowances,
  invoiceDisputes,
  invoiceLines,
  invoiceRefundRequests,
  invoiceRefunds,
  invoiceReversals,
  invoices,
  pendingLines,
  StoredSchedule,
  subscriptionItems,
  subscriptions,
} from "../../../../db/schema";
import { getCatalog } from "../../../catalog/catalog";
import { freePlan, getPlan, type PlanId } from "../../../catalog/plans";
import { type Credits, NO_CREDITS } from "../../../money/credits";
import type { AccountRow } from "../../account";
import { asRefund } from "../../returns/decide";
import { revokedSoFar } from "../../returns/moves";
import type { Allowance, Facts, Invoice, InvoiceReturns, Item, Line, Offer, Subscription } from "../facts";

export type AllowanceRow = typeof allowances.$inferSelect & {
  readonly spent: Credits | null;
  readonly expiresAt: Date | null;
};

type ItemRow = typeof subscriptionItems.$inferSelect;
type LineRow = typeof pendingLines.$inferSelect & {
  readonly decidedAt?: Date | null;
  readonly assumed?: boolean;
};

/** What an account's allowances are decided on, and their rows. */
export type Read = {
  readonly facts: Facts;
  readonly rows: readonly AllowanceRow[];
  /** Oldest first. */
  readonly reversals: StoredReturns["reversals"];
};

/** What is stored of an account that decides anything. */
type Stored = {
  readonly subscribed: readonly (typeof subscriptions.$inferSelect)[];
  readonly items: readonly ItemRow[];
  readonly billed: readonly (typeof invoices.$inferSelect)[];
  readonly lines: readonly (typeof invoiceLines.$inferSelect)[];
  readonly pending: readonly LineRow[];
  readonly rows: readonly AllowanceRow[];
  readonly returns: StoredReturns;
  readonly isActive: boolean;
};

/** What is stored of money of invoices that went back or is disputed, and of what that did to credits. */
export type StoredReturns = {
  readonly refunds: readonly (typeof invoiceRefunds.$inferSelect)[];
  /** Refunds that were asked for here: one that nobody has heard the end of counts as well. */
  readonly requests: readonly (typeof invoiceRefundRequests.$inferSelect)[];
  readonly disputes: readonly (typeof invoiceDisputes.$inferSelect)[];
  readonly reversals: readonly (typeof invoiceReversals.$inferSelect)[];
};

export const NO_RETURNS: StoredReturns = { refunds: [], requests: [], disputes: [], reversals: [] };

/** The rows of one account, as the decision reads them. */
export function toFacts(account: AccountRow, stored: Stored): Read {
  const { subscribed, items, billed, lines, pending, rows, returns, isActive } = stored;
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
    trialAllowance: getCatalog().trialAllowance,
    subscriptions: subscribed.map((each) =>
      toSubscription(
        each,
        items.filter((item) => item.subscriptionId === each.id),
        rows,
      ),
    ),
    invoices: billed.map((each) =>
      toInvoice(each, lines.filter(({ invoiceId }) => invoiceId === each.id).map(named), returns),
    ),
    pendingLines: pending.filter(isOurs).map(named).map(toLine),
    allowances: rows.map(toAllowance),
    isActive,
  };
  return { facts, rows, reversals: returns.reversals };
}

/** What the account has while no subscription gives it a plan. */
function internalPlanOf({
  internalPlan,
  allowanceCredits,
}: Pick<AccountRow, "internalPlan" | "allowanceCredits">) {
  const plan = internalPlan ? getPlan(internalPlan) : freePlan();
  return { plan: plan.id, credits: allowanceCredits ?? plan.creditsPerCycle };
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

export const toInvoice = (
  row: typeof invoices.$inferSelect,
  lines: readonly LineRow[],
  returns = NO_RETURNS,
): Invoice => ({
  id: row.id,
  subscriptionId: row.subscriptionId,
  status: row.status,
  currency: row.currency,
  totalCents: totalOf(row, lines),
  paidCents: row.paidCents,
  remainingCents: row.remainingCents ?? row.dueCents,
  creditNotesCents: row.creditNotesCents ?? 0n,
  // Not told apart by an earlier release.
  prePaymentNotesCents: row.prePaymentNotesCents ?? row.creditNotesCents ?? 0n,
  createdAt: row.createdAt,
  paidAt: row.paidAt,
  paidSeenAt: row.paidSeenAt,
  lines: lines.filter(isOurs).map(toLine),
  returns: toReturns(row, returns),
  revoked: revokedSoFar(returns.reversals.filter((each) => each.invoiceId === row.id)),
});

/** Stripe's total; where lines credit more than they sell, which went to the customer's balance, nothing is stored of it but the lines. */
function totalOf({ totalCents }: typeof invoices.$inferSelect, lines: readonly LineRow[]): bigint {
  if (totalCents > 0n) return totalCents;
  const listed = lines.reduce((sum, { amountCents }) => sum + amountCents, 0n);
  return listed < 0n ? listed : 0n;
}

/** A request whose answer nobody heard: what it asks for counts as paid back. Null: it is among the refunds, or was refused. */
export const asUnheard = ({ id, status, amountCents, createdAt }: StoredReturns["requests"][number]) =>
  status === "requested"
    ? { ...{ id, refundId: null, amountCents, createdAt }, status, unreadable: null, failureCode: null }
    : null;

/** Null where nothing was ever read; what was paid back elsewhere is a refund like another. */
export function toReturns(
  { id, paidBackElsewhereCents, returnsReadApplied }: typeof invoices.$inferSelect,
  { refunds, requests, disputes }: Omit<StoredReturns, "reversals">,
): InvoiceReturns | null {
  if (returnsReadApplied === 0n) return null;
  return {
    refunds: [
      ...refunds.flatMap((each) => (each.invoiceId === id ? [{ ...each, refundId: each.id }] : [])),
      ...requests.flatMap((each) => (each.invoiceId === id ? (asUnheard(each) ?? []) : [])),
      ...(paidBackElsewhereCents > 0n ? [asRefund(`${id}:elsewhere`, paidBackElsewhereCents)] : []),
    ],
    disputes: disputes.filter((each) => each.invoiceId === id),
  };
}

export const toLine = (row: LineRow): Line => ({
  id: row.id,
  subscriptionId: row.subscriptionId,
  itemId: row.itemId,
  priceId: row.priceId,
  offer: toOffer(row.plan, row.interval, row.creditsPerMonth),
  unreadable: row.unreadableReason,
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
