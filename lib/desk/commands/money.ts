import type { Database } from "../../../db/client";
import { sumMonths } from "../../ledger/month-sums";
import { databaseNow } from "../../reconciliation/results";
import { creditMonths } from "../money/credit-months";
import { monthOf, readMonth, withinMonth } from "../money/month";
import { type Amounts, type Revenue, readRevenue } from "../money/revenue";
import { inColumns } from "./said";

/**
 * The money of a month (`2026-11`, else the running one) by day, plan and bundle, in a currency's smallest units, and the
 * credits of all months: 1 where a day differs from what Stripe says, 2 where that is no month.
 */
export async function sayMoney(db: Database, asked: string | undefined) {
  const running = monthOf(await databaseNow(db));
  const month = readMonth(asked ?? running);
  if (month === null) return { rows: null, lines: ["A month looks like 2026-11."], code: 2 as const };
  const [revenue, sums] = await Promise.all([readRevenue(db, withinMonth(month)), sumMonths(db)]);
  const credits = creditMonths(sums, running);
  const sold = revenue.of.map((each) => [
    each.what,
    each.id,
    each.currency,
    ...[each.sales, each.cents, each.credits].map(String),
  ]);
  const months = credits.map((each) => [
    each.month,
    ...[each.grantedInAll, each.used, each.expired, each.revoked, each.unspentInAll, each.owed].map(String),
  ]);
  const lines = [
    ...(revenue.days.length === 0
      ? [`Nothing was paid and nothing went back in ${month}.`]
      : dayLines(revenue)),
    "",
    ...inColumns(["what", "id", "currency", "sold", "cents", "credits"], sold),
    "",
    ...inColumns(["month", "granted", "used", "expired", "revoked", "unspent", "owed"], months),
  ];
  const differs = revenue.days.some(({ atStripe }) => (atStripe?.differences ?? 0) > 0);
  return { rows: { month, ...revenue, credits }, lines, code: differs ? (1 as const) : (0 as const) };
}

function dayLines({ days, totals }: Revenue): string[] {
  const amounts = (of: Amounts) =>
    [of.ordersCents, of.plansCents, of.refundedCents, of.disputedCents, of.netCents].map(String);
  return inColumns(
    ["day", "currency", "orders", "plans", "refunded", "disputed", "net", "Stripe took"],
    [
      ...days.map((day) => [
        day.day,
        day.currency,
        ...amounts(day),
        day.atStripe ? String(day.atStripe.chargedCents) : "not compared yet",
      ]),
      ...totals.map((total) => ["in all", total.currency, ...amounts(total), ""]),
    ],
  );
}
