import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { listOffers, type Offer } from "@/lib/billing/subscriptions/offers";
import { checkChangeable } from "@/lib/billing/subscriptions/standing";
import { asFollowing } from "@/lib/billing/subscriptions/view";
import { offerName } from "@/lib/wording/plans";
import { loadBilling } from "../../load-billing";
import { downgradePath, type Query } from "../../paths";
import { ARRANGING } from "../../working";
import { downgradeAction } from "../actions";
import { ChangePlanned } from "../change-planned";
import { ConfirmPanel } from "../confirm-panel";
import { AskFirst, Refused } from "../refused";
import { changeSentence, NOT_CONFIRMED_YET } from "../sentences";
import { isPending, isUnknown, verbFor } from "../verb";
import { isCharged, readInterval, seatsName, single } from "../words";

const TITLE = "Change at the end of what is paid for";

/** What a change for the end of what is paid for does and when: to a smaller plan, or of a yearly one. */
export default async function DowngradePage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const chosen = { plan: single(query.to) ?? "", interval: readInterval(query.interval) };
  const path = downgradePath(encodeURIComponent(chosen.plan), chosen.interval);
  const { account: view, mayManage, where } = await loadBilling(path);
  if (!mayManage) return <AskFirst title={TITLE} />;
  const offer = listOffers().find(
    ({ plan, interval }) => plan.id === chosen.plan && interval === chosen.interval,
  );
  if (!offer) return <Refused title={TITLE}>{changeSentence({ code: "unknown_plan" })}</Refused>;
  if (!view.subscription && isUnknown(view))
    return <Refused title={TITLE}>{changeSentence({ code: "being_set_up" })}</Refused>;
  if (!view.subscription)
    return <Refused title={TITLE}>{changeSentence({ code: "no_subscription" })}</Refused>;
  if (view.openPayment) {
    return (
      <Refused title={TITLE} payment={view.openPayment.id}>
        {changeSentence({ code: "payment_in_progress" })}
      </Refused>
    );
  }
  if (view.subscription.isPlannedByOperator)
    return <ChangePlanned title={TITLE} subscription={view.subscription} where={where} />;
  if (isPending(view, offer)) return <Refused title={TITLE}>{NOT_CONFIRMED_YET}</Refused>;
  const changeable = checkChangeable(view.standing);
  if (!changeable.ok) return <Refused title={TITLE}>{changeSentence(changeable.error)}</Refused>;
  if (verbFor(view, offer.plan, offer).kind !== "downgrade")
    return <Refused title={TITLE}>{changeSentence({ code: "not_a_downgrade" })}</Refused>;
  return <Confirm view={view} subscription={view.subscription} offer={offer} where={where} />;
}

type Props = {
  readonly view: PlanView;
  readonly subscription: NonNullable<PlanView["subscription"]>;
  readonly offer: Offer;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

function Confirm({ view, subscription, offer, where }: Props) {
  const { plan, interval } = offer;
  const { priceCents, creditsPerCycle } = asFollowing(offer, subscription);
  const mine = offerName(view.plan.name, subscription.interval);
  const steps = [
    {
      title: "Now",
      text: `Nothing is charged. You keep ${mine} and all your credits until the change, and can undo it until then.`,
    },
    {
      title: <Instant value={subscription.renewsAt} {...where} />,
      text: (
        <>
          {seatsName(offerName(plan.name, interval), subscription.quantity)} begins.{" "}
          <Money cents={priceCents} locale={where.locale} />
          {isCharged(subscription, where.locale)}
          {!subscription.sendsInvoice && " to your card"}
          {subscription.priceCents !== null && (
            <>
              , instead of <Money cents={subscription.priceCents} locale={where.locale} />
            </>
          )}
          , and again every {interval} after.
        </>
      ),
    },
    {
      title: "From then on",
      text: (
        <>
          You get <Credits value={creditsPerCycle} locale={where.locale} /> credits a cycle, instead of{" "}
          <Credits value={subscription.creditsPerCycle} locale={where.locale} />. Unused credits of the old
          cycle expire with it, as they do at every renewal.
        </>
      ),
    },
    ...(subscription.cancelAt
      ? [{ title: "Your cancellation", text: `It no longer applies: you continue with ${plan.name}.` }]
      : []),
  ];
  return (
    <ConfirmPanel title={`Change to ${offerName(plan.name, interval)}`} steps={steps} keep={`Keep ${mine}`}>
      <ActionForm action={downgradeAction}>
        <input type="hidden" name="plan" value={plan.id} />
        <input type="hidden" name="interval" value={interval} />
        <SubmitButton size="large" working={ARRANGING}>
          <span>
            Change on <Instant value={subscription.renewsAt} variant="day" {...where} />
          </span>
        </SubmitButton>
      </ActionForm>
    </ConfirmPanel>
  );
}
