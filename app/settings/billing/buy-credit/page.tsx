import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { TabTitle } from "@/app/_components/page-title";
import { LookAt } from "@/app/_components/sending";
import type { AccountView } from "@/lib/billing/account-view";
import { CardNotice } from "../card-notice";
import { loadBilling } from "../load-billing";
import { BUY_CREDIT, type Query } from "../paths";
import { Strip, UNDER_WAY } from "../strip/strip";
import { timeInWords } from "../words";
import { BuyForm } from "./buy-form";
import { MayNotBuyNotice } from "./may-not-buy";
import { OffersToSee } from "./offers-to-see";

export default async function BuyCreditPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(BUY_CREDIT)]);
  const { customer, account, balance, mayManage, where } = billing;
  const mayBuy = account.mayNotBuy === null && mayManage;
  return (
    <>
      <TabTitle title="Buy Credit" />
      <LookAt inMs={account.period.end.getTime() - account.now.getTime()} />
      <CardNotice flag={query.card} />
      <Strip {...billing} only={UNDER_WAY} />
      {account.mayNotBuy === null && <ExpiryNotice account={account} where={where} />}
      {mayBuy ? (
        <BuyForm account={account} balance={balance} customer={customer} amount={query.amount} />
      ) : (
        <>
          <MayNotBuyNotice account={account} mayManage={mayManage} where={where} />
          <OffersToSee account={account} locale={customer.locale} />
        </>
      )}
    </>
  );
}

function ExpiryNotice({
  account: { period, now },
  where,
}: {
  readonly account: AccountView;
  readonly where: { readonly locale: string; readonly timeZone: string };
}) {
  return (
    <Notice tone="warning">
      Add-on credits expire with your billing cycle, in{" "}
      <strong className="font-semibold">{timeInWords(period.end.getTime() - now.getTime())}</strong> (
      <Instant value={period.end} {...where} />
      ). Unused credits do not carry forward.
    </Notice>
  );
}
