import { creditsCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import type { PlainCell } from "@/app/_components/table";
import type { RevenueDay } from "@/lib/desk/money/revenue";
import { formatMinor } from "@/lib/money/format";

type Props = { readonly days: readonly RevenueDay[]; readonly locale: string; readonly month: string };

/** A row a day and currency, the newest first. */
export function Days({ days, locale, month }: Props) {
  const caption = `Money of ${month} by day, the newest first`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard
    <section tabIndex={0} aria-label={caption} className="overflow-x-auto">
      <DataTable
        caption={caption}
        columns={columns(locale)}
        rows={days.toReversed()}
        rowKey={({ day, currency }) => `${day} ${currency}`}
        empty="Nothing was paid and nothing went back in this month."
      />
    </section>
  );
}

function columns(locale: string): Column<RevenueDay>[] {
  const money = (
    key: string,
    header: string,
    of: (day: RevenueDay) => bigint,
    note?: (day: RevenueDay) => string | null,
  ): Column<RevenueDay> => ({
    key,
    header,
    align: "end",
    cell: (day) => ({
      text: formatMinor(of(day), day.currency, locale),
      isMuted: of(day) === 0n,
      note: note?.(day) ?? null,
    }),
  });
  const count = (of: number, one: string, more: string) =>
    of === 0 ? null : `${of} ${of === 1 ? one : more}`;
  return [
    {
      key: "day",
      header: "Day",
      cell: ({ day, currency }) => ({ text: currency === "usd" ? day : `${day}, ${currency.toUpperCase()}` }),
    },
    money(
      "orders",
      "Orders",
      (day) => day.ordersCents,
      (day) => count(day.orders, "order", "orders"),
    ),
    {
      key: "credits",
      header: "Credits sold",
      align: "end",
      cell: ({ creditsSold }) => creditsCell(creditsSold, { locale }),
    },
    money(
      "plans",
      "Plans",
      (day) => day.plansCents,
      (day) => count(day.planInvoices, "invoice", "invoices"),
    ),
    money("refunded", "Refunded", (day) => -day.refundedCents),
    money("disputed", "Disputed", (day) => -day.disputedCents),
    money("net", "Net", (day) => day.netCents),
    { key: "stripe", header: "With Stripe", cell: (day) => comparedCell(day, locale) },
  ];
}

/** What the comparison of the day says. */
function comparedCell(
  { atStripe, ordersCents, plansCents, currency }: RevenueDay,
  locale: string,
): PlainCell {
  if (!atStripe) return { ...NOTHING, text: "Not compared yet" };
  const { chargedCents, differences } = atStripe;
  if (differences === 0 && chargedCents === ordersCents + plansCents) return { text: "The same" };
  const taken = `Stripe took ${formatMinor(chargedCents, currency, locale)}`;
  return differences === 0
    ? { text: "Explained", note: taken }
    : { text: differences === 1 ? "1 difference" : `${differences} differences`, note: taken };
}
