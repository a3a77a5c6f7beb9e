import { notFound } from "next/navigation";
import { Notice } from "@/app/_components/notice";
import { PageHeading } from "@/app/_components/page-heading";
import { PageLink } from "@/app/_components/page-link";
import { LookAt } from "@/app/_components/sending";
import { Title } from "@/app/_components/title";
import { findOrder } from "@/lib/billing/orders/queries";
import { findUndo, type UndoView } from "@/lib/billing/orders/returns/undo";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { unreachable } from "@/lib/result";
import { seesPayments } from "@/lib/stripe/access/access";
import { CardNotice } from "../../card-notice";
import { Headline } from "../../headline";
import { loadBilling } from "../../load-billing";
import { BUY_CREDIT, orderPath, type Query } from "../../paths";
import { Checkout } from "./checkout";
import type { OrderScene } from "./order-facts";
import { OrderHistory } from "./order-history";
import { Receipt } from "./receipt";
import { isWaiting, messageOf, type Stage, stageOf, titleOf } from "./stage";
import { AtTheBank, ByHand, NewOrder, Waiting } from "./stages";

type Props = {
  readonly params: Promise<{ readonly orderId: string }>;
  readonly searchParams: Query;
};

/** One page for the whole life of an order, from the review to the receipt. */
export default async function OrderPage({ params, searchParams }: Props) {
  const [{ orderId }, query] = await Promise.all([params, searchParams]);
  const { customer, account, balance, mayManage, where } = await loadBilling(orderPath(orderId));
  const order = await findOrder(deps().db, customer.accountId, orderId);
  if (!order) notFound();
  const scene: OrderScene = { order, account, balance, mayManage, where };
  const stage = stageOf(order, account);
  const undo =
    stage === "paid" && mayManage
      ? await findUndo(deps().db, customer.accountId, orderId, env().REFUND_WINDOW_HOURS)
      : null;
  const { title, text } = messageOf(stage, order, {
    ...scene.where,
    isSeen: seesPayments(deps().access.state()),
    now: account.now,
  });
  const waiting = isWaiting(stage);
  const state = `${stage} ${order.attempts.length}`;
  return (
    <>
      <Title>{titleOf(stage, order)}</Title>
      {waiting && (
        <noscript>
          <meta httpEquiv="refresh" content="5" />
        </noscript>
      )}
      <LookAt inMs={account.period.end.getTime() - account.now.getTime()} />
      <CardNotice flag={query.card} />
      {query.again === "yes" && (
        <Notice announce>
          This order was placed before, so nothing was ordered or charged again.{" "}
          <PageLink href={BUY_CREDIT} className="underline">
            Start a new order
          </PageLink>
        </Notice>
      )}
      <Headline state={state} waiting={waiting}>
        <PageHeading key={state} className={`w-fit font-semibold text-xl ${TONES[stage]}`}>
          {title}
        </PageHeading>
        <p className="mt-1 max-w-prose text-muted">{text}</p>
      </Headline>
      <StageBody
        stage={stage}
        scene={scene}
        justSaved={query.card === "saved"}
        undo={undo?.ok ? undo.value : null}
      />
      {order.history.length > 1 && <OrderHistory {...scene} />}
    </>
  );
}

const TONES: Record<Stage, string> = {
  review: "",
  again: "text-danger",
  outdated: "",
  confirming: "",
  bank: "",
  paid: "text-good",
  refunded: "",
  disputed: "text-warn",
  canceled: "",
  canceling: "",
  by_hand: "text-warn",
};

type BodyProps = {
  readonly stage: Stage;
  readonly scene: OrderScene;
  /** They have just come back from saving a card. */
  readonly justSaved: boolean;
  /** What they get who have it refunded now, where they may. */
  readonly undo: UndoView | null;
};

function StageBody({ stage, scene, justSaved, undo }: BodyProps) {
  switch (stage) {
    case "review":
    case "again":
      return <Checkout {...scene} justSaved={justSaved} />;
    case "outdated":
    case "canceled":
      return <NewOrder {...scene} mayCancel={stage === "outdated"} />;
    case "confirming":
    case "canceling":
      return <Waiting {...scene} />;
    case "bank":
      return <AtTheBank {...scene} />;
    case "paid":
    case "refunded":
    case "disputed":
      return <Receipt {...scene} undo={undo} />;
    case "by_hand":
      return <ByHand {...scene} />;
    default:
      return unreachable(stage);
  }
}
