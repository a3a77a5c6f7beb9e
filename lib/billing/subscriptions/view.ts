import type { BillingPeriod } from "../../calendar";
import { getPlan, type NamedPlan, namePlan, type Plan, type PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { toPublicId } from "../../ids";
import type { Cents, Credits } from "../../money/credits";
import type { AccountRow } from "../account";
import type { SoldRow } from "../subscription-row";
import type { PlanPaymentRow } from "./payment-rows";
import { isOperatorsPlan, type PlannedChange, plannedChange } from "./planned";

/** What an account subscribes to. */
export type SubscriptionView = {
  readonly interval: PlanInterval;
  /** An interval. */
  readonly priceCents: Cents;
  /** A month. */
  readonly creditsPerCycle: Credits;
  /** The end of what is paid for; the running allowance's end is the account's period's. */
  readonly renewsAt: Date;
  readonly cancelAt: Date | null;
  /** What the customer chose to come instead. */
  readonly next: {
    readonly plan: Plan;
    readonly interval: PlanInterval;
    readonly priceCents: Cents;
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

/** What is charged when it renews: of what comes then; null where that cannot be read. */
export function chargedNext({ next, planned, priceCents, renewsAt }: SubscriptionView): Cents | null {
  if (next) return next.priceCents;
  if (!planned || planned.at > renewsAt) return priceCents;
  return planned.offer?.priceCents ?? null;
}

/** A renewal that is not paid. */
export type OpenInvoiceView = {
  readonly id: string;
  readonly number: string | null;
  readonly dueCents: Cents;
  /** When Stripe tries again by itself; null: it does not. */
  readonly nextAttemptAt: Date | null;
  /** Stripe's code, for choosing a sentence; never shown as it is. */
  readonly failureCode: string | null;
};

/** As the database builds it. */
export type OpenInvoiceJson = Omit<OpenInvoiceView, "dueCents" | "nextAttemptAt"> & {
  dueCents: string;
  nextAttemptAt: string | null;
};

export const toOpenInvoice = ({ dueCents, nextAttemptAt, ...rest }: OpenInvoiceJson): OpenInvoiceView => ({
  ...rest,
  dueCents: BigInt(dueCents) as Cents,
  nextAttemptAt: nextAttemptAt === null ? null : new Date(nextAttemptAt),
});

export type OpenPlanPaymentView = {
  readonly id: string;
  readonly kind: PlanPaymentRow["kind"];
  readonly status: "processing" | "requires_action";
  readonly toPlan: Plan;
};

/** As a row has it, and as the database builds it. */
export type OpenPaymentJson = Pick<PlanPaymentRow, "id" | "kind" | "status" | "toPlan">;

export const toOpenPayment = ({ id, kind, status, toPlan }: OpenPaymentJson): OpenPlanPaymentView => ({
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
export type GrantSourceJson = { plan: PlanId; start: string; end: string; revoked: boolean };

export const toGrantSource = ({ plan, start, end, revoked }: GrantSourceJson): GrantSource => ({
  plan: namePlan(plan),
  period: { start: new Date(start), end: new Date(end) },
  revoked,
});

/** Past its period's end the account has gone on with what follows, whether or not Stripe has told of it yet. */
export function asItRuns(row: SoldRow, account: Pick<AccountRow, "periodStart" | "periodEnd">) {
  const { nextPlan, nextInterval, nextPriceCents, nextCreditsPerCycle } = row;
  if (account.periodStart < row.periodEnd) return row;
  const isToCome = ({ start }: { readonly start: string }) => new Date(start) > account.periodStart;
  return {
    ...row,
    schedule: row.schedule && { ...row.schedule, next: row.schedule.next.filter(isToCome) },
    periodEnd: account.periodEnd,
    plan: nextPlan ?? row.plan,
    interval: nextInterval ?? row.interval,
    priceCents: nextPriceCents ?? row.priceCents,
    creditsPerCycle: nextCreditsPerCycle ?? row.creditsPerCycle,
    nextPlan: null,
    nextInterval: null,
    nextPriceCents: null,
    nextCreditsPerCycle: null,
  };
}

export function toSubscriptionView(row: SoldRow): SubscriptionView {
  const { nextPlan, nextInterval, nextPriceCents, nextCreditsPerCycle } = row;
  const isPlannedByOperator = isOperatorsPlan(row);
  const hasNext =
    !isPlannedByOperator &&
    nextPlan &&
    nextInterval &&
    nextPriceCents !== null &&
    nextCreditsPerCycle !== null;
  return {
    interval: row.interval,
    priceCents: row.priceCents,
    creditsPerCycle: row.creditsPerCycle,
    renewsAt: row.periodEnd,
    cancelAt: row.cancelAt,
    next: hasNext
      ? {
          plan: getPlan(nextPlan),
          interval: nextInterval,
          priceCents: nextPriceCents,
          creditsPerCycle: nextCreditsPerCycle,
        }
      : null,
    planned: plannedChange(row),
    isPlannedByOperator,
    pendingChange: toPendingChange(row),
  };
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
