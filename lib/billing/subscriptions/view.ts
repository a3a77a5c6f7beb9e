import type { BillingPeriod } from "../../calendar";
import { getPlan, type NamedPlan, namePlan, type Plan, type PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { toPublicId } from "../../ids";
import { type Cents, type Credits, timesCents } from "../../money/credits";
import type { AccountRow } from "../account";
import { MONTHS } from "../allowances/pieces";
import { monthsOn } from "../allowances/running-cycle";
import type { SoldRow } from "../subscription-row";
import type { Offer } from "./offers";
import type { PlanPaymentRow } from "./payment-rows";
import { isOperatorsPlan, type PlannedChange, plannedChange } from "./planned";
import {
  type BilledAs,
  billedAs,
  type ItemJson,
  itemOf,
  type LineJson,
  quantityOf,
  tellableCents,
} from "./standing";
import type { RaisedPlan } from "./standing-rows";

/** What an account subscribes to. */
export type SubscriptionView = {
  readonly interval: PlanInterval;
  /** How many of the plan: seats, as it were. */
  readonly quantity: number;
  /** An interval, of one; null while its price cannot be told. */
  readonly pieceCents: Cents | null;
  /** An interval, of all. */
  readonly priceCents: Cents | null;
  /** A month, of all. */
  readonly creditsPerCycle: Credits;
  /** What the running period was billed as, where the plan became another in it that is billed from the next on. */
  readonly billedAs: BilledAs | null;
  /** It was raised in the running period, and what that brings comes with the next invoice. */
  readonly raised: RaisedPlan | null;
  /** Stripe charges something else than the price: a discount, or tax. */
  readonly hasDiscountOrTax: boolean;
  /** Kept of the customer at Stripe: below zero invoices are paid with it first, above zero it is added to the next one. */
  readonly balanceCents: bigint;
  /** Its invoices are sent by mail, and nothing is charged by itself. */
  readonly sendsInvoice: boolean;
  /** The end of what is paid for; the running allowance's end is the account's period's. */
  readonly renewsAt: Date;
  readonly cancelAt: Date | null;
  /** What the customer chose to come instead. */
  readonly next: {
    readonly plan: Plan;
    readonly interval: PlanInterval;
    readonly quantity: number;
    /** An interval, of all. */
    readonly priceCents: Cents;
    /** A month, of all. */
    readonly creditsPerCycle: Credits;
  } | null;
  /** What an operator planned instead of the same again. */
  readonly planned: PlannedChange | null;
  /** An operator decided how it goes on: only ending it is left to the customer, who cannot take that back here. */
  readonly isPlannedByOperator: boolean;
  /** What was chosen for the end of what is paid for, while Stripe has not confirmed it. */
  readonly pendingChange:
    | { readonly kind: "keep" | "cancel" }
    | { readonly kind: "change"; readonly plan: Plan; readonly interval: PlanInterval }
    | null;
};

/**
 * What is charged when it renews; null where that is not known: it cannot be read, or Stripe adds tax, takes off a discount, or
 * settles the customer's balance with it.
 */
export const chargedNext = (view: SubscriptionView): Cents | null =>
  view.hasDiscountOrTax || view.balanceCents !== 0n ? null : listedNext(view);

/** The price of what comes when it renews, before discounts, taxes and the customer's balance; null where that cannot be read. */
export function listedNext({ next, planned, priceCents, renewsAt }: SubscriptionView): Cents | null {
  if (next) return next.priceCents;
  if (!planned || planned.at > renewsAt) return priceCents;
  return planned.offer?.priceCents ?? null;
}

/** What an offer costs an interval and gives a month as the plan that follows: however many there are of this one are kept. */
export const asFollowing = (
  { priceCents, creditsPerCycle }: Pick<Offer, "priceCents" | "creditsPerCycle">,
  { quantity }: Pick<SubscriptionView, "quantity">,
): Pick<Offer, "priceCents" | "creditsPerCycle"> => ({
  priceCents: timesCents(priceCents, quantity),
  creditsPerCycle: (creditsPerCycle * BigInt(quantity)) as Credits,
});

/** An invoice of a plan that is to be paid. */
export type OpenInvoiceView = {
  readonly id: string;
  readonly number: string | null;
  readonly plan: NamedPlan | null;
  /** That it bills; null where it has no line of a plan for a time of its own. */
  readonly period: BillingPeriod | null;
  readonly dueCents: Cents;
  /** It is sent by mail, and nothing is charged by itself: until when it is to be paid. */
  readonly payBy: Date | null;
  /** Whether a payment for it was tried. */
  readonly wasTried: boolean;
  /** When Stripe tries again by itself; null: it does not. */
  readonly nextAttemptAt: Date | null;
  /** Stripe's code, for choosing a sentence; never shown as it is. */
  readonly failureCode: string | null;
  /** Ids of the cards that were declined for it, by Stripe's own tries and by ours. */
  readonly declinedCards: readonly string[];
  /** What a month of the plan it bills gives; null where it does not say. */
  readonly credits: Credits | null;
};

/** As the database builds it. */
export type OpenInvoiceJson = Pick<OpenInvoiceView, "id" | "number" | "failureCode" | "declinedCards"> & {
  plan: PlanId | null;
  start: string | null;
  end: string | null;
  dueCents: string;
  sendsInvoice: boolean;
  dueAt: string | null;
  attempts: number;
  nextAttemptAt: string | null;
  credits: string | null;
};

export function toOpenInvoice({ plan, start, end, ...json }: OpenInvoiceJson): OpenInvoiceView {
  const { id, number, failureCode, declinedCards, dueCents, nextAttemptAt, sendsInvoice, dueAt, attempts } =
    json;
  return {
    ...{ id, number, failureCode, declinedCards },
    plan: plan && namePlan(plan),
    period: start && end ? { start: new Date(start), end: new Date(end) } : null,
    dueCents: BigInt(dueCents) as Cents,
    payBy: sendsInvoice && dueAt ? new Date(dueAt) : null,
    wasTried: attempts > 0,
    nextAttemptAt: nextAttemptAt === null ? null : new Date(nextAttemptAt),
    credits: json.credits === null ? null : (BigInt(json.credits) as Credits),
  };
}

export type OpenPlanPaymentView = {
  readonly id: string;
  readonly kind: PlanPaymentRow["kind"];
  readonly status: "processing" | "requires_action";
  readonly toPlan: Plan;
  readonly amountCents: Cents;
  readonly card: { readonly brand: string; readonly last4: string };
};

/** As the database builds it. */
export type OpenPaymentJson = Pick<PlanPaymentRow, "id" | "kind" | "status" | "toPlan"> &
  Pick<OpenPlanPaymentView, "card"> & { amountCents: string };

export const toOpenPayment = ({
  id,
  kind,
  status,
  toPlan,
  amountCents,
  card,
}: OpenPaymentJson): OpenPlanPaymentView => ({
  amountCents: BigInt(amountCents) as Cents,
  card,
  id: toPublicId("planPayment", id),
  kind,
  status: status === "requires_action" ? "requires_action" : "processing",
  toPlan: getPlan(toPlan),
});

/** Of which plan and period plan credits are. */
export type GrantSource = {
  readonly plan: NamedPlan;
  readonly period: BillingPeriod;
  /** Closed out: what was left of it was revoked. */
  readonly revoked: boolean;
};

/** As the database builds it. */
export type GrantSourceJson = {
  plan: PlanId;
  start: string;
  end: string;
  revoked: boolean;
  /** The line's, which may pay for several months. */
  periodStart: string;
  /** Because its invoice was voided. */
  voided: boolean;
};

export const toGrantSource = ({ plan, start, end, revoked }: GrantSourceJson): GrantSource => ({
  plan: namePlan(plan),
  period: { start: new Date(start), end: new Date(end) },
  revoked,
});

/** Past its period's end the account has gone on with what follows, whether or not Stripe has told of it yet. */
export function asItRuns(row: SoldRow, account: Pick<AccountRow, "periodStart" | "periodEnd">) {
  const { nextPlan, nextInterval, nextPriceCents, nextCreditsPerCycle } = row;
  if (account.periodStart < row.periodEnd) return row;
  const interval = nextInterval ?? row.interval;
  const isToCome = ({ start }: { readonly start: string }) => new Date(start) > account.periodStart;
  return {
    ...row,
    schedule: row.schedule && { ...row.schedule, next: row.schedule.next.filter(isToCome) },
    // The account's ends with its month, also in a year that is paid for.
    periodEnd: interval === "year" ? monthsOn(row.anchor, row.periodEnd, MONTHS.year) : account.periodEnd,
    plan: nextPlan ?? row.plan,
    interval,
    priceCents: nextPriceCents ?? row.priceCents,
    creditsPerCycle: nextCreditsPerCycle ?? row.creditsPerCycle,
    nextPlan: null,
    nextInterval: null,
    nextPriceCents: null,
    nextCreditsPerCycle: null,
  };
}

/** What beside its row tells of a subscription. */
export type Told = {
  readonly items: readonly ItemJson[];
  readonly lines: readonly LineJson[];
  readonly raised: RaisedPlan | null;
  readonly balanceCents: bigint;
};

export function toSubscriptionView(
  row: SoldRow,
  { items, lines, raised, balanceCents }: Told,
): SubscriptionView {
  const { nextPlan, nextInterval, nextPriceCents, nextCreditsPerCycle } = row;
  const isPlannedByOperator = isOperatorsPlan(row);
  const hasNext =
    !isPlannedByOperator &&
    nextPlan &&
    nextInterval &&
    nextPriceCents !== null &&
    nextCreditsPerCycle !== null;
  const item = itemOf(items, row.itemId);
  const quantity = quantityOf(item);
  // Another product's items may come with it.
  const nextItem = row.schedule?.next[0]?.items.find(({ price }) => price.plan !== null);
  const nextQuantity = nextItem?.quantity ?? quantity;
  const pieceCents = tellableCents(item, row.priceCents);
  return {
    interval: row.interval,
    quantity,
    pieceCents,
    priceCents: pieceCents === null ? null : timesCents(pieceCents, quantity),
    creditsPerCycle: (row.creditsPerCycle * BigInt(quantity)) as Credits,
    billedAs: raised ? null : billedAs(item, lines),
    raised,
    hasDiscountOrTax: row.hasDiscountOrTax,
    balanceCents,
    sendsInvoice: row.sendsInvoice,
    renewsAt: row.periodEnd,
    cancelAt: row.cancelAt,
    next: hasNext
      ? {
          plan: getPlan(nextPlan),
          interval: nextInterval,
          quantity: nextQuantity,
          priceCents: timesCents(nextPriceCents, nextQuantity),
          creditsPerCycle: (nextCreditsPerCycle * BigInt(nextQuantity)) as Credits,
        }
      : null,
    planned: plannedChange(row, quantity),
    isPlannedByOperator,
    pendingChange: toPendingChange(row),
  };
}

/** Credits of a month that ended before its time, because the invoice for it was canceled. */
export type VoidedMonth = { readonly plan: NamedPlan; readonly period: BillingPeriod };

/** Of the months given last, the one that runs now and was voided, unless it was given once more. */
export function findVoided(sources: readonly GrantSourceJson[], now: Date): VoidedMonth | null {
  const running = sources
    .map((each) => ({ ...each, ...toGrantSource(each) }))
    .filter(({ period }) => {
      return period.start <= now && now < period.end;
    });
  const [voided] = running.filter((each) => each.voided);
  const isGivenAgain = running.some((each) => !each.revoked && each.periodStart === voided?.periodStart);
  return voided && !isGivenAgain ? { plan: voided.plan, period: voided.period } : null;
}

function toPendingChange({
  pendingChange,
  pendingPlan,
  pendingInterval,
}: SoldRow): SubscriptionView["pendingChange"] {
  if (pendingChange !== "change") return pendingChange && { kind: pendingChange };
  return pendingPlan && pendingInterval
    ? { kind: pendingChange, plan: getPlan(pendingPlan), interval: pendingInterval }
    : null;
}
