import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import { ProgressBar } from "@/app/_components/progress-bar";
import type { AccountView } from "@/lib/billing/account-view";
import { forecastPace } from "@/lib/billing/pace";
import { dayOfPeriod } from "@/lib/calendar";
import type { BalanceView } from "@/lib/ledger/queries";
import { timeInWords } from "../words";
import { cycleEnd, cycleEndWords } from "./cycle-end";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly account: AccountView; readonly balance: BalanceView; readonly where: Where };

export function CyclePanel({ account, balance, where }: Props) {
  const { period, now } = account;
  const { day, days } = dayOfPeriod(period, now);
  const end = cycleEnd(account);
  // Stripe's dates go on, but nothing of them is the customer's.
  if (account.standing?.kind === "trial_over") {
    return (
      <Panel id="billing-cycle" title="Billing cycle">
        <p className="text-muted text-sm">Your first billing cycle begins once your plan has started.</p>
      </Panel>
    );
  }
  return (
    <Panel id="billing-cycle" title="Billing cycle">
      <div className="mb-2.5 flex flex-wrap items-baseline justify-between gap-x-4">
        <p>
          Day {day} of {days}
        </p>
        <p className="text-muted text-sm">
          {cycleEndWords(end, account)} <Instant value={period.end} {...where} />
        </p>
      </div>
      <ProgressBar label="Billing cycle" text={`Day ${day} of ${days}`} share={day / days} />
      <p className="mt-3.5 text-muted text-sm">
        {end === "over" ? over(account) : <Forecast account={account} balance={balance} where={where} />}
      </p>
    </Panel>
  );
}

function over({ standing }: AccountView): string {
  if (standing?.kind === "unknown") return "The next cycle begins once your plan is set up.";
  return "The next cycle is being opened and starts where this one ended.";
}

function Forecast({ account, balance, where }: Props) {
  const { period, now } = account;
  if (balance.remaining === 0n && balance.frozen > 0n)
    return "What is left of this cycle's credits is frozen until your plan is paid.";
  if (balance.remaining === 0n && balance.used > 0n) return "Every credit of this cycle is used.";
  const pace = forecastPace(balance, period, now);
  if (!pace) return null;
  if (!pace.lastsUntil) return "At this cycle's average pace your credits outlast the cycle.";
  return (
    <>
      At this cycle's average pace your credits last until{" "}
      <strong className="font-semibold text-ink">
        <Instant value={pace.lastsUntil} variant="day" {...where} />
      </strong>
      , {timeInWords(period.end.getTime() - pace.lastsUntil.getTime())} before{" "}
      {cycleEnd(account) === "renews" ? "renewal" : "the cycle ends"}.
    </>
  );
}
