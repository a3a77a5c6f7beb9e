import { Credits } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import { ProgressBar } from "@/app/_components/progress-bar";
import type { AccountView } from "@/lib/billing/account-view";
import { type Forecast as Expected, forecast } from "@/lib/billing/forecast";
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
      <div className="mt-3.5 grid gap-1.5 text-muted text-sm" data-forecast>
        {end === "over" ? (
          <p>{over(account)}</p>
        ) : (
          <Forecast account={account} balance={balance} where={where} />
        )}
      </div>
    </Panel>
  );
}

function over({ standing }: AccountView): string {
  if (standing?.kind === "unknown") return "The next cycle begins once your plan is set up.";
  return "The next cycle is being opened and starts where this one ended.";
}

function frozenInWords({ frozenPlan, frozenAddOn }: Props["balance"]): string {
  if (frozenPlan > 0n) return "What is left of this cycle's credits is frozen until your plan is paid.";
  return frozenAddOn > 0n
    ? "What is left of your credits is frozen while their payment is disputed with your bank."
    : "We have frozen what is left of your credits. Please contact us.";
}

function Forecast({ account, balance, where }: Props) {
  const { period, now, recentUse } = account;
  if (balance.remaining === 0n && balance.frozen > 0n) return <p>{frozenInWords(balance)}</p>;
  // Whether they were used or paid a debt: of none, nothing lasts.
  if (balance.remaining === 0n && balance.total > 0n) return <p>You have no credits left.</p>;
  const expected = forecast({ recent: recentUse, grants: balance.grants }, period, now);
  if (!expected || (expected.needed === 0n && balance.remaining === 0n)) return null;
  return (
    <>
      <Missing expected={expected} account={account} where={where} />
      {expected.unused.map((each) => (
        <p key={each.expiresAt.getTime()}>
          About <Strong value={each.credits} where={where} /> will be unused on{" "}
          <Instant value={each.expiresAt} variant="day" {...where} /> and expire
          {each.addOn > 0n && each.addOn < each.credits && (
            <>
              , <Credits value={each.addOn} locale={where.locale} short /> of them add-on
            </>
          )}
          {each.addOn > 0n && each.addOn === each.credits && ", all of them add-on"}.
        </p>
      ))}
    </>
  );
}

const Strong = ({ value, where }: { readonly value: bigint; readonly where: Where }) => (
  <Credits value={value} locale={where.locale} short className="font-semibold text-ink" />
);

type MissingProps = {
  readonly expected: Expected;
  readonly account: AccountView;
  readonly where: Where;
};

function Missing({ expected: { lastsUntil, missing }, account, where }: MissingProps) {
  if (!lastsUntil) return <p>At the pace of the last seven days your credits last until the cycle ends.</p>;
  const early = account.period.end.getTime() - lastsUntil.getTime();
  return (
    <p>
      At the pace of the last seven days your credits last until{" "}
      <strong className="font-semibold text-ink">
        <Instant value={lastsUntil} variant="day" isAbout {...where} />
      </strong>
      , {timeInWords(early)} before {cycleEnd(account) === "renews" ? "renewal" : "the cycle ends"}. About{" "}
      <Strong value={missing} where={where} /> will be missing.
    </p>
  );
}
