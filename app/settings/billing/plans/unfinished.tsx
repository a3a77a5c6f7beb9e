import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import { declineSentence } from "@/lib/wording/declines";
import { offerName } from "@/lib/wording/plans";
import { isUnfinished } from "./due";
import { FixPayment } from "./fix-payment";
import { SeeInvoice } from "./see-invoice";
import { ASK_A_BUYER } from "./sentences";

type Props = {
  readonly view: PlanView;
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** A plan that has not begun: finish it, or choose again. */
export function Unfinished({ view, mayManage, where }: Props) {
  const { unfinished, openInvoice: invoice } = view;
  if (!unfinished || !isUnfinished(view)) return null;
  const name = offerName(unfinished.plan.name, unfinished.interval);
  return (
    <Panel
      id="unfinished"
      title={
        <span className="text-danger">Your {name} plan has not begun: its first payment is missing</span>
      }
      tone="danger"
    >
      <p className="mb-4 max-w-2xl">
        {invoice?.failureCode &&
          `${declineSentence({ status: "declined", declineCode: invoice.failureCode })} `}
        The plan can be paid until <Instant value={unfinished.until} {...where} />; it begins with its credits
        as soon as it is. Or choose a plan again under Plans: this one is dropped then, and never charged.
      </p>
      {invoice && mayManage && !view.openPayment && (
        <FixPayment invoice={invoice} cards={view.cards} locale={where.locale} />
      )}
      {!mayManage && <p className="text-muted">{ASK_A_BUYER}</p>}
      {invoice && mayManage && <SeeInvoice invoice={invoice} />}
    </Panel>
  );
}
