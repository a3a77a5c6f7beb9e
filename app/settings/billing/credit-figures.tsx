import type { CSSProperties, ReactNode } from "react";
import { Credits } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { SegmentBar } from "@/app/_components/progress-bar";
import type { BalanceView } from "@/lib/ledger/queries";
import { type Credits as CreditsAmount, sumCredits } from "@/lib/money/credits";
import { formatCredits } from "@/lib/money/format";
import { shareInWords } from "@/lib/wording/shares";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly balance: BalanceView; readonly where: Where };

/** Total, used and remaining of the running cycle, and a bar whose parts add up to the total. */
export function CreditFigures({ balance, where }: Props) {
  const { locale } = where;
  const { total, used, remaining, frozen, owed } = balance;
  return (
    <>
      {/* All three are as large as the longest may be. */}
      <div
        className="figures"
        style={
          {
            "--characters": Math.max(
              ...[total, used, remaining].map((each) => formatCredits(each, locale).length),
            ),
          } as CSSProperties
        }
      >
        <dl>
          <Figure
            label="Total"
            value={total}
            locale={locale}
            note={<TotalNote balance={balance} where={where} />}
          />
          <Figure
            label="Used"
            value={used}
            locale={locale}
            note={total > 0n && `${shareInWords(used, total, locale)} this billing cycle`}
          />
          <Figure
            label="Remaining"
            value={remaining}
            locale={locale}
            // Green is what can be spent, be it little: the strip says when that is low. Not over credits that are frozen.
            className={frozen > 0n ? undefined : remaining > 0n ? "text-good" : "text-danger"}
            note={frozen > 0n && frozenNote(balance)}
          />
        </dl>
      </div>
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

function frozenNote({ frozenPlan, frozenAddOn }: BalanceView): string {
  if (frozenPlan > 0n) return "The rest is frozen until paid";
  return frozenAddOn > 0n ? "The rest is frozen in a dispute" : "We have frozen the rest";
}

function Figure({
  label,
  note,
  className,
  value,
  locale,
}: {
  readonly label: string;
  readonly note?: ReactNode;
  readonly className?: string | undefined;
  readonly value: CreditsAmount;
  readonly locale: string;
}) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd className={className}>
        <Credits value={value} locale={locale} />
      </dd>
      <dd>{note}</dd>
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
        <span className="whitespace-nowrap">
          <Credits value={totalPlan} locale={locale} /> plan
        </span>
      )}
      {totalPlan > 0n && totalAddOn > 0n && " + "}
      {totalAddOn > 0n && (
        <span className="whitespace-nowrap">
          <Credits value={totalAddOn} locale={locale} /> add-on
        </span>
      )}
      <FromBefore balance={balance} where={where} />
    </>
  );
}

/** `12,500,000 from before, until Dec 11`: what of the total the cycle did not bring. */
function FromBefore({ balance: { carriedOver }, where }: Props) {
  const [first, ...others] = carriedOver;
  if (!first) return null;
  const sum = sumCredits(carriedOver.map((each) => each.credits));
  return (
    <span className="block text-balance" data-from-before>
      <Credits value={sum} locale={where.locale} /> from before, {others.length > 0 ? "the first " : ""}
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
  { key: "frozenPlan", label: "Frozen until paid", className: "bg-chart-frozen" },
  { key: "frozenAddOn", label: "Frozen in a dispute", className: "bg-chart-frozen" },
  { key: "frozenByUs", label: "Frozen by us", className: "bg-chart-frozen" },
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
      <ul className="legend mt-3">
        {parts.map(({ key, label, className }) => (
          <li key={key} data-part={key}>
            <span aria-hidden="true" data-filled className={className} />
            {label}
            {!HEADLINE.has(key) && <Credits value={balance[key]} locale={locale} />}
          </li>
        ))}
      </ul>
    </>
  );
}
