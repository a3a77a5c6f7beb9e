import { Credits } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import type { PlanView } from "@/lib/billing/account-view";
import { unreachable } from "@/lib/result";
import { BUY_CREDIT, OVERVIEW, type Query } from "../paths";
import { UNSEEN } from "../sentences";
import { type CheckoutFlag, type PayProblem, payProblemSentence } from "./sentences";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly view: PlanView; readonly query: Awaited<Query>; readonly where: Where };

const CHECKOUT: readonly CheckoutFlag[] = ["done", "open", "unknown", "unavailable"];
const PAY_PROBLEMS: readonly PayProblem[] = [
  "nothing_to_pay",
  "invoice_changed",
  "no_card",
  "unknown_card",
  "payment_in_progress",
  "too_many_declines",
  "provider_unavailable",
  "payments_unavailable",
];

/** News for who has just come back to this page from paying, or from a button that led here. */
export function CameBack({ view, query, where }: Props) {
  const checkout = CHECKOUT.find((each) => each === query.checkout);
  const problem = PAY_PROBLEMS.find((each) => each === query.pay);
  return (
    <>
      {checkout && <FromCheckout flag={checkout} view={view} where={where} />}
      {problem && (
        <Notice tone="danger" announce>
          {payProblemSentence(problem)}
        </Notice>
      )}
      {query.kept === "yes" &&
        view.subscription &&
        !view.subscription.pendingChange &&
        !view.subscription.cancelAt &&
        !view.subscription.next && (
          <Notice tone="success" announce>
            You keep {view.plan.name}. It renews on <Instant value={view.subscription.renewsAt} {...where} />.
          </Notice>
        )}
    </>
  );
}

type Returned = { readonly flag: CheckoutFlag; readonly view: PlanView; readonly where: Where };

function FromCheckout({ flag, view, where }: Returned) {
  switch (flag) {
    case "done":
      return view.subscription ? (
        <Welcome view={view} where={where} />
      ) : (
        <Notice announce>
          Your payment is being confirmed, and your plan begins once it is. You don't need to pay again.
          Reload this page in a moment.
        </Notice>
      );
    case "open":
      return view.subscription ? null : (
        <Notice tone="warning" announce>
          The payment was not finished, so nothing was charged and you are still on {view.plan.name}. Choose a
          plan below to start again.
        </Notice>
      );
    case "unavailable":
      return (
        <Notice tone="warning" announce>
          {UNSEEN.text}
        </Notice>
      );
    case "unknown":
      return (
        <Notice tone="warning" announce>
          There is no answer from our payment provider yet. If you finished the payment, your plan appears
          here in a moment; you don't need to pay again.
        </Notice>
      );
    default:
      return unreachable(flag);
  }
}

function Welcome({ view, where }: Pick<Props, "view" | "where">) {
  const { plan, creditsPerCycle, period } = view;
  return (
    <Notice tone="success" announce className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="max-w-prose">
        <strong className="font-semibold">You are on {plan.name}.</strong>{" "}
        {creditsPerCycle && (
          <>
            <Credits value={creditsPerCycle} locale={where.locale} /> credits are yours until{" "}
            <Instant value={period.end} {...where} />.
          </>
        )}
      </p>
      <span className="flex gap-2">
        <LinkButton href={OVERVIEW}>Overview</LinkButton>
        {plan.mayBuyCredits && <LinkButton href={BUY_CREDIT}>Buy credits</LinkButton>}
      </span>
    </Notice>
  );
}
