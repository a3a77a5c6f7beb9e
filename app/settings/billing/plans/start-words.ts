import { listOffers, type Offer } from "@/lib/billing/subscriptions/offers";
import { monthsAfter } from "@/lib/calendar";
import type { NamedPlan } from "@/lib/catalog/plans";
import { formatCents, formatCredits } from "@/lib/money/format";
import { formatInstant } from "@/lib/wording/instants";

type Where = { readonly locale: string; readonly timeZone: string };

/** What a plan that ended can be started again with: its month. Null: it is not sold any more. */
export const offerAgain = (plan: Pick<NamedPlan, "id"> | null | undefined): Offer | null =>
  listOffers().find(
    (each) => each.plan.id === plan?.id && each.interval === "month" && !each.plan.isRetired,
  ) ?? null;

/** `$299.00 now and every month, for 24,000,000 new credits until Jan 1, 2027`, where it is started now. */
export const startInWords = ({ priceCents, creditsPerCycle }: Offer, now: Date, where: Where): string =>
  `${formatCents(priceCents, where.locale)} now and every month, for ${formatCredits(creditsPerCycle, where.locale)} new credits until ${formatInstant(monthsAfter(now, 1), where, "date")}`;
