import type { StoredSchedule } from "../../../db/schema";
import { getPlan, type Plan, type PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import { type Cents, type Credits, cents, timesCents } from "../../money/credits";
import type { SubscriptionRow } from "../subscription-row";
import { ownerOf } from "./schedules";

/** What an operator planned for a subscription. No button of the customer's takes it back. */
export type PlannedChange = {
  readonly at: Date;
  /** What is charged and given from then on, all pieces together; null where the plan's price cannot be read. */
  readonly offer: {
    readonly plan: Plan;
    readonly interval: PlanInterval;
    /** An interval. */
    readonly priceCents: Cents;
    /** A month. */
    readonly creditsPerCycle: Credits;
    readonly quantity: number;
  } | null;
};

/**
 * Whether an operator decided how a subscription goes on. Of a schedule that an earlier release stored, nobody can say whose
 * it is until Stripe is read again: until then it is not the customer's.
 */
export const isOperatorsPlan = ({ schedule, scheduleId, ...row }: Deciding): boolean =>
  isOperatorsEnd(row) || (schedule === null ? scheduleId !== null : ownerOf(schedule) === "operator");

type Deciding = Pick<SubscriptionRow, "schedule" | "scheduleId" | "cancelAt" | "canceledByCustomer">;

/** Whether an operator set when it ends: no customer takes that back, or puts it off. */
const isOperatorsEnd = ({
  cancelAt,
  canceledByCustomer,
}: Pick<Deciding, "cancelAt" | "canceledByCustomer">) => cancelAt !== null && !canceledByCustomer;

/**
 * What an operator planned next that is not the same again: another price, or another quantity of it than `quantity`, which runs.
 * Null where no operator planned anything, or it only ends.
 */
export function plannedChange(
  row: Deciding & Pick<SubscriptionRow, "periodEnd" | "priceId">,
  quantity: number,
): PlannedChange | null {
  const { schedule, scheduleId, periodEnd, priceId } = row;
  if (!isOperatorsPlan(row)) return null;
  if (schedule === null) return scheduleId === null ? null : periodEnd && { at: periodEnd, offer: null };
  const differs = ({ items }: StoredSchedule["next"][number]) =>
    !items.some((each) => each.price.priceId === priceId && each.quantity === quantity);
  const coming = schedule.next.find(differs) ?? schedule.next[0];
  return coming ? { at: new Date(coming.start), offer: offerOf(coming) } : null;
}

function offerOf({ items }: StoredSchedule["next"][number]): PlannedChange["offer"] {
  const ofPlans = items.filter(({ price }) => price.plan !== null);
  const [only, ...more] = ofPlans;
  const { plan, interval, unitCents, creditsPerMonth } = only?.price ?? {};
  if (!only || more.length > 0 || !plan || !interval || !unitCents || !creditsPerMonth) return null;
  return {
    plan: getPlan(plan as PlanId),
    interval,
    priceCents: timesCents(cents(BigInt(unitCents)), only.quantity),
    creditsPerCycle: (BigInt(creditsPerMonth) * BigInt(only.quantity)) as Credits,
    quantity: only.quantity,
  };
}
