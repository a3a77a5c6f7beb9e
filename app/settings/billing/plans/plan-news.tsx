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
import { seatsName } from "./words";

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
          The invoice for your {voided.plan.name} plan, {spanInWords(voided.period, where)}, was cancelled;
          its credits ended.
          {view.planStatus === "active" && " You can still buy add-on credits."}
        </Notice>
      )}
      {subscription?.raised && <Raised view={view} subscription={subscription} where={where} />}
      {subscription?.billedAs && <Changed view={view} subscription={subscription} where={where} />}
    </>
  );
}

type Subscribed = Omit<Props, "isPlans"> & { readonly subscription: SubscriptionView };

function Raised({ view, subscription, where }: Subscribed) {
  const { raised, renewsAt, interval, quantity } = subscription;
  if (!raised) return null;
  return (
    <Notice>
      {seatsName(offerName(view.plan.name, interval), quantity)} since{" "}
      <Instant value={raised.since} variant="day" {...where} />;{" "}
      <Credits value={raised.credits} locale={where.locale} /> more credits come with the invoice of{" "}
      <Instant value={renewsAt} variant="day" {...where} />.
    </Notice>
  );
}

/** Something else counts from the next period on; the running one is as it was billed. */
function Changed({ view, subscription, where }: Subscribed) {
  const { renewsAt, interval, quantity, priceCents, creditsPerCycle, billedAs, cancelAt, next, planned } =
    subscription;
  if (!billedAs || cancelAt || next || planned) return null;
  return (
    <Notice>
      {seatsName(offerName(view.plan.name, interval), quantity)} from{" "}
      <Instant value={renewsAt} variant="day" {...where} />:{" "}
      {priceCents !== null && (
        <>
          <Money cents={priceCents} locale={where.locale} /> a {interval},{" "}
        </>
      )}
      <Credits value={creditsPerCycle} locale={where.locale} /> credits a cycle. Until then you keep{" "}
      {seatsName(billedAs.plan.name, billedAs.quantity)} as you have paid for it.
    </Notice>
  );
}

function Ended({ ended, view, where, isPlans }: Required<Props> & { readonly ended: EndedPlan }) {
  const { plan } = view;
  return (
    <Notice tone="warning" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="max-w-prose">
        Your {ended.plan?.name} plan ended on <Instant value={ended.at} {...where} />.{" "}
        <WhatWent ended={ended} where={where} /> You are on {plan.name} now.
      </p>
      {!isPlans && <LinkButton href={PLANS}>Choose a plan</LinkButton>}
    </Notice>
  );
}

/** What became of the credits of a plan that ended. */
export function WhatWent({ ended, where }: { readonly ended: EndedPlan; readonly where: Where }) {
  const { expired, revoked, left } = ended;
  return (
    <>
      {expired > 0n && (
        <>
          <Credits value={expired} locale={where.locale} /> credits that were not used expired with it.{" "}
        </>
      )}
      {revoked > 0n && (
        <>
          <Credits value={revoked} locale={where.locale} /> credits that were not paid for were taken back.{" "}
        </>
      )}
      {left && (
        <>
          The <Credits value={left.credits} locale={where.locale} /> credits you have paid for and not used
          stay yours until <Instant value={left.until} {...where} />.
        </>
      )}
    </>
  );
}
