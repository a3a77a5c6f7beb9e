import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import { declineSentence } from "@/lib/wording/declines";
import { offerName } from "@/lib/wording/plans";
import { AskABuyer } from "../ask-a-buyer";
import { isUnfinished } from "./due";
import { FixPayment } from "./fix-payment";
import { CHANGE_OR_PAY } from "./refused";
import { SeeInvoice } from "./see-invoice";

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
        You can pay for it until <Instant value={unfinished.until} {...where} />; it begins, with its credits,
        as soon as you do. Or choose another plan under Plans: this one is then dropped, and never charged.
      </p>
      {invoice && mayManage && !view.openPayment && (
        <FixPayment invoice={invoice} cards={view.cards} locale={where.locale} />
      )}
      {!mayManage && (
        <p className="text-muted">
          <AskABuyer what={CHANGE_OR_PAY} />
        </p>
      )}
      {invoice && mayManage && <SeeInvoice invoice={invoice} />}
    </Panel>
  );
}
