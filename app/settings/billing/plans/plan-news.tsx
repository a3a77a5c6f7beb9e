import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import type { PlanView } from "@/lib/billing/account-view";
import type { EndedPlan } from "@/lib/billing/subscriptions/standing-rows";
import type { SubscriptionView } from "@/lib/billing/subscriptions/view";
import { offerName } from "@/lib/wording/plans";
import { PLANS } from "../paths";
import { spanInWords } from "../words";
import { seatsName, whatWent } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  readonly where: Where /** The page is Plans itself. */;
  readonly isPlans?: boolean;
};

/** What became of the plan without the customer's doing, and what comes of it. */
export function PlanNews({ view, where, isPlans = false }: Props) {
  const { subscription, voided, ended, openInvoice } = view;
  return (
    <>
      {ended && !subscription && !openInvoice && <Ended ended={ended} {...{ view, where, isPlans }} />}
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

type Told = Omit<Props, "isPlans">;

export function Voided({ view: { voided, planStatus }, where }: Told) {
  if (!voided) return null;
  return (
    <>
      The invoice for your {voided.plan.name} plan, {spanInWords(voided.period, where)}, was cancelled; its
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

function Ended({ ended, view, where, isPlans }: Required<Props> & { readonly ended: EndedPlan }) {
  const { plan } = view;
  return (
    <Notice tone="warning" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="max-w-prose">
        Your {ended.plan?.name} plan ended on <Instant value={ended.at} {...where} />.{" "}
        {whatWent(ended, where)}You are on {plan.name} now.
      </p>
      {!isPlans && <LinkButton href={PLANS}>Choose a plan</LinkButton>}
    </Notice>
  );
}
