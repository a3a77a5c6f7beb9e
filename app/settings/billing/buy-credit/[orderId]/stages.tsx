import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { env } from "@/lib/env";
import { AskABuyer } from "../../ask-a-buyer";
import { BUY_CREDIT, HISTORY, OVERVIEW } from "../../paths";
import { ARRANGING, ASKING } from "../../working";
import { cancelOrderAction, checkNowAction, continueToBankAction } from "./actions";
import { OrderFacts, type OrderScene } from "./order-facts";

const OrderId = ({ order }: Pick<OrderScene, "order">) => (
  <input type="hidden" name="orderId" value={order.id} />
);

/** What only some may do with an order. */
export const PAY_OR_CANCEL = "pay or cancel this order";

/** Nothing to do but wait; asking Stripe at once is a button, so that reading the page changes nothing. */
export function Waiting(scene: OrderScene) {
  return (
    <Panel id="order" title="Your order">
      <div aria-hidden="true" className="mb-5 h-1.5 overflow-hidden rounded-full bg-chart-used">
        <div data-filled className="h-full w-full animate-pulse rounded-full bg-primary" />
      </div>
      <OrderFacts {...scene} />
      <ActionForm action={checkNowAction} className="mt-5">
        <OrderId order={scene.order} />
        <SubmitButton variant="secondary" working={ASKING}>
          Check now
        </SubmitButton>
      </ActionForm>
    </Panel>
  );
}

export function AtTheBank(scene: OrderScene) {
  const { order, mayManage } = scene;
  return (
    <Panel id="order" title="Your order">
      <OrderFacts {...scene} />
      {mayManage ? (
        <div className="mt-5 flex flex-wrap gap-2">
          <ActionForm action={continueToBankAction}>
            <OrderId order={order} />
            <SubmitButton size="large" working={ASKING}>
              Continue to your bank
            </SubmitButton>
          </ActionForm>
          <ActionForm action={cancelOrderAction}>
            <OrderId order={order} />
            <SubmitButton variant="quiet" size="large" working={ARRANGING}>
              Cancel order
            </SubmitButton>
          </ActionForm>
        </div>
      ) : (
        <p className="mt-5 text-muted">
          <AskABuyer what={PAY_OR_CANCEL} />
        </p>
      )}
    </Panel>
  );
}

/** The order came to nothing; the next one starts where orders start. */
export function NewOrder({ mayCancel, ...scene }: OrderScene & { readonly mayCancel: boolean }) {
  return (
    <Panel id="order" title="Your order">
      <OrderFacts {...scene} />
      <div className="mt-5 flex flex-wrap gap-2">
        <LinkButton href={BUY_CREDIT} variant="primary" size="large">
          Start a new order
        </LinkButton>
        {mayCancel && scene.mayManage ? (
          <ActionForm action={cancelOrderAction}>
            <OrderId order={scene.order} />
            <SubmitButton variant="quiet" size="large" working={ARRANGING}>
              Cancel order
            </SubmitButton>
          </ActionForm>
        ) : (
          <LinkButton href={OVERVIEW} size="large">
            Overview
          </LinkButton>
        )}
      </div>
    </Panel>
  );
}

export function ByHand(scene: OrderScene) {
  const { SUPPORT_EMAIL } = env();
  const subject = encodeURIComponent(`Order ${scene.order.reference}`);
  return (
    <Panel id="order" title="Your order">
      <OrderFacts {...scene} />
      <p className="mt-5 text-muted">
        Questions? Write to{" "}
        <a className="text-accent underline" href={`mailto:${SUPPORT_EMAIL}?subject=${subject}`}>
          {SUPPORT_EMAIL}
        </a>{" "}
        and name the reference above.
      </p>
      <LinkButton href={HISTORY} className="mt-4">
        History
      </LinkButton>
    </Panel>
  );
}
