import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Notice } from "@/app/_components/notice";
import type { AccountView } from "@/lib/billing/account-view";
import type { BalanceView } from "@/lib/ledger/queries";
import { BalanceNotices } from "./balance-notices";
import { CardExpiryNotice } from "./card-expiry";
import { PLANS } from "./paths";
import { dueOf, dueTitle } from "./plans/due";
import { PastDue } from "./plans/past-due";
import { PlanNews } from "./plans/plan-news";
import { OpenPayment, Scheduled } from "./plans/standing";
import { StandingNotice } from "./plans/standing-notice";
import { Unfinished } from "./plans/unfinished";

type Where = { readonly locale: string; readonly timeZone: string };

type Props = {
  readonly account: AccountView;
  readonly balance: BalanceView;
  readonly mayManage: boolean;
  readonly where: Where;
};

/** Everything that wants somebody to act, or that ends by itself: the most urgent first. */
export function Banners({ account, balance, mayManage, where }: Props) {
  return (
    <>
      <Unfinished view={account} mayManage={mayManage} where={where} />
      <PastDue view={account} frozen={balance.frozen} mayManage={mayManage} where={where} />
      <StandingNotice view={account} mayManage={mayManage} where={where} destination="overview" />
      {account.openPayment && <OpenPayment payment={account.openPayment} />}
      <BalanceNotices
        balance={dueOf(account) === "failed" ? { ...balance, frozen: 0n } : balance}
        mayBuy={account.mayNotBuy === null}
        locale={where.locale}
      />
      <Scheduled view={account} mayManage={mayManage} where={where} />
      <PlanNews view={account} where={where} />
      <CardExpiryNotice view={account} mayManage={mayManage} where={where} />
    </>
  );
}

/** For pages about something else: what keeps credits from being spent or bought, in a line each. */
export function BriefBanners({ account, balance, mayManage, where }: Props) {
  const mayBuy = account.mayNotBuy === null;
  const due = dueOf(account);
  if (!due || due === "by_mail")
    return <BalanceNotices balance={balance} mayBuy={mayBuy} locale={where.locale} />;
  const dueCents = account.openInvoice?.dueCents;
  return (
    <>
      <Notice tone="danger" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="max-w-prose">
          {dueTitle(due, account)}.{" "}
          {balance.frozen > 0n && (
            <>
              <Credits value={balance.frozen} locale={where.locale} /> credits are frozen until it is paid.
            </>
          )}
        </p>
        <LinkButton href={PLANS}>
          {dueCents !== undefined && mayManage ? (
            <span>
              Pay <Money cents={dueCents} locale={where.locale} />
            </span>
          ) : (
            "See what happened"
          )}
        </LinkButton>
      </Notice>
      <BalanceNotices balance={{ ...balance, frozen: 0n }} mayBuy={mayBuy} locale={where.locale} />
    </>
  );
}
