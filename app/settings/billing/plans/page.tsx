import { Notice } from "@/app/_components/notice";
import { TabTitle } from "@/app/_components/page-title";
import { LookAt } from "@/app/_components/sending";
import { AskABuyer } from "../ask-a-buyer";
import { CardNotice } from "../card-notice";
import { loadBilling } from "../load-billing";
import { PLANS, type Query } from "../paths";
import { BESIDE_PLANS, Strip } from "../strip/strip";
import { CameBack } from "./came-back";
import { Compare } from "./compare";
import { HowChangesWork } from "./how-changes-work";
import { PastDue } from "./past-due";
import { PlanNews } from "./plan-news";
import { CHANGE_OR_PAY } from "./refused";
import { Standing } from "./standing";
import { StandingNotice } from "./standing-notice";
import { Unfinished } from "./unfinished";
import { isByAgreement, isUnknown } from "./verb";

export default async function PlansPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(PLANS)]);
  const { account: view, balance, mayManage, where } = billing;
  return (
    <>
      <TabTitle title="Plans" />
      <LookAt inMs={view.period.end.getTime() - view.now.getTime()} />
      <CardNotice flag={query.card} />
      <CameBack view={view} query={query} where={where} />
      {!mayManage && (
        <Notice>
          <AskABuyer what={CHANGE_OR_PAY} />
        </Notice>
      )}
      <Strip {...billing} only={BESIDE_PLANS} />
      <Unfinished view={view} mayManage={mayManage} where={where} />
      <PastDue view={view} balance={balance} mayManage={mayManage} where={where} />
      <StandingNotice view={view} mayManage={mayManage} where={where} destination="plans" />
      <Standing view={view} mayManage={mayManage} where={where} />
      <PlanNews view={view} owed={balance.owed} mayManage={mayManage} where={where} />
      <Compare view={view} asked={query.interval} mayManage={mayManage} where={where} />
      <HowChangesWork
        isFree={view.subscription === null && !isByAgreement(view) && !isUnknown(view)}
        mayManage={mayManage}
      />
    </>
  );
}
