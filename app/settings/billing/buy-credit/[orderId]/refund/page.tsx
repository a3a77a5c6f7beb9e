import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { PagePanel } from "@/app/_components/page-title";
import { Fact, Facts } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { findOrder, type OrderView } from "@/lib/billing/orders/queries";
import { findUndo, type UndoView } from "@/lib/billing/orders/returns/undo";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { cardName } from "@/lib/wording/cards";
import { AskABuyer } from "../../../ask-a-buyer";
import { loadBilling } from "../../../load-billing";
import { orderPath, refundPath } from "../../../paths";
import { undoOrderSentence } from "../../../sentences";
import { REFUNDING } from "../../../working";
import { refundOrderAction } from "../actions";

type Props = { readonly params: Promise<{ readonly orderId: string }> };

/** Says what a refund of an order brings and takes, before it is asked for. */
export default async function RefundPage({ params }: Props) {
  const { orderId } = await params;
  const { customer, mayManage, where } = await loadBilling(refundPath(orderId));
  const { db } = deps();
  const order = await findOrder(db, customer.accountId, orderId);
  if (!order) notFound();
  if (!mayManage) {
    return (
      <Refused order={order}>
        <AskABuyer what="have this order refunded" />
      </Refused>
    );
  }
  const undo = await findUndo(db, customer.accountId, orderId, env().REFUND_WINDOW_HOURS);
  if (undo.ok) return <Confirm order={order} undo={undo.value} where={where} />;
  if (undo.error.code === "order_not_found") notFound();
  return <Refused order={order}>{undoOrderSentence(undo.error)}</Refused>;
}

const titleOf = ({ reference }: OrderView): string => `Refund order ${reference}`;

function Refused({ order, children }: { readonly order: OrderView; readonly children: ReactNode }) {
  const { SUPPORT_EMAIL } = env();
  const subject = encodeURIComponent(`Order ${order.reference}`);
  return (
    <PagePanel id="refused" title={titleOf(order)}>
      <p className="max-w-prose text-muted">{children}</p>
      <p className="mt-2 max-w-prose text-muted">
        You can write to us at{" "}
        <a className="text-accent underline" href={`mailto:${SUPPORT_EMAIL}?subject=${subject}`}>
          {SUPPORT_EMAIL}
        </a>
        .
      </p>
      <LinkButton href={orderPath(order.id)} className="mt-4">
        Back to the order
      </LinkButton>
    </PagePanel>
  );
}

type ConfirmProps = {
  readonly order: OrderView;
  readonly undo: UndoView;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

function Confirm({ order, undo, where }: ConfirmProps) {
  const paid = order.attempts.find((each) => each.status === "succeeded");
  return (
    <PagePanel id="confirm" title={titleOf(order)} className="max-w-2xl">
      <Facts>
        <Fact label="You get back">
          <Money cents={undo.amountCents} locale={where.locale} />
        </Fact>
        {paid && <Fact label="To the card">{cardName(paid.card)}</Fact>}
        <Fact label="Credits that go">
          <Credits value={order.credits} locale={where.locale} />
        </Fact>
        <Fact label="Possible until">
          <Instant value={undo.until} {...where} />
        </Fact>
      </Facts>
      <p className="mt-4 max-w-prose text-muted">
        The credits are taken from your balance at once. Banks usually take 5 to 10 days to show the money.
        This works only while none of these credits is used.
      </p>
      <div className="mt-5 flex flex-wrap items-end gap-2">
        <ActionForm action={refundOrderAction}>
          <input type="hidden" name="orderId" value={order.id} />
          <SubmitButton variant="danger" size="large" working={REFUNDING}>
            <span>
              Refund <Money cents={undo.amountCents} locale={where.locale} />
            </span>
          </SubmitButton>
        </ActionForm>
        <LinkButton href={orderPath(order.id)} variant="secondary" size="large">
          Keep the credits
        </LinkButton>
      </div>
    </PagePanel>
  );
}
