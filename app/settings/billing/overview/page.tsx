import type { Metadata } from "next";
import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { DataTable } from "@/app/_components/data-table";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { AccountView, OpenOrderView } from "@/lib/billing/account-view";
import { deps } from "@/lib/deps";
import type { BalanceView } from "@/lib/ledger/queries";
import { zoneName } from "@/lib/wording/instants";
import { Banners } from "../banners";
import { CardNotice } from "../card-notice";
import { CreditFigures } from "../credit-figures";
import { grantColumns } from "../grant-columns";
import { type GrantNames, readGrantNames } from "../grant-names";
import { loadBilling } from "../load-billing";
import { HISTORY, OVERVIEW, orderPath, type Query } from "../paths";
import { CyclePanel } from "./cycle-panel";
import { PlanPanel } from "./plan-panel";
import { RefreshButton } from "./refresh-button";

export const metadata: Metadata = { title: "Overview" };

type Where = { readonly locale: string; readonly timeZone: string };

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
        <CreditFigures balance={balance} locale={where.locale} />
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

function Grants({
  now,
  names,
  balance,
  where,
}: {
  readonly now: AccountView["now"];
  readonly names: GrantNames;
  readonly balance: BalanceView;
  readonly where: Where;
}) {
  const { source, added, expires, left, of } = grantColumns(names, where);
  return (
    <Panel
      id="grants"
      title="Where your credits come from"
      description={`In the order in which they are spent. Times in ${zoneName(where, now)}.`}
    >
      <DataTable
        caption="Credits you have, by where they come from"
        columns={[source, added, expires, left, of]}
        rows={balance.grants}
        rowKey={(grant) => grant.id}
        empty="You have no credits at the moment."
      />
    </Panel>
  );
}
