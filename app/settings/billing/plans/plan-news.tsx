import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import type { EndedPlan } from "@/lib/billing/subscriptions/standing-rows";
import type { SubscriptionView } from "@/lib/billing/subscriptions/view";
import type { Credits as Amount } from "@/lib/money/credits";
import { offerName } from "@/lib/wording/plans";
import { spanInWords } from "../words";
import { isUnfinished } from "./due";
import { StartAgain } from "./start-again";
import { offerAgain } from "./start-words";
import { seatsName, whatWent } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  /** What the next credits pay back first. */
  readonly owed: Amount;
  readonly mayManage: boolean;
  readonly where: Where;
};

/** What became of the plan without the customer's doing, and what comes of it. */
export function PlanNews({ view, owed, mayManage, where }: Props) {
  const { subscription, voided, ended, openInvoice } = view;
  return (
    <>
      {ended && !subscription && !openInvoice && (
        <Ended ended={ended} {...{ view, owed, mayManage, where }} />
      )}
      {voided && (
        <Notice tone="warning">
          <Voided view={view} where={where} />
        </Notice>
      )}
      {subscription?.raised && (
        <Notice>
          <Raised view={view} where={where} />
        </Notice>
      )}
      {subscription && isChanged(subscription) && (
        <Notice>
          <Changed view={view} where={where} />
        </Notice>
      )}
    </>
  );
}

type Told = Pick<Props, "view" | "where">;

export function Voided({ view: { voided, planStatus }, where }: Told) {
  if (!voided) return null;
  return (
    <>
      The invoice for your {voided.plan.name} plan, {spanInWords(voided.period, where)}, was canceled, and its
      credits ended.
      {planStatus === "active" && " You can still buy add-on credits."}
    </>
  );
}

export function Raised({ view: { plan, subscription }, where }: Told) {
  if (!subscription?.raised) return null;
  const { raised, renewsAt, interval, quantity } = subscription;
  return (
    <>
      {seatsName(offerName(plan.name, interval), quantity)} since{" "}
      <Instant value={raised.since} variant="day" {...where} />;{" "}
      <Credits value={raised.credits} locale={where.locale} /> more credits come with the invoice of{" "}
      <Instant value={renewsAt} variant="day" {...where} />.
    </>
  );
}

/** Whether something else counts from the next period on, and nothing was chosen to come instead. */
export const isChanged = ({ billedAs, cancelAt, next, planned }: SubscriptionView): boolean =>
  billedAs !== null && !cancelAt && !next && !planned;

/** Something else counts from the next period on; the running one is as it was billed. */
export function Changed({ view: { plan, subscription }, where }: Told) {
  if (!subscription?.billedAs) return null;
  const { renewsAt, interval, quantity, priceCents, creditsPerCycle, billedAs } = subscription;
  return (
    <>
      {seatsName(offerName(plan.name, interval), quantity)} from{" "}
      <Instant value={renewsAt} variant="day" {...where} />:{" "}
      {priceCents !== null && (
        <>
          <Money cents={priceCents} locale={where.locale} /> a {interval},{" "}
        </>
      )}
      <Credits value={creditsPerCycle} locale={where.locale} /> credits a cycle. Until then you keep{" "}
      {seatsName(billedAs.plan.name, billedAs.quantity)} as you have paid for it.
    </>
  );
}

function Ended({ ended, view, owed, mayManage, where }: Props & { readonly ended: EndedPlan }) {
  const offer = mayManage && !isUnfinished(view) && !view.openPayment ? offerAgain(ended.plan) : null;
  const name = ended.plan?.name ?? "paid";
  const when = <Instant value={ended.at} {...where} />;
  const now = `${whatWent(ended, where)}You are on ${view.plan.name} now.`;
  if (!offer) {
    return (
      <Notice tone="warning">
        <p className="max-w-prose">
          Your {name} plan ended on {when}. {now}
        </p>
      </Notice>
    );
  }
  return (
    <Panel id="ended" title={`Your ${name} plan has ended`}>
      <p className="mb-4 max-w-prose">
        It ended on {when}. {now}
      </p>
      <StartAgain offer={offer} now={view.now} owed={owed} where={where} />
    </Panel>
  );
}
