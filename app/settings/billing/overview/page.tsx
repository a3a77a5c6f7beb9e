import { LinkButton } from "@/app/_components/button";
import { TabTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { LookAt } from "@/app/_components/sending";
import { deps } from "@/lib/deps";
import { CardNotice } from "../card-notice";
import { CreditFigures } from "../credit-figures";
import { readGrantNames } from "../grant-names";
import { loadBilling } from "../load-billing";
import { BUY_CREDIT, OVERVIEW, type Query } from "../paths";
import { canAct, stripOf } from "../strip/rows";
import { Strip } from "../strip/strip";
import { CyclePanel } from "./cycle-panel";
import { Grants } from "./grants";
import { PlanPanel } from "./plan-panel";
import { RefreshButton } from "./refresh-button";

export default async function OverviewPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(OVERVIEW)]);
  const { customer, account, balance, mayManage, where } = billing;
  const strip = stripOf(billing);
  // One button at a time stands out.
  const leads = strip !== null && canAct(strip.first, billing);
  const names = await readGrantNames(deps().db, customer.accountId, balance.grants, account);
  return (
    <>
      <TabTitle title="Overview" />
      <LookAt inMs={account.period.end.getTime() - account.now.getTime()} />
      <CardNotice flag={query.card} />
      <Strip {...billing} />
      <Panel
        id="credit-usage"
        title="Credit Usage"
        actions={
          <>
            <RefreshButton readAt={account.now} lastSeq={balance.lastSeq} {...where} />
            {mayManage && account.mayNotBuy === null && (
              <LinkButton href={BUY_CREDIT} variant={leads ? "secondary" : "primary"}>
                Buy credits
              </LinkButton>
            )}
          </>
        }
      >
        <CreditFigures balance={balance} where={where} />
      </Panel>
      <div className="grid gap-4 md:grid-cols-2">
        <CyclePanel account={account} balance={balance} where={where} />
        <PlanPanel account={account} mayManage={mayManage} where={where} />
      </div>
      <Grants names={names} balance={balance} where={where} />
    </>
  );
}
