import { csvStream } from "@/app/settings/billing/csv-stream";
import type { CreditMonth } from "@/lib/desk/money/credit-months";
import type { Revenue } from "@/lib/desk/money/revenue";

type Cells = readonly (string | number | bigint | null)[];
type Table<Row> = { readonly columns: readonly string[]; readonly cells: (row: Row) => Cells };

const AT_A_TIME = 500;

/** Rows that are there already, in batches of bounded size: exact figures, amounts in a currency's smallest units. */
function csvOf<Row>({ columns, cells }: Table<Row>, rows: readonly Row[]): ReadableStream<Uint8Array> {
  async function* batches() {
    for (let at = 0; at < rows.length; at += AT_A_TIME) yield rows.slice(at, at + AT_A_TIME);
  }
  return csvStream(columns, batches(), (row) => cells(row).map((cell) => cell?.toString() ?? ""));
}

export const daysCsv = ({ days }: Revenue) =>
  csvOf(
    {
      columns: [
        "day_utc",
        "currency",
        "orders",
        "orders_cents",
        "credits_sold",
        "plan_invoices",
        "plans_cents",
        "refunded_cents",
        "disputed_cents",
        "net_cents",
        "stripe_charged_cents",
        "differences",
      ],
      cells: (day) => [
        day.day,
        day.currency,
        day.orders,
        day.ordersCents,
        day.creditsSold,
        day.planInvoices,
        day.plansCents,
        day.refundedCents,
        day.disputedCents,
        day.netCents,
        day.atStripe?.chargedCents ?? null,
        day.atStripe?.differences ?? null,
      ],
    },
    days,
  );

export const soldCsv = ({ of }: Revenue) =>
  csvOf(
    {
      columns: ["what", "id", "currency", "sales", "cents", "credits"],
      cells: ({ what, id, currency, sales, cents, credits }) => [what, id, currency, sales, cents, credits],
    },
    of,
  );

export const creditsCsv = (months: readonly CreditMonth[]) =>
  csvOf(
    {
      columns: [
        "month_utc",
        "granted",
        "granted_plan",
        "granted_purchase",
        "granted_promotional",
        "granted_adjustment",
        "used",
        "expired",
        "revoked",
        "unspent_at_end",
        "unspent_plan",
        "unspent_purchase",
        "unspent_promotional",
        "unspent_adjustment",
        "owed_at_end",
      ],
      cells: ({ month, granted, grantedInAll, used, expired, revoked, unspent, unspentInAll, owed }) => [
        month,
        grantedInAll,
        granted.plan,
        granted.purchase,
        granted.promotional,
        granted.adjustment,
        used,
        expired,
        revoked,
        unspentInAll,
        unspent.plan,
        unspent.purchase,
        unspent.promotional,
        unspent.adjustment,
        owed,
      ],
    },
    months,
  );
