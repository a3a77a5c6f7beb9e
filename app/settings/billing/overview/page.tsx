import type { Metadata } from "next";
import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { OpenOrderView } from "@/lib/billing/account-view";
import { deps } from "@/lib/deps";
import { Banners } from "../banners";
import { CardNotice } from "../card-notice";
import { CreditFigures } from "../credit-figures";
import { readGrantNames } from "../grant-names";
import { loadBilling } from "../load-billing";
import { HISTORY, OVERVIEW, orderPath, type Query } from "../paths";
import { CyclePanel } from "./cycle-panel";
import { Grants } from "./grants";
import { PlanPanel } from "./plan-panel";
import { RefreshButton } from "./refresh-button";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(OVERVIEW)]);
  const { customer, account, balance, mayManage, where } = billing;
  const names = await readGrantNames(deps().db, customer.accountId, balance.grants, account);
  return (
    <>
      <CardNotice flag={query.card} />
      <Banners {...{ account, balance, mayManage, where }} />
      <OpenOrders orders={account.openOrders} locale={where.locale} />
      <Panel
        id="credit-usage"
        title="Credit Usage"
        actions={<RefreshButton readAt={account.now} lastSeq={balance.lastSeq} {...where} />}
      >
        <CreditFigures balance={balance} where={where} />
      </Panel>
      <div className="grid gap-4 md:grid-cols-2">
        <CyclePanel account={account} balance={balance} where={where} />
        <PlanPanel account={account} mayManage={mayManage} where={where} />
      </div>
      <Grants now={account.now} names={names} balance={balance} where={where} />
    </>
  );
}

function OpenOrders({
  orders,
  locale,
}: {
  readonly orders: readonly OpenOrderView[];
  readonly locale: string;
}) {
  const [newest, ...others] = orders;
  if (!newest) return null;
  return (
    <Notice className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p>
        You have an unfinished order: {newest.reference} for{" "}
        <Money cents={newest.amountCents} locale={locale} />.
        {others.length > 0 &&
          ` ${others.length} more ${others.length === 1 ? "waits" : "wait"} under History.`}
      </p>
      <span className="flex gap-2">
        {others.length > 0 && <LinkButton href={HISTORY}>History</LinkButton>}
        <LinkButton href={orderPath(newest.id)}>Continue</LinkButton>
      </span>
    </Notice>
  );
}
