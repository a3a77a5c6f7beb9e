import type { ReactNode } from "react";
import { Credits } from "@/app/_components/amounts";
import { SegmentBar } from "@/app/_components/progress-bar";
import type { BalanceView } from "@/lib/ledger/queries";
import { shareInWords } from "./words";

type Props = { readonly balance: BalanceView; readonly locale: string };

/** Total, used and remaining, and the same as a bar. */
export function CreditFigures({ balance, locale }: Props) {
  return (
    <>
      <dl className="grid gap-x-4 gap-y-4 sm:grid-cols-3 lg:gap-x-6">
        <Figure label="Total" note={<TotalNote balance={balance} locale={locale} />}>
          <Credits value={balance.total} locale={locale} />
        </Figure>
        <Figure
          label="Used"
          note={
            balance.total > 0n && `${shareInWords(balance.used, balance.total, locale)} this billing cycle`
          }
        >
          <Credits value={balance.used} locale={locale} />
        </Figure>
        <Figure label="Remaining" className="text-good" note={<HeldNote balance={balance} locale={locale} />}>
          <Credits value={balance.remaining} locale={locale} />
        </Figure>
      </dl>
      <div className="mt-4">
        <Bar balance={balance} />
      </div>
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

function TotalNote({ balance, locale }: Props) {
  if (balance.totalPlan === 0n && balance.totalAddOn === 0n) return "No credits at the moment";
  return (
    <>
      {balance.totalPlan > 0n && (
        <>
          <Credits value={balance.totalPlan} locale={locale} short /> plan
        </>
      )}
      {balance.totalPlan > 0n && balance.totalAddOn > 0n && " + "}
      {balance.totalAddOn > 0n && (
        <>
          <Credits value={balance.totalAddOn} locale={locale} short /> add-on
        </>
      )}
    </>
  );
}

function HeldNote({ balance, locale }: Props) {
  if (balance.held === 0n) return null;
  return (
    <>
      <Credits value={balance.held} locale={locale} /> held by running tasks
    </>
  );
}

const PARTS = [
  { key: "used", label: "Used", className: "bg-chart-used", always: true },
  { key: "held", label: "Held by running tasks", className: "bg-line-strong", always: false },
  { key: "remainingPlan", label: "Plan credits left, spent first", className: "bg-chart-plan", always: true },
  { key: "remainingAddOn", label: "Add-on credits left", className: "bg-chart-addon", always: true },
] as const;

function Bar({ balance }: Pick<Props, "balance">) {
  const parts = PARTS.filter((part) => part.always || balance[part.key] > 0n);
  return (
    <>
      <SegmentBar
        segments={parts.map(({ key, className }) => ({ key, className, share: Number(balance[key]) }))}
      />
      <ul aria-hidden="true" className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-muted text-sm">
        {parts.map(({ key, label, className }) => (
          <li key={key} className="flex items-center gap-2">
            <span data-filled className={`size-2.5 rounded-[3px] ${className}`} />
            {label}
          </li>
        ))}
      </ul>
    </>
  );
}
