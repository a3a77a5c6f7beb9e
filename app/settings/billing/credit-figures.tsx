import type { ReactNode } from "react";
import { Credits } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { SegmentBar } from "@/app/_components/progress-bar";
import type { BalanceView } from "@/lib/ledger/queries";
import { sumCredits } from "@/lib/money/credits";
import { shareInWords } from "@/lib/wording/shares";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly balance: BalanceView; readonly where: Where };

/** Total, used and remaining of the running cycle, and a bar whose parts add up to the total. */
export function CreditFigures({ balance, where }: Props) {
  const { locale } = where;
  const { total, used, remaining, frozen, owed } = balance;
  return (
    <>
      <dl className="grid gap-x-4 gap-y-4 sm:grid-cols-3 lg:gap-x-6">
        <Figure label="Total" note={<TotalNote balance={balance} where={where} />}>
          <Credits value={total} locale={locale} />
        </Figure>
        <Figure label="Used" note={total > 0n && `${shareInWords(used, total, locale)} this billing cycle`}>
          <Credits value={used} locale={locale} />
        </Figure>
        <Figure
          label="Remaining"
          // Green says that all is well: not over credits that cannot be used, and not over none.
          className={remaining > 0n && frozen === 0n ? "text-good" : ""}
          note={frozen > 0n && "The rest is frozen until paid"}
        >
          <Credits value={remaining} locale={locale} />
        </Figure>
      </dl>
      <div className="mt-4">
        <Bar balance={balance} locale={locale} />
      </div>
      {owed > 0n && (
        <p className="mt-3 text-sm" data-owed>
          Owed beyond these: <Credits value={owed} locale={locale} className="font-semibold text-danger" />{" "}
          credits.
        </p>
      )}
    </>
  );
}

function Figure({
  label,
  note,
  className = "",
  children,
}: {
  readonly label: string;
  readonly note?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="border-line sm:border-l sm:pl-4 sm:first:border-l-0 sm:first:pl-0 lg:pl-6">
      <dt className="text-muted text-sm">{label}</dt>
      <dd className={`font-semibold text-2xl leading-9 sm:text-xl lg:text-[1.75rem] ${className}`}>
        {children}
      </dd>
      <dd className="text-muted sm:min-h-5 text-sm leading-5">{note}</dd>
    </div>
  );
}

function TotalNote({ balance, where }: Props) {
  const { totalPlan, totalAddOn } = balance;
  const { locale } = where;
  if (totalPlan === 0n && totalAddOn === 0n) return "No credits at the moment";
  return (
    <>
      {totalPlan > 0n && (
        <>
          <Credits value={totalPlan} locale={locale} short /> plan
        </>
      )}
      {totalPlan > 0n && totalAddOn > 0n && " + "}
      {totalAddOn > 0n && (
        <>
          <Credits value={totalAddOn} locale={locale} short /> add-on
        </>
      )}
      <FromBefore balance={balance} where={where} />
    </>
  );
}

/** `12.5M from before, until Dec 11`: what of the total the cycle did not bring. */
function FromBefore({ balance: { carriedOver }, where }: Props) {
  const [first, ...others] = carriedOver;
  if (!first) return null;
  const sum = sumCredits(carriedOver.map((each) => each.credits));
  return (
    <span className="block" data-from-before>
      <Credits value={sum} locale={where.locale} short /> from before, {others.length > 0 ? "the first " : ""}
      until <Instant value={first.expiresAt} variant="day" {...where} />
    </span>
  );
}

/** Of these a number stands in the headline already. */
const HEADLINE = new Set(["used"]);
const PARTS = [
  { key: "used", label: "Used", className: "bg-chart-used" },
  { key: "paidBack", label: "Paid back", className: "bg-chart-paid" },
  { key: "held", label: "Held by running tasks", className: "bg-line-strong" },
  { key: "expired", label: "Expired", className: "bg-chart-expired" },
  { key: "frozen", label: "Frozen until paid", className: "bg-chart-frozen" },
  { key: "remainingPlan", label: "Plan credits left, spent first", className: "bg-chart-plan" },
  { key: "remainingAddOn", label: "Add-on credits left", className: "bg-chart-addon" },
] as const;

function Bar({ balance, locale }: { readonly balance: BalanceView; readonly locale: string }) {
  const parts = PARTS.filter((part) => balance[part.key] > 0n);
  if (parts.length === 0) return null;
  return (
    <>
      <SegmentBar
        segments={parts.map(({ key, className }) => ({ key, className, share: Number(balance[key]) }))}
      />
      <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-muted text-sm">
        {parts.map(({ key, label, className }) => (
          <li key={key} className="flex items-center gap-2" data-part={key}>
            <span aria-hidden="true" data-filled className={`size-2.5 rounded-[3px] ${className}`} />
            {label}
            {!HEADLINE.has(key) && <Credits value={balance[key]} locale={locale} className="text-ink" />}
          </li>
        ))}
      </ul>
    </>
  );
}
