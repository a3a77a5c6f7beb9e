import { notFound } from "next/navigation";
import { PageHeading } from "@/app/_components/page-heading";
import { Title } from "@/app/_components/title";
import { findPlanPayment, type PlanPaymentView } from "@/lib/billing/subscriptions/queries";
import { deps } from "@/lib/deps";
import { unreachable } from "@/lib/result";
import { seesPayments } from "@/lib/stripe/access/access";
import { CardNotice } from "../../../card-notice";
import { Headline } from "../../../headline";
import { loadBilling } from "../../../load-billing";
import { planPaymentPath, type Query } from "../../../paths";
import type { PaymentScene } from "./facts";
import { messageOf, titleOf } from "./stage";
import { AtTheBank, Paid, Unpaid, Waiting } from "./stages";

type Props = {
  readonly params: Promise<{ readonly paymentId: string }>;
  readonly searchParams: Query;
};

/** One page for the whole life of a payment for a plan. */
export default async function PlanPaymentPage({ params, searchParams }: Props) {
  const [{ paymentId }, query] = await Promise.all([params, searchParams]);
  const billing = await loadBilling(planPaymentPath(paymentId));
  const { customer, account: view, balance, mayManage, where } = billing;
  const payment = await findPlanPayment(deps().db, customer.accountId, paymentId);
  if (!payment) notFound();
  const scene: PaymentScene = { payment, view, remaining: balance.remaining, mayManage, where };
  const isSeen = seesPayments(deps().access.state());
  const { title, text } = messageOf(payment, { view, isSeen, now: view.now, ...where });
  const waiting = payment.status === "processing";
  return (
    <>
      <Title>{titleOf(payment)}</Title>
      {waiting && (
        <noscript>
          <meta httpEquiv="refresh" content="5" />
        </noscript>
      )}
      <CardNotice flag={query.card} />
      <Headline state={payment.status} waiting={waiting}>
        <PageHeading key={payment.status} className={`w-fit font-semibold text-xl ${TONES[payment.status]}`}>
          {title}
        </PageHeading>
        <p className="mt-1 max-w-prose text-muted">{text}</p>
      </Headline>
      <StageBody {...scene} />
    </>
  );
}

const TONES: Record<PlanPaymentView["status"], string> = {
  processing: "",
  requires_action: "",
  paid: "text-good",
  declined: "text-danger",
  canceled: "",
};

function StageBody(scene: PaymentScene) {
  const { status } = scene.payment;
  switch (status) {
    case "processing":
      return <Waiting {...scene} />;
    case "requires_action":
      return <AtTheBank {...scene} />;
    case "paid":
      return <Paid {...scene} />;
    case "declined":
    case "canceled":
      return <Unpaid {...scene} />;
    default:
      return unreachable(status);
  }
}
