import { creditsCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { findPlan } from "@/lib/catalog/plans";
import type { RevenueOf } from "@/lib/desk/money/revenue";
import { formatMinor } from "@/lib/money/format";

type Props = { readonly sold: readonly RevenueOf[]; readonly locale: string; readonly month: string };

/** What was sold in the month, the most money first. */
export function Sold({ sold, locale, month }: Props) {
  const columns: Column<RevenueOf>[] = [
    { key: "what", header: "What", cell: (each) => ({ text: nameOf(each), isQuoted: true }) },
    {
      key: "sales",
      header: "Sold",
      align: "end",
      cell: ({ sales }) => ({ text: sales.toLocaleString(locale) }),
    },
    {
      key: "money",
      header: "Paid",
      align: "end",
      cell: ({ cents, currency }) => ({ text: formatMinor(cents, currency, locale) }),
    },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => creditsCell(credits, { locale }),
    },
  ];
  return (
    <DataTable
      caption={`What was sold in ${month}, the most money first`}
      columns={columns}
      rows={sold}
      rowKey={({ what, id, currency }) => `${what} ${id} ${currency}`}
      empty="Nothing was sold in this month."
    />
  );
}

/** As it is called in the file as well. */
export function nameOf({ what, id }: Pick<RevenueOf, "what" | "id">): string {
  switch (what) {
    case "bundle":
      return `Add-on, bundle ${id}`;
    case "custom":
      return "Add-on, amount of the buyer's choice";
    case "plan":
      return `Plan ${findPlan(id)?.name ?? id}`;
    default:
      return "Invoices for no plan";
  }
}
