import type { Metadata } from "next";
import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { checkCancelable } from "@/lib/billing/subscriptions/standing";
import { freePlan } from "@/lib/catalog/plans";
import { offerName } from "@/lib/wording/plans";
import { loadBilling } from "../../load-billing";
import { PLAN_CANCEL } from "../../paths";
import { ARRANGING } from "../../working";
import { cancelPlanAction } from "../actions";
import { ConfirmPanel } from "../confirm-panel";
import { Refused } from "../refused";
import { ASK_A_BUYER, changeSentence, NOT_CONFIRMED_YET } from "../sentences";

export const metadata: Metadata = { title: "Cancel plan" };

const TITLE = "Cancel plan";

/** What canceling does and when. */
export default async function CancelPage() {
  const { account: view, mayManage, where } = await loadBilling(PLAN_CANCEL);
  if (!mayManage) return <Refused title={TITLE}>{ASK_A_BUYER}</Refused>;
  const cancelable = checkCancelable(view.standing);
  if (!cancelable.ok) return <Refused title={TITLE}>{changeSentence(cancelable.error)}</Refused>;
  if (!view.subscription)
    return <Refused title={TITLE}>{changeSentence({ code: "no_subscription" })}</Refused>;
  if (view.subscription.pendingChange?.kind === "cancel")
    return <Refused title={TITLE}>{NOT_CONFIRMED_YET}</Refused>;
  if (view.openPayment) {
    return (
      <Refused title={TITLE} payment={view.openPayment.id}>
        {changeSentence({ code: "payment_in_progress" })}
      </Refused>
    );
  }
  if (view.subscription.cancelAt && !view.subscription.pendingChange) {
    return (
      <Refused title={TITLE}>
        Your plan is canceled already and ends on <Instant value={view.subscription.cancelAt} {...where} />.{" "}
        {view.subscription.isPlannedByOperator
          ? "To go on with it, please write to us."
          : "Under Plans you can take that back."}
      </Refused>
    );
  }
  return <Confirm view={view} subscription={view.subscription} where={where} />;
}

type Props = {
  readonly view: PlanView;
  readonly subscription: NonNullable<PlanView["subscription"]>;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

function Confirm({ view, subscription, where }: Props) {
  const mine = offerName(view.plan.name, subscription.interval);
  const free = freePlan();
  const steps = [
    {
      title: "Now",
      text: `Nothing is charged, and nothing is paid back. You keep ${mine} and all your credits until it ends${
        subscription.isPlannedByOperator ? "." : ", and can take the cancellation back until then."
      }`,
    },
    {
      title: <Instant value={subscription.renewsAt} {...where} />,
      text: `${mine} ends. Credits that are not used expire, as they do at every renewal, add-on credits too. Nothing more is charged.`,
    },
    {
      title: "From then on",
      text: (
        <>
          You are on {free.name}
          {free.creditsPerCycle && (
            <>
              {" "}
              with <Credits value={free.creditsPerCycle} locale={where.locale} /> credits a cycle
            </>
          )}
          , and cannot buy add-on credits.
        </>
      ),
    },
    ...(subscription.planned
      ? [
          {
            title: "The change that is planned",
            text: (
              <>
                What was to come on <Instant value={subscription.planned.at} {...where} /> does not come. You
                cannot take this cancellation back here; to go on after all, write to us before your plan
                ends.
              </>
            ),
          },
        ]
      : []),
    ...(view.openInvoice
      ? [
          {
            title: "Your open invoice",
            text: (
              <>
                Canceling does not settle it:{" "}
                <Money cents={view.openInvoice.dueCents} locale={where.locale} /> stay to be paid.
              </>
            ),
          },
        ]
      : []),
  ];
  return (
    <ConfirmPanel title={`Cancel ${mine}`} steps={steps} keep={`Keep ${mine}`}>
      <ActionForm action={cancelPlanAction}>
        <SubmitButton variant="danger" size="large" working={ARRANGING}>
          <span>
            Cancel on <Instant value={subscription.renewsAt} variant="day" {...where} />
          </span>
        </SubmitButton>
      </ActionForm>
    </ConfirmPanel>
  );
}
