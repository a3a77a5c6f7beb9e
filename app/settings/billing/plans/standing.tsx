import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import type { ButtonVariant } from "@/app/_components/button-class";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { freePlan } from "@/lib/catalog/plans";
import type { PlanInterval } from "@/lib/catalog/prices";
import { offerName } from "@/lib/wording/plans";
import { PLAN_CONTACT } from "../paths";
import { ARRANGING } from "../working";
import { keepPlanAction } from "./actions";
import { isByAgreement } from "./verb";
import { isCharged, seatsName } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly view: PlanView; readonly mayManage: boolean; readonly where: Where };

const LOOK = "flex flex-wrap items-center justify-between gap-x-4 gap-y-2";

/** What happens to the plan by itself. */
export function Standing(props: Props) {
  const { view } = props;
  return (
    <>
      <Scheduled {...props} />
      {isByAgreement(view) && (
        <Notice className={LOOK}>
          <p className="max-w-prose">
            Your {view.plan.name} plan is by agreement with us. Contact us to change or end it.
          </p>
          <LinkButton href={PLAN_CONTACT}>Contact us</LinkButton>
        </Notice>
      )}
    </>
  );
}

/** What comes at the end of what is paid for, and the button that undoes it. */
function Scheduled({ view, mayManage, where }: Props) {
  const { subscription } = view;
  if (!subscription) return null;
  const { pendingChange, cancelAt, next, planned, isPlannedByOperator } = subscription;
  if (!(pendingChange ?? cancelAt ?? next ?? planned)) return null;
  return (
    <Notice tone="warning" className={LOOK}>
      <p className="max-w-prose">
        <WhatComes view={view} where={where} />
      </p>
      {isPlannedByOperator && <LinkButton href={PLAN_CONTACT}>Contact us</LinkButton>}
      {mayManage && pendingChange?.kind !== "keep" && !isPlannedByOperator && (
        <KeepPlan view={view} variant="secondary" />
      )}
    </Notice>
  );
}

/** Takes back what was chosen for the end of what is paid for. */
export function KeepPlan({ view, variant }: Pick<Props, "view"> & { readonly variant: ButtonVariant }) {
  const { plan, subscription } = view;
  if (!subscription) return null;
  return (
    <ActionForm action={keepPlanAction}>
      <SubmitButton variant={variant} working={ARRANGING}>
        Keep {offerName(plan.name, subscription.interval)}
      </SubmitButton>
    </ActionForm>
  );
}

/** The same in words. */
export function WhatComes({ view: { subscription, plan }, where }: Omit<Props, "mayManage">) {
  if (!subscription) return null;
  const { pendingChange, cancelAt, next, planned, renewsAt } = subscription;
  return (
    <>
      {pendingChange && (
        <PendingNote pendingChange={pendingChange} at={renewsAt} name={plan.name} where={where} />
      )}
      {!pendingChange && cancelAt && <Ending at={cancelAt} name={plan.name} where={where} />}
      {!pendingChange && !cancelAt && next && (
        <Following subscription={subscription} next={next} at={renewsAt} name={plan.name} where={where} />
      )}
      {!pendingChange && !cancelAt && planned && (
        <Planned planned={planned} mine={{ plan, interval: subscription.interval }} where={where} />
      )}
    </>
  );
}

type Pending = NonNullable<NonNullable<PlanView["subscription"]>["pendingChange"]>;

/** The answer to whoever chose something while the payment provider was silent: it is noted and looked after. */
function PendingNote({ pendingChange, at, name, where }: Coming & { readonly pendingChange: Pending }) {
  return (
    <>
      {pendingChange.kind === "keep" && <>You keep {name}. </>}
      {pendingChange.kind === "cancel" && (
        <>
          Your {name} plan is set to end on <Instant value={at} {...where} />.{" "}
        </>
      )}
      {pendingChange.kind === "change" && (
        <>
          {offerName(pendingChange.plan.name, pendingChange.interval)} is set to begin on{" "}
          <Instant value={at} {...where} />.{" "}
        </>
      )}
      We have recorded that, but our payment provider has not confirmed it yet. We keep asking; you don't need
      to do anything else.
    </>
  );
}

type PlannedProps = {
  readonly planned: NonNullable<NonNullable<PlanView["subscription"]>["planned"]>;
  readonly mine: { readonly plan: PlanView["plan"]; readonly interval: PlanInterval };
  readonly where: Where;
};

/** What an operator planned: there is no button that takes it back. */
function Planned({ planned: { at, offer }, mine, where }: PlannedProps) {
  if (!offer) {
    return (
      <>
        A change of your plan is scheduled for <Instant value={at} {...where} />. Until then you keep{" "}
        {mine.plan.name}. Contact us to find out what it is.
      </>
    );
  }
  const isSame = offer.plan.id === mine.plan.id && offer.interval === mine.interval;
  return (
    <>
      From <Instant value={at} {...where} />: {!isSame && `${offerName(offer.plan.name, offer.interval)}, `}
      <Money cents={offer.priceCents} locale={where.locale} short /> a {offer.interval}, for{" "}
      <Credits value={offer.creditsPerCycle} locale={where.locale} /> credits a cycle. Until then you keep{" "}
      {mine.plan.name} as it is.
    </>
  );
}

type Subscription = NonNullable<PlanView["subscription"]>;
type Coming = { readonly at: Date; readonly name: string; readonly where: Where };

function Ending({ at, name, where }: Coming) {
  const free = freePlan();
  return (
    <>
      Your {name} plan ends on <Instant value={at} {...where} />. From then on you are on {free.name}
      {free.creditsPerCycle && (
        <>
          {" "}
          with <Credits value={free.creditsPerCycle} locale={where.locale} /> credits a cycle
        </>
      )}
      , and nothing more is charged. Until then everything stays as it is.
    </>
  );
}

function Following({
  subscription,
  next,
  at,
  name,
  where,
}: Coming & { readonly subscription: Subscription; readonly next: NonNullable<Subscription["next"]> }) {
  return (
    <>
      {seatsName(offerName(next.plan.name, next.interval), next.quantity)} from{" "}
      <Instant value={at} {...where} />: <Money cents={next.priceCents} locale={where.locale} />
      {isCharged(subscription, where.locale)} then, and every {next.interval} after, for{" "}
      <Credits value={next.creditsPerCycle} locale={where.locale} /> credits a cycle. Until then you keep{" "}
      {name}.
    </>
  );
}
