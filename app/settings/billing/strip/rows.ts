import type { AccountView, OpenOrderView } from "@/lib/billing/account-view";
import { isOfTheCard, renewalCardExpiry } from "@/lib/billing/cards/view";
import { type Forecast, forecast } from "@/lib/billing/forecast";
import { levelOf } from "@/lib/billing/notices/low-credits";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import type { BalanceView } from "@/lib/ledger/queries";
import { type Cents, type Credits, sumCredits } from "@/lib/money/credits";
import { amountsToBuy } from "../amounts-to-buy";
import { type Due, dueOf, isUnfinished } from "../plans/due";
import { isEnding, offersOf } from "../plans/standing-offers";

/** What the strip is chosen by: an account and its balance of one moment, and whether this person may pay for it. */
export type StripState = {
  readonly account: AccountView;
  readonly balance: BalanceView;
  readonly mayManage: boolean;
};

/** How this person gets more credits. `ask`: somebody else of the account has to; `none`: nobody can just now. */
export type Way =
  | { readonly kind: "buy"; readonly cents: Cents | null }
  /** The invoice of a plan that has ended: its credits come once it is paid. */
  | { readonly kind: "pay"; readonly cents: Cents }
  | { readonly kind: "upgrade" | "ask" | "none" };

type Card = { readonly brand: string; readonly last4: string };

/** A payment that has not reached an end. */
export type UnderWay = {
  readonly of: "order" | "plan";
  readonly id: string;
  /** What it is for, after "for": `order CR-…`, `your upgrade to Premium`. */
  readonly what: string;
  readonly amountCents: Cents;
  readonly card: Card | null;
};

type Invoice = NonNullable<AccountView["openInvoice"]>;
type Subscription = NonNullable<AccountView["subscription"]>;

/** One thing to say of an account, with what its sentence needs. */
export type Row =
  | { readonly kind: "confirming"; readonly payment: UnderWay; readonly underReview: boolean }
  | { readonly kind: "bank"; readonly payment: UnderWay }
  | { readonly kind: "past_due"; readonly due: PastDue; readonly invoice: Invoice }
  | {
      readonly kind: "unfinished";
      readonly plan: NonNullable<AccountView["unfinished"]>;
      readonly invoice: Invoice | null;
    }
  | { readonly kind: "frozen"; readonly credits: Credits }
  | { readonly kind: "disputed"; readonly credits: Credits }
  | { readonly kind: "frozen_by_us"; readonly credits: Credits }
  | { readonly kind: "owed"; readonly credits: Credits; readonly way: Way }
  | { readonly kind: "nothing_left"; readonly held: Credits; readonly hadAny: boolean; readonly way: Way }
  | { readonly kind: "declined"; readonly order: OpenOrderView }
  | {
      readonly kind: "ended";
      readonly ended: AccountView["ended"];
      readonly invoice: Invoice | null;
    }
  | { readonly kind: "standing"; readonly standing: PlanStanding }
  | { readonly kind: "invoice"; readonly invoice: Invoice }
  | {
      readonly kind: "canceling";
      readonly subscription: Subscription;
      readonly at: Date;
      /** What is lost then of what is left now, if it is not used; null where more is to come before. */
      readonly losing: Credits | null;
    }
  | { readonly kind: "low"; readonly isShort: boolean; readonly pace: Forecast | null; readonly way: Way }
  | { readonly kind: "add_ons"; readonly credits: Credits; readonly at: Date }
  | {
      readonly kind: "card";
      readonly card: AccountView["cards"][number];
      readonly problem: "soon" | "over" | "declined";
      readonly subscription: Subscription;
    }
  | { readonly kind: "order"; readonly order: OpenOrderView; readonly more: number }
  | { readonly kind: "change"; readonly subscription: Subscription }
  | { readonly kind: "coming" }
  | { readonly kind: "voided" | "raised" | "changed" }
  | { readonly kind: "renewed"; readonly credits: Credits };

export type RowKind = Row["kind"];
type PastDue = Extract<Due, "failed" | "unpaid" | "overdue" | "also">;
type Finder = (state: StripState) => readonly Row[];

const DAY_MS = 86_400_000;
/** So long a plan that ended is told of, where nothing of it is to be paid. */
const ENDED_MS = 7 * DAY_MS;
/** So long before they expire; who bought them later than that has just confirmed that they know. */
const ADD_ONS_MS = 3 * DAY_MS;

/** Everything there is to say, the most important first. */
export const rowsOf = (state: StripState): readonly Row[] => IN_ORDER.flatMap((find) => find(state));

/**
 * Whether this person can do something about it. Where a payment is being confirmed that is to wait: it is acted on by not paying
 * again, whoever looks.
 */
export function canAct(row: Row, { account, mayManage }: StripState): boolean {
  switch (row.kind) {
    case "confirming":
      return true;
    case "owed":
    case "nothing_left":
    case "low":
      return row.way.kind !== "none";
    case "bank":
    case "declined":
    case "ended":
    case "canceling":
    case "card":
    case "order":
      return mayManage;
    case "change":
      return row.subscription.isPlannedByOperator || (mayManage && !isKept(row.subscription));
    case "past_due":
    case "invoice":
      return mayManage && !account.openPayment;
    case "unfinished":
      return mayManage && row.invoice !== null && !account.openPayment;
    case "standing":
      return offersOf(row.standing, account, mayManage).length > 0;
    default:
      return false;
  }
}

/** The strip: what comes first of what this person may act on, or else of all, and the rest. */
export function stripOf(
  state: StripState,
  only: readonly RowKind[] | null = null,
): { readonly first: Row; readonly others: readonly Row[] } | null {
  const rows = rowsOf(state).filter(({ kind }) => only?.includes(kind) ?? true);
  const first = rows.find((row) => canAct(row, state)) ?? rows[0];
  return first ? { first, others: rows.filter((row) => row !== first) } : null;
}

/** Whether the plan was taken back from ending, which the payment provider has not confirmed yet: nothing is left to do. */
export const isKept = ({ pendingChange }: Subscription): boolean => pendingChange?.kind === "keep";

function ordersUnderWay(account: AccountView, status: OpenOrderView["status"]): readonly OpenOrderView[] {
  return account.openOrders.filter((each) => each.status === status && !each.canceling && !each.underReview);
}

const ofOrder = ({ id, reference, amountCents, attempt }: OpenOrderView): UnderWay => ({
  of: "order",
  id,
  what: `order ${reference}`,
  amountCents,
  card: attempt?.card ?? null,
});

function ofPlan({ openPayment }: AccountView, status: "processing" | "requires_action"): readonly UnderWay[] {
  if (openPayment?.status !== status) return [];
  const { id, kind, toPlan, amountCents, card } = openPayment;
  const what = kind === "upgrade" ? `your upgrade to ${toPlan.name}` : "your renewal";
  return [{ of: "plan", id, what, amountCents, card }];
}

const confirming: Finder = ({ account }) => [
  ...[...ofPlan(account, "processing"), ...ordersUnderWay(account, "processing").map(ofOrder)].map(
    (payment) => ({ kind: "confirming" as const, payment, underReview: false }),
  ),
  ...account.openOrders
    .filter((each) => each.underReview)
    .map((each) => ({ kind: "confirming" as const, payment: ofOrder(each), underReview: true })),
];

const bank: Finder = ({ account }) =>
  [...ofPlan(account, "requires_action"), ...ordersUnderWay(account, "requires_action").map(ofOrder)].map(
    (payment) => ({ kind: "bank", payment }),
  );

const pastDue: Finder = ({ account, balance }) => {
  const { openInvoice: invoice, unfinished } = account;
  const due = dueOf(account);
  if (unfinished && isUnfinished(account)) return [{ kind: "unfinished", plan: unfinished, invoice }];
  if (invoice && (due === "failed" || due === "unpaid" || due === "overdue" || due === "also"))
    return [{ kind: "past_due", due, invoice }];
  if (due === "coming") return [{ kind: "coming" }];
  const { frozenPlan } = balance;
  return frozenPlan > 0n ? [{ kind: "frozen", credits: frozenPlan }] : [];
};

/** What may not be spent while a bank decides about their payment. */
const disputed: Finder = ({ balance }) => {
  const { frozenAddOn } = balance;
  return frozenAddOn > 0n ? [{ kind: "disputed", credits: frozenAddOn }] : [];
};

/** What an operator froze. */
const frozenByUs: Finder = ({ balance }) => {
  const { frozenByUs: credits } = balance;
  return credits > 0n ? [{ kind: "frozen_by_us", credits }] : [];
};

function wayOf({ account, mayManage }: StripState, cents: Cents | null): Way {
  if (account.mayNotBuy === null) return mayManage ? { kind: "buy", cents } : { kind: "ask" };
  if (account.mayNotBuy !== "plan_required") return { kind: "none" };
  return { kind: mayManage ? "upgrade" : "ask" };
}

const owed: Finder = (state) => {
  const { account, balance } = state;
  if (balance.owed === 0n) return [];
  const { openInvoice, openPayment } = account;
  const pays = openInvoice && !openPayment && dueOf(account) === "ended" && state.mayManage;
  const way: Way = pays
    ? { kind: "pay", cents: openInvoice.dueCents }
    : wayOf(state, amountsToBuy(account, balance).debt);
  return [{ kind: "owed", credits: balance.owed, way }];
};

const nothingLeft: Finder = (state) => {
  const { account, balance } = state;
  const { remaining, frozen, owed: debt, held, total } = balance;
  if (remaining > 0n || frozen > 0n || debt > 0n) return [];
  const way = wayOf(state, amountsToBuy(account, balance).rest);
  return [{ kind: "nothing_left", held, hadAny: total > 0n, way }];
};

const isOfThisCycle = ({ period }: AccountView, { expiresAt }: OpenOrderView): boolean =>
  expiresAt.getTime() === period.end.getTime();

const declined: Finder = ({ account }) =>
  ordersUnderWay(account, "declined")
    .filter((order) => isOfThisCycle(account, order))
    .map((order) => ({ kind: "declined", order }));

const ended: Finder = ({ account }) => {
  const { ended: plan, subscription, openInvoice, now } = account;
  if (dueOf(account) === "ended") return [{ kind: "ended", ended: plan, invoice: openInvoice }];
  if (!plan || subscription || now.getTime() - plan.at.getTime() > ENDED_MS) return [];
  return [{ kind: "ended", ended: plan, invoice: null }];
};

/** Those that hold the plan, and those that just run their course, which only the last lines tell. */
const HOLDS: readonly PlanStanding["kind"][] = ["trial_over", "unpaid", "collection_paused", "unknown"];

const standingIf =
  (holds: boolean): Finder =>
  ({ account: { standing, openInvoice } }) =>
    !standing || (standing.kind === "unpaid" && openInvoice) || HOLDS.includes(standing.kind) !== holds
      ? []
      : [{ kind: "standing", standing }];

const byMail: Finder = ({ account }) =>
  account.openInvoice && dueOf(account) === "by_mail"
    ? [{ kind: "invoice", invoice: account.openInvoice }]
    : [];

const canceling: Finder = ({ account, balance }) => {
  const { subscription, period } = account;
  if (!subscription || !isEnding(account)) return [];
  const at = subscription.cancelAt ?? subscription.renewsAt;
  const isLast = period.end >= at;
  const ending = balance.grants.filter((each) => !each.frozen && each.expiresAt <= at);
  const losing = isLast ? sumCredits(ending.map((each) => each.remaining)) : null;
  return [{ kind: "canceling", subscription, at, losing }];
};

const low: Finder = (state) => {
  const { account, balance } = state;
  if (balance.remaining === 0n) return [];
  const pace = forecast({ recent: account.recentUse, grants: balance.grants }, account.period, account.now);
  const isShort = pace !== null && pace.lastsUntil !== null;
  if (!isShort && levelOf(balance) === null) return [];
  return [{ kind: "low", isShort, pace, way: wayOf(state, amountsToBuy(account, balance).rest) }];
};

const addOns: Finder = ({ account: { now }, balance }) => {
  const isEndingSoon = ({ expiresAt, startsAt }: BalanceView["grants"][number]) =>
    expiresAt.getTime() - now.getTime() <= ADD_ONS_MS &&
    expiresAt.getTime() - startsAt.getTime() > ADD_ONS_MS;
  const ending = balance.grants
    .filter((each) => each.kind !== "plan" && !each.frozen && each.remaining > 0n && isEndingSoon(each))
    .toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
  const [first] = ending;
  if (!first) return [];
  const together = ending.filter((each) => each.expiresAt.getTime() === first.expiresAt.getTime());
  return [
    { kind: "add_ons", credits: sumCredits(together.map((each) => each.remaining)), at: first.expiresAt },
  ];
};

const card: Finder = ({ account }) => {
  const { cards, subscription, now } = account;
  const renewing = cards.find((each) => each.paysRenewals);
  if (!renewing || !subscription || isEnding(account)) return [];
  const expiry = renewalCardExpiry(renewing, { renewsAt: subscription.renewsAt, now });
  const wasDeclined = renewing.declined && isOfTheCard(renewing.declined.code);
  const problem = expiry === "fine" ? (wasDeclined ? "declined" : null) : expiry;
  return problem ? [{ kind: "card", card: renewing, problem, subscription }] : [];
};

const unfinishedOrder: Finder = ({ account }) => {
  const isTold = (order: OpenOrderView) => order.status === "declined" && isOfThisCycle(account, order);
  const waiting = account.openOrders.filter(
    (each) =>
      !each.underReview && (each.canceling || !["processing", "requires_action"].includes(each.status)),
  );
  const [newest, ...more] = waiting.filter((each) => each.canceling || !isTold(each));
  return newest ? [{ kind: "order", order: newest, more: more.length }] : [];
};

const change: Finder = ({ account }) => {
  const { subscription } = account;
  if (!subscription || isEnding(account)) return [];
  const { pendingChange, next, planned } = subscription;
  return pendingChange || next || planned ? [{ kind: "change", subscription }] : [];
};

const news: Finder = ({ account: { subscription, voided } }) => {
  const { raised, billedAs, cancelAt, next, planned } = subscription ?? {};
  return [
    ...(voided ? [{ kind: "voided" as const }] : []),
    ...(raised ? [{ kind: "raised" as const }] : []),
    ...(billedAs && !cancelAt && !next && !planned ? [{ kind: "changed" as const }] : []),
  ];
};

const renewed: Finder = ({ account: { expiredAtStart, ended: plan, subscription } }) =>
  expiredAtStart > 0n && !(plan && !subscription) ? [{ kind: "renewed", credits: expiredAtStart }] : [];

const IN_ORDER: readonly Finder[] = [
  confirming,
  bank,
  pastDue,
  disputed,
  frozenByUs,
  owed,
  nothingLeft,
  declined,
  ended,
  renewed,
  standingIf(true),
  byMail,
  canceling,
  low,
  addOns,
  card,
  unfinishedOrder,
  change,
  standingIf(false),
  news,
];
