import { Fact, Facts } from "@/app/_components/panel";
import type { Revenue } from "@/lib/desk/money/revenue";
import { formatMinor } from "@/lib/money/format";

type Props = { readonly totals: Revenue["totals"]; readonly locale: string };

/** What was paid in the month, what went back, and what is left, for each currency. */
export function Totals({ totals, locale }: Props) {
  if (totals.length === 0) return <p className="text-muted">Nothing was paid and nothing went back.</p>;
  return (
    <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
      {totals.map(({ currency, ...sums }) => {
        const money = (cents: bigint) => formatMinor(cents, currency, locale);
        return (
          <Facts key={currency}>
            <Fact label={`Add-on orders, ${currency.toUpperCase()}`}>{money(sums.ordersCents)}</Fact>
            <Fact label="Plans">{money(sums.plansCents)}</Fact>
            <Fact label="Refunded">{money(-sums.refundedCents)}</Fact>
            <Fact label="Disputed">{money(-sums.disputedCents)}</Fact>
            <Fact label={<span className="font-medium text-ink">Net</span>}>
              <span className="font-medium">{money(sums.netCents)}</span>
            </Fact>
          </Facts>
        );
      })}
    </div>
  );
}
