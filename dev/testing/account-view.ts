import type { AccountView, OpenOrderView } from "../../lib/billing/account-view";
import { getPlan, planIdOf } from "../../lib/catalog/plans";
import type { BalanceView, GrantView } from "../../lib/ledger/queries";
import { cents, credits, NO_CREDITS } from "../../lib/money/credits";

// What pages are told of an account on Starter in the middle of its cycle, and of what may be the matter with it.
export const NOW = new Date("2026-11-21T10:00:00Z");
export const START = new Date("2026-11-04T08:14:00Z");
export const END = new Date("2026-12-04T08:14:00Z");
export const HOUR_MS = 3_600_000;
export const plus = (at: Date, ms: number) => new Date(at.getTime() + ms);
export const VISA = { brand: "visa", last4: "4242" };
export const planOf = (name: string) => getPlan(planIdOf(name));

export const SUBSCRIPTION: NonNullable<AccountView["subscription"]> = {
  interval: "month",
  quantity: 1,
  pieceCents: cents(29_900n),
  priceCents: cents(29_900n),
  creditsPerCycle: credits(24_000_000n),
  billedAs: null,
  raised: null,
  hasDiscountOrTax: false,
  balanceCents: 0n,
  sendsInvoice: false,
  renewsAt: END,
  cancelAt: null,
  next: null,
  planned: null,
  isPlannedByOperator: false,
  pendingChange: null,
};
export const CARD: AccountView["cards"][number] = {
  id: "pm_1",
  ...VISA,
  expMonth: 12,
  expYear: 2034,
  isDefault: true,
  paysRenewals: true,
  declined: null,
};
export const ACCOUNT: AccountView = {
  plan: planOf("starter"),
  planStatus: "active",
  period: { start: START, end: END },
  lastCycle: null,
  cards: [CARD],
  subscription: SUBSCRIPTION,
  standing: null,
  creditsPerCycle: credits(24_000_000n),
  isNextMonthReturned: false,
  openInvoice: null,
  olderInvoices: [],
  unfinished: null,
  voided: null,
  ended: null,
  openPayment: null,
  mayNotBuy: null,
  purchasesPaused: null,
  orderReferences: new Map(),
  grantSources: new Map(),
  openOrders: [],
  expiredAtStart: NO_CREDITS,
  recentUse: { used: credits(700_000n), ms: 7 * 24 * HOUR_MS },
  now: NOW,
};
export const GRANT: GrantView = {
  id: "g1",
  kind: "plan",
  source: "plan:1",
  credits: credits(24_000_000n),
  remaining: credits(20_000_000n),
  held: NO_CREDITS,
  spent: credits(4_000_000n),
  paidBack: NO_CREDITS,
  revoked: NO_CREDITS,
  startsAt: START,
  expiresAt: END,
  createdAt: START,
  frozen: false,
};

/** A balance of these grants; `total` is what they gave. */
export function balanceOf(grants: readonly GrantView[], more: Partial<BalanceView> = {}): BalanceView {
  const sum = (list: readonly bigint[]) => credits(list.reduce((all, each) => all + each, 0n));
  const left = (list: readonly GrantView[]) => sum(list.map((each) => each.remaining));
  const usable = grants.filter((each) => !each.frozen);
  const frozen = grants.filter((each) => each.frozen);
  return {
    startedAt: START,
    total: sum(grants.map((each) => each.credits)),
    used: sum(grants.map((each) => each.spent)),
    paidBack: NO_CREDITS,
    held: NO_CREDITS,
    frozen: left(frozen),
    expired: NO_CREDITS,
    remaining: left(usable),
    totalPlan: sum(grants.map((each) => each.credits)),
    totalAddOn: NO_CREDITS,
    carriedOver: [],
    owed: NO_CREDITS,
    remainingPlan: left(usable),
    remainingAddOn: NO_CREDITS,
    frozenPlan: left(frozen.filter((each) => each.kind === "plan")),
    frozenAddOn: left(frozen.filter((each) => each.kind !== "plan")),
    frozenByUs: NO_CREDITS,
    heldByKind: { plan: NO_CREDITS, promotional: NO_CREDITS, adjustment: NO_CREDITS, purchase: NO_CREDITS },
    nextExpiry: null,
    lastSeq: 1n,
    mustOpen: false,
    grants,
    ...more,
  };
}

export const WELL = balanceOf([GRANT]);
export const EMPTY = balanceOf([{ ...GRANT, remaining: NO_CREDITS, spent: GRANT.credits }]);
export const FROZEN = balanceOf([{ ...GRANT, frozen: true }]);
export const INDEBTED = balanceOf([], { owed: credits(640_000n) });
export const LOW = balanceOf([{ ...GRANT, remaining: credits(3_000_000n) }]);

export const ORDER: OpenOrderView = {
  id: "ord_1",
  reference: "CR-1",
  status: "pending",
  amountCents: cents(12_500n),
  credits: credits(10_000_000n),
  expiresAt: END,
  canceling: false,
  underReview: false,
  attempt: null,
};
export const order = (status: OpenOrderView["status"], more: Partial<OpenOrderView> = {}): OpenOrderView => ({
  ...ORDER,
  status,
  attempt: { status: "declined", declineCode: "insufficient_funds", card: VISA },
  ...more,
});
export const PAYMENT: NonNullable<AccountView["openPayment"]> = {
  id: "pay_1",
  kind: "upgrade",
  status: "requires_action",
  toPlan: planOf("premium"),
  amountCents: cents(49_900n),
  card: VISA,
};
export const INVOICE: NonNullable<AccountView["openInvoice"]> = {
  id: "in_1",
  number: "A-1",
  plan: planOf("starter"),
  period: { start: START, end: END },
  dueCents: cents(29_900n),
  payBy: null,
  wasTried: true,
  nextAttemptAt: plus(END, 0),
  failureCode: "insufficient_funds",
  declinedCards: [CARD.id],
  credits: credits(24_000_000n),
};
export const ENDED: NonNullable<AccountView["ended"]> = {
  plan: planOf("starter"),
  at: plus(NOW, -HOUR_MS),
  expired: credits(9_270_000n),
  revoked: NO_CREDITS,
  left: null,
};
export const FREE: Partial<AccountView> = {
  plan: planOf("free"),
  subscription: null,
  cards: [],
  mayNotBuy: "plan_required",
};
export const PAST_DUE: Partial<AccountView> = {
  planStatus: "past_due",
  mayNotBuy: "past_due",
  openInvoice: INVOICE,
};
