import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice, type NoticeTone } from "@/app/_components/notice";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import { getCatalog } from "@/lib/catalog/catalog";
import { unreachable } from "@/lib/result";
import { cardName } from "@/lib/wording/cards";
import { PLAN_CONTACT } from "../paths";
import { addCardAction } from "../payment-method/actions";
import { isEnding, offersOf, type StandingOffer } from "./standing-offers";
import { isCharged, planNow } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  readonly mayManage: boolean;
  readonly where: Where;
  /** Where adding a card leads back to. */
  readonly destination: "overview" | "plans" | "buy-credit";
  /** What more there is to say on this page. */
  readonly children?: ReactNode;
};

export const STANDING_TONES: Record<PlanStanding["kind"], NoticeTone> = {
  trialing: "info",
  trial_over: "warning",
  unpaid: "danger",
  collection_paused: "warning",
  not_invoiced: "info",
  unreadable: "info",
  unknown: "info",
};

/** What keeps a plan from just running, until when, and the way on; nothing where a panel says what is to be paid. */
export function StandingNotice(props: Props) {
  const { view, mayManage, destination, children } = props;
  const { standing } = view;
  if (!standing || (standing.kind === "unpaid" && view.openInvoice)) return null;
  const offers = offersOf(standing, view, mayManage);
  return (
    <Notice
      tone={STANDING_TONES[standing.kind]}
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2"
    >
      <p className="max-w-prose">
        <StandingSentence {...props} standing={standing} /> {children}
      </p>
      <StandingOffers offers={offers} destination={destination} />
    </Notice>
  );
}

type OffersProps = Pick<Props, "destination"> & { readonly offers: readonly StandingOffer[] };

export function StandingOffers({ offers, destination }: OffersProps) {
  if (offers.length === 0) return null;
  return (
    <span className="flex flex-wrap gap-2">
      {offers.includes("add_card") && (
        <ActionForm action={addCardAction}>
          <input type="hidden" name="destination" value={destination} />
          <SubmitButton variant="secondary">Add card</SubmitButton>
        </ActionForm>
      )}
      {offers.includes("contact") && <LinkButton href={PLAN_CONTACT}>Contact us</LinkButton>}
    </span>
  );
}

type Told = Pick<Props, "view" | "where"> & { readonly standing: PlanStanding };

export function StandingSentence({ view, where, standing }: Told) {
  const { name } = planNow(view);
  switch (standing.kind) {
    case "trialing":
      return <Trial view={view} where={where} until={standing.until} />;
    case "trial_over":
      return (
        <>
          Your {name} trial is over, and no card was saved to continue. Your plan is paused: nothing is
          charged, and no credits are added.{" "}
          {view.cards.length > 0
            ? "Your card is saved now: contact us, and we start your plan."
            : "Save a card and contact us, and we start your plan."}
        </>
      );
    case "unpaid":
      return (
        <>Your {name} plan is on hold because it was not paid. No credits are added until it runs again.</>
      );
    case "collection_paused":
      return <Paused view={view} where={where} resumesAt={standing.resumesAt} />;
    case "not_invoiced":
      return (
        <>
          The period of your {name} plan that began on <Instant value={standing.since} {...where} /> is being
          set up. Its credits are added once its invoice is issued and paid; you don't need to do anything.
        </>
      );
    case "unreadable":
      return (
        <>
          We are updating the details of your {name} plan. It continues as it is, with the credits you have;
          you don't need to do anything.
        </>
      );
    case "unknown":
      return (
        <>
          Your plan is being set up. Its credits are added as soon as that is done; you don't need to do
          anything, or choose a plan again.
        </>
      );
    default:
      return unreachable(standing);
  }
}

function Trial({ view, where, until }: Pick<Told, "view" | "where"> & { readonly until: Date | null }) {
  const { plan, subscription, cards } = view;
  const card = cards.find((each) => each.paysRenewals) ?? cards[0];
  const runs = (
    <>
      Your {plan.name} trial runs
      {until && (
        <>
          {" "}
          until <Instant value={until} {...where} />
        </>
      )}
      .
    </>
  );
  if (isEnding(view)) return <>{runs} It ends then, and nothing is charged.</>;
  const credits = getCatalog().trialAllowance === "none" && " Credits are added once your plan begins.";
  if (!card && !subscription?.sendsInvoice)
    return (
      <>
        {runs}
        {credits} No card is saved. Add one before then so that your plan continues.
      </>
    );
  return (
    <>
      {runs}
      {credits} Your plan begins then
      {subscription?.priceCents ? (
        <>
          : <Money cents={subscription.priceCents} locale={where.locale} />
          {isCharged(subscription, where.locale)}
          {card && !subscription.sendsInvoice && ` to ${cardName(card)}`}.
        </>
      ) : (
        "."
      )}
    </>
  );
}

function Paused({
  view,
  where,
  resumesAt,
}: Pick<Told, "view" | "where"> & { readonly resumesAt: Date | null }) {
  const { subscription, planStatus } = view;
  return (
    <>
      Payments for your {planNow(view).name} plan are paused{" "}
      {resumesAt ? (
        <>
          until <Instant value={resumesAt} {...where} />
        </>
      ) : (
        "until we start them again"
      )}
      : until then nothing is charged, and no new credits are added.
      {planStatus === "active" && subscription && (
        <>
          {" "}
          Your current period runs until <Instant value={subscription.renewsAt} {...where} />.
        </>
      )}
    </>
  );
}
