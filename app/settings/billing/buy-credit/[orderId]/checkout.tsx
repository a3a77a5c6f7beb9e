import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { OutsideSubmitButton } from "@/app/_components/outside-submit-button";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { isOfTheCard } from "@/lib/billing/cards/view";
import { forecast, likelyUnused } from "@/lib/billing/forecast";
import { minCredits } from "@/lib/money/credits";
import { formatCredits } from "@/lib/money/format";
import { AskABuyer } from "../../ask-a-buyer";
import { CardChoice, choiceOf, PayWith } from "../../card-choice";
import { addCardAction } from "../../payment-method/actions";
import { timeInWords } from "../../words";
import { ARRANGING, LEAVING, PAYING, PAYING_LONG } from "../../working";
import { MayNotBuyNotice } from "../may-not-buy";
import { Acknowledgement } from "./acknowledgement";
import { cancelOrderAction, confirmOrderAction } from "./actions";
import type { OrderScene } from "./order-facts";
import { PAY_OR_CANCEL } from "./stages";

const ADD_CARD = "add-card";
const CANCEL = "cancel-order";

/** The review before anything is charged, and again after a decline. */
export function Checkout({ justSaved, ...scene }: OrderScene & { readonly justSaved: boolean }) {
  const { order, account, mayManage } = scene;
  if (!mayManage || account.mayNotBuy !== null) return <NotForNow {...scene} />;
  const payable = account.cards.length > 0;
  const declined = order.attempts.flatMap(({ status, card, declineCode }) =>
    status === "declined" && isOfTheCard(declineCode) ? [card.id] : [],
  );
  const choice = choiceOf(account.cards, declined, { justSaved });
  // Where every card was declined, another one is the way on.
  const isStuck = payable && !choice.isMade && account.cards.every(({ id }) => declined.includes(id));
  return (
    <div>
      {/* Forms cannot stand in forms: their buttons name them from where they belong. */}
      <ActionForm id={ADD_CARD} action={addCardAction}>
        <input type="hidden" name="destination" value={order.id} />
      </ActionForm>
      <ActionForm id={CANCEL} action={cancelOrderAction}>
        <input type="hidden" name="orderId" value={order.id} />
      </ActionForm>
      <ActionForm key={order.attempts.length} action={confirmOrderAction}>
        <input type="hidden" name="orderId" value={order.id} />
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21.5rem]">
          <Cards scene={scene} choice={payable ? choice : null} isStuck={isStuck} />
          <Summary {...scene}>
            {payable && (
              <>
                <SubmitButton
                  size="large"
                  variant={isStuck ? "secondary" : "primary"}
                  className="mt-4 w-full"
                  working={PAYING}
                  later={PAYING_LONG}
                  data-pays
                >
                  <PayWith cents={order.amountCents} locale={scene.where.locale} choice={choice} />
                </SubmitButton>
                <p className="mt-3 text-center text-muted text-sm">Your card is charged once.</p>
              </>
            )}
            <OutsideSubmitButton
              form={CANCEL}
              variant="quiet"
              className="not-while-paying mt-2 w-full"
              working={ARRANGING}
            >
              Cancel order
            </OutsideSubmitButton>
          </Summary>
        </div>
      </ActionForm>
    </div>
  );
}

/** For who may not pay it, or not now: what it is, and why. */
const NotForNow = (scene: OrderScene) => (
  <>
    {scene.mayManage ? (
      <MayNotBuyNotice account={scene.account} mayManage={scene.mayManage} where={scene.where} />
    ) : (
      <Notice>
        <AskABuyer what={PAY_OR_CANCEL} />
      </Notice>
    )}
    <Summary {...scene} />
  </>
);

type CardsProps = {
  readonly scene: OrderScene;
  /** Null: no card is saved. */
  readonly choice: ReturnType<typeof choiceOf> | null;
  readonly isStuck: boolean;
};

const Cards = ({ scene, choice, isStuck }: CardsProps) => (
  <Panel id="payment-method" title="Payment method">
    {choice ? (
      <CardChoice choice={choice} />
    ) : (
      <p className="text-muted">
        No card is saved yet. Add one on our payment provider's page; you come back to this order, and nothing
        is charged until you confirm it here.
      </p>
    )}
    <OutsideSubmitButton
      form={ADD_CARD}
      variant={choice && !isStuck ? "secondary" : "primary"}
      className="not-while-paying mt-4"
      working={LEAVING}
    >
      {choice ? "Add another card" : "Add a card"}
    </OutsideSubmitButton>
    {choice && scene.order.needsAcknowledgement && (
      <Acknowledgement className="mt-5 border-line border-t pt-4">{lateWarning(scene)}</Acknowledgement>
    )}
  </Panel>
);

function Summary({ children, ...scene }: OrderScene & { readonly children?: ReactNode }) {
  const { order, balance, where } = scene;
  const paysBack = minCredits(balance.owed, order.credits);
  return (
    <Panel id="summary" title="Summary">
      <Facts>
        <Fact label="Add-on credits">
          <Credits value={order.credits} locale={where.locale} />
        </Fact>
        {paysBack > 0n && (
          <Fact label="Pays back what you owe">
            <Credits value={paysBack} locale={where.locale} />
          </Fact>
        )}
        <Fact label="Balance after">
          <Credits value={balance.remaining + order.credits - paysBack} locale={where.locale} />
        </Fact>
        <Fact label="Credits expire">
          <Instant value={order.expiresAt} variant="date" {...where} />
        </Fact>
      </Facts>
      <Facts className="mt-3 border-line border-t pt-3 font-semibold">
        <Fact label={<span className="text-ink">Total</span>}>
          <Money cents={order.amountCents} locale={where.locale} />
        </Fact>
      </Facts>
      {children}
    </Panel>
  );
}

/** Near the end of the cycle: how long the credits live, and how much of them is likely to be lost. */
function lateWarning({ order, account, balance, where }: OrderScene): string {
  const left = timeInWords(order.expiresAt.getTime() - account.now.getTime());
  const pace = forecast({ recent: account.recentUse, grants: balance.grants }, account.period, account.now);
  return `I know that these credits expire in ${left}${pace ? likelyLost(order.credits, likelyUnused(order.credits, balance.remaining, pace), where.locale) : ""}. Unused credits do not carry forward.`;
}

function likelyLost(bought: bigint, unused: ReturnType<typeof likelyUnused>, locale: string): string {
  if (unused === 0n) return "; at your current pace you use them all before";
  if (unused === bought) return "; at your current pace all of them go unused";
  return `; at your current pace about ${formatCredits(unused, locale)} of them go unused`;
}
