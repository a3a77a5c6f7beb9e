import { toPublicId } from "../ids";
import type { Totals } from "./book";
import type { DayResult } from "./compare-day";

/** A day's comparison as lines of text for operators: whole cents and credits, and the age of each line. */
export function showDay(
  { day, totals, lines, notOurs, returnsNotOurs, ofForgotten }: DayResult,
  now: Date,
): readonly string[] {
  return [
    `${day}: ${lines.length} lines; of other products ${notOurs} charges, ${returnsNotOurs} refunds and disputes${ofForgotten === 0 ? "" : `; of a Stripe account that was forgotten ${ofForgotten} orders, allowances, refunds and disputes`}`,
    ...Object.entries(totals).flatMap(([currency, each]) => showTotals(currency, each)),
    ...lines.flatMap(
      ({ kind, object, accountId, order, cents, returnedCents, currency, credits, ...rest }) => [
        [
          ` ${kind}`,
          object,
          accountId ? toPublicId("account", accountId) : "-",
          order ? toPublicId("order", order) : "-",
          `${cents} ${currency} cents`,
          ...(returnedCents === 0n ? [] : [`${returnedCents} ${currency} cents back`]),
          `${credits} credits`,
          ...(rest.since ? [`for ${showAge(now.getTime() - rest.since.getTime())}`] : []),
        ].join("  "),
        `    ${rest.why} ${rest.toDo}`,
      ],
    ),
  ];
}

function showTotals(currency: string, t: Totals): readonly string[] {
  const paidBack = t.paidBackCents === 0n ? "" : ` + paid back in full ${t.paidBackCents}`;
  const charged = `  ${currency}  charged ${t.chargedCents} = orders ${t.ordersCents} (${t.orders}, ${t.creditsSold} credits) + plans ${t.plansCents} (${t.planInvoices}, ${t.planCredits} credits)${paidBack} + unexplained ${t.unexplainedCents}  (cents)`;
  if (t.refunds + t.disputes === 0) return [charged];
  return [
    charged,
    `  ${currency}  refunded ${t.refundedCents} (${t.refunds}) + disputed ${t.disputedCents} (${t.disputes}) = orders ${t.returnedOfOrdersCents} + plans ${t.returnedOfPlansCents} + others ${t.returnedOfOthersCents} + unexplained ${t.unexplainedReturnedCents}  (cents)`,
  ];
}

const MINUTE_MS = 60_000;

/** `3 d 4 h`, `5 h 6 min`, `7 min`. */
function showAge(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
