import { creditsCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import type { CreditMonth } from "@/lib/desk/money/credit-months";
import { monthName } from "./month";

const CAPTION = "Credits of all accounts by month, the newest first";

type Props = { readonly months: readonly CreditMonth[]; readonly locale: string };

/** A row a month, the newest first: each adds up from the one below it. */
export function CreditMonths({ months, locale }: Props) {
  const credits = (key: string, header: string, of: (month: CreditMonth) => bigint): Column<CreditMonth> => ({
    key,
    header,
    align: "end",
    cell: (month) => ({ ...creditsCell(of(month), { locale }), isMuted: of(month) === 0n }),
  });
  // Few months have any of these, and a table has only so much room.
  const rare = RARE.filter(({ of }) => months.some((month) => of(month) !== 0n)).map(({ key, header, of }) =>
    credits(key, header, of),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard
    <section tabIndex={0} aria-label={CAPTION} className="overflow-x-auto">
      <DataTable
        caption={CAPTION}
        columns={[
          { key: "month", header: "Month", cell: ({ month }) => ({ text: monthName(month, locale) }) },
          credits("plan", "Given by plans", ({ granted }) => granted.plan),
          credits("purchase", "Bought", ({ granted }) => granted.purchase),
          ...rare,
          credits("used", "Used", ({ used }) => used),
          credits("expired", "Expired", ({ expired }) => expired),
          credits("unspent", "Unspent at its end", ({ unspentInAll }) => unspentInAll),
          credits("owed", "Owed at its end", ({ owed }) => owed),
        ]}
        rows={months}
        rowKey={({ month }) => month}
        empty="No credits were granted yet."
      />
    </section>
  );
}

const RARE: readonly { key: string; header: string; of: (month: CreditMonth) => bigint }[] = [
  { key: "promotional", header: "Promotional", of: ({ granted }) => granted.promotional },
  { key: "adjustment", header: "Adjustments", of: ({ granted }) => granted.adjustment },
  { key: "revoked", header: "Revoked", of: ({ revoked }) => revoked },
];
