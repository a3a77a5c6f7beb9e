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
import { AskFirst, Refused } from "../refused";
import { changeSentence, NOT_CONFIRMED_YET } from "../sentences";

const TITLE = "Cancel plan";

/** What canceling does and when. */
export default async function CancelPage() {
  const { account: view, mayManage, where } = await loadBilling(PLAN_CANCEL);
  if (!mayManage) return <AskFirst title={TITLE} />;
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
        Your plan is already canceled and ends on <Instant value={view.subscription.cancelAt} {...where} />.{" "}
        {view.subscription.isPlannedByOperator
          ? "To keep it, please contact us."
          : "You can undo this under Plans."}
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

function Confirm(props: Props) {
  const { view, subscription, where } = props;
  const mine = offerName(view.plan.name, subscription.interval);
  return (
    <ConfirmPanel title={`Cancel ${mine}`} steps={stepsOf(props, mine)} keep={`Keep ${mine}`}>
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

/** What happens when, in turn. */
function stepsOf({ view, subscription, where }: Props, mine: string) {
  const free = freePlan();
  return [
    {
      title: "Now",
      text: `Nothing is charged, and nothing is refunded. You keep ${mine} and all your credits until it ends${
        subscription.isPlannedByOperator ? "." : ", and can undo the cancellation until then."
      }`,
    },
    {
      title: <Instant value={subscription.renewsAt} {...where} />,
      text: `${mine} ends. Unused credits expire, as they do at every renewal, including add-on credits. Nothing more is charged.`,
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
            title: "The scheduled change",
            text: (
              <>
                The change scheduled for <Instant value={subscription.planned.at} {...where} /> will not
                happen. You cannot undo this cancellation here; to keep your plan after all, contact us before
                it ends.
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
                <Money cents={view.openInvoice.dueCents} locale={where.locale} /> is still due.
              </>
            ),
          },
        ]
      : []),
  ];
}
