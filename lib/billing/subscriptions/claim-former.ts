import { and, eq, isNotNull, isNull } from "drizzle-orm";
import { subscriptions } from "../../../db/schema";
import { monthsAfter } from "../../calendar";
import { compareOffers } from "../../catalog/prices";
import type { BillingDeps } from "../deps";
import type { BillingFacts, ScheduleFact, SubscriptionFact } from "../facts";
import type { PricedPlan } from "../plan-gateway";
import { isSold, type SoldRow, type SubscriptionRow } from "../subscription-row";
import { markOf, ownerOf, SCHEDULE_METADATA } from "./schedules";

/**
 * The release before this one wrote nothing on a schedule that says the customer chose it. One that it stored, and that is
 * as it made them, is the customer's, and gets our metadata when it is read for the first time, before anything of it is
 * shown. Every other is an operator's. Null where Stripe did not answer: then nothing of the read may be stored.
 */
export async function claimFormerSchedules(
  deps: BillingDeps,
  accountId: string,
  facts: BillingFacts,
): Promise<BillingFacts | null> {
  if (!facts.subscriptions.some(mayBeFormer)) return facts;
  const rows = await deps.db
    .select()
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.accountId, accountId),
        isNotNull(subscriptions.scheduleId),
        isNull(subscriptions.schedule),
      ),
    );
  if (rows.length === 0) return facts;
  const onSale = await deps.plans.listPlanPrices();
  if (onSale.kind !== "answered") return null;
  const claimed: SubscriptionFact[] = [];
  for (const fact of facts.subscriptions) {
    const row = rows.find(({ id }) => id === fact.id);
    const isOurs = mayBeFormer(fact) && row && isAsMade(row, fact.schedule, onSale.value);
    const schedule = isOurs ? await claim(deps, fact.schedule) : fact.schedule;
    if (schedule === "unknown") return null;
    claimed.push({ ...fact, schedule });
  }
  return { ...facts, subscriptions: claimed };
}

type WithSchedule = SubscriptionFact & { readonly schedule: ScheduleFact };

const mayBeFormer = (fact: SubscriptionFact): fact is WithSchedule =>
  fact.schedule !== null &&
  Object.keys(fact.schedule.metadata).length === 0 &&
  ownerOf(fact.schedule) === "operator";

/** One phase of one interval with one piece of something smaller, at our price: all that customers could choose. */
function isAsMade(row: SubscriptionRow, schedule: ScheduleFact, onSale: readonly PricedPlan[]): boolean {
  const [coming, ...later] = schedule.next;
  const [item, ...others] = coming?.items ?? [];
  if (!coming || !item || later.length > 0 || others.length > 0 || schedule.endsByCancel) return false;
  const { price, quantity } = item;
  const offer = onSale.find(({ priceId }) => priceId === price.priceId);
  if (!offer || !isSold(row) || quantity !== 1 || row.scheduleId !== schedule.id) return false;
  const isStored = row.nextPlan === offer.plan && row.nextInterval === offer.interval;
  const end = monthsAfter(coming.start, offer.interval === "year" ? 12 : 1);
  return isStored && coming.end?.getTime() === end.getTime() && isSmaller(offer, row);
}

const isSmaller = (offer: PricedPlan, row: SoldRow): boolean => compareOffers(offer, row) < 0;

async function claim(deps: BillingDeps, schedule: ScheduleFact): Promise<ScheduleFact | "unknown"> {
  const [coming] = schedule.next;
  const reading = coming?.items[0]?.price.reading;
  if (!coming || reading?.kind !== "plan") return schedule;
  const chosen = `${reading.plan}, ${reading.interval}`;
  const asked = await deps.plans.claimSchedule({ scheduleId: schedule.id, chosen });
  if (asked.kind === "unknown") return "unknown";
  // Refused, it is over by now, or somebody's who has changed it.
  if (asked.kind === "refused") return schedule;
  const metadata = { [SCHEDULE_METADATA.chosen]: chosen, [SCHEDULE_METADATA.phase]: markOf(coming) };
  return { ...schedule, metadata };
}
