import type { Metadata } from "next";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { requireCustomer } from "@/lib/auth/session";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { type AccountView, getAccountView } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { getBalance } from "@/lib/ledger/queries";
import { CardNotice } from "../card-notice";
import { BUY_CREDIT, type Query } from "../paths";
import { mayManageBilling } from "../roles";
import { timeInWords } from "../words";
import { BuyForm } from "./buy-form";
import { MayNotBuyNotice } from "./may-not-buy";
import { OffersToSee } from "./offers-to-see";

export const metadata: Metadata = { title: "Buy Credit" };

export default async function BuyCreditPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(BUY_CREDIT)]);
  await openCycle(deps().db, customer.accountId);
  const [account, balance] = await Promise.all([
    getAccountView(deps().db, customer.accountId),
    getBalance(deps().db, customer.accountId),
  ]);
  const where = { locale: customer.locale, timeZone: customer.timeZone };
  const mayBuy = account.mayNotBuy === null && mayManageBilling(customer);
  return (
    <>
      <CardNotice flag={query.card} />
      {account.mayNotBuy === null && <ExpiryNotice account={account} where={where} />}
      {mayBuy ? (
        <BuyForm account={account} balance={balance} customer={customer} limits={deps().limits} />
      ) : (
        <>
          <MayNotBuyNotice account={account} mayManage={mayManageBilling(customer)} where={where} />
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
