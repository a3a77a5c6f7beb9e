import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { Notice } from "@/app/_components/notice";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { creditMonths } from "@/lib/desk/money/credit-months";
import { monthOf, readMonth, withinMonth } from "@/lib/desk/money/month";
import { readRevenue } from "@/lib/desk/money/revenue";
import { sumMonths } from "@/lib/ledger/month-sums";
import { databaseNow } from "@/lib/reconciliation/results";
import { MONEY, single } from "../areas";
import { CreditMonths } from "./credit-months";
import { Days } from "./days";
import { moneyFilePath, moneyPath, monthBefore, monthName } from "./month";
import { Sold } from "./sold";
import { Totals } from "./totals";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** What was paid and went back in a month, and what became of the credits of all months. */
export default async function MoneyPage({ searchParams }: { readonly searchParams: Query }) {
  const operator = await requireOperator(MONEY);
  const { locale } = operator;
  const asked = single(await searchParams, "month");
  const { db } = deps();
  const running = monthOf(await databaseNow(db));
  const month = readMonth(asked ?? running);
  const shown = month ?? running;
  const [revenue, sums] = await Promise.all([readRevenue(db, withinMonth(shown)), sumMonths(db)]);
  const name = monthName(shown, locale);
  return (
    <>
      <PageTitle title="Money" />
      <div className="space-y-5">
        {month === null && (
          <Notice tone="warning" announce>
            A month looks like 2026-11. Here is the running one.
          </Notice>
        )}
        <Panel
          id="month"
          title={name}
          description="Days are UTC, as in the comparison with Stripe. Fees are Stripe's matter and not in it."
          actions={
            <>
              <LinkButton href={moneyPath(monthBefore(shown))}>Month before</LinkButton>
              {shown < running && <LinkButton href={MONEY}>Running month</LinkButton>}
            </>
          }
        >
          <Totals totals={revenue.totals} locale={locale} />
        </Panel>
        <Panel
          id="days"
          title="By day"
          actions={<Download href={moneyFilePath("days", shown)} what="days" />}
        >
          <Days days={revenue.days} locale={locale} month={name} />
        </Panel>
        <Panel
          id="sold"
          title="By plan and bundle"
          actions={<Download href={moneyFilePath("sold", shown)} what="plans and bundles" />}
        >
          <Sold sold={revenue.of} locale={locale} month={name} />
        </Panel>
        <Panel
          id="credits"
          title="Credits by month"
          description="Of all accounts. Unspent is what they have and may still come to use: held, frozen and not begun too. Owed is what they used and have not paid for."
          actions={<Download href={moneyFilePath("credits", shown)} what="credits by month" />}
        >
          <CreditMonths months={creditMonths(sums, running).toReversed()} locale={locale} />
        </Panel>
      </div>
    </>
  );
}

const Download = ({ href, what }: { readonly href: string; readonly what: string }) => (
  <a href={href} download className={buttonClass()}>
    Download CSV<span className="sr-only"> of {what}</span>
  </a>
);
