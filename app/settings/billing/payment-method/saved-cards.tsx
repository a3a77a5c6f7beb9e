import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { SubmitButton } from "@/app/_components/submit-button";
import type { AccountView } from "@/lib/billing/account-view";
import type { CardView } from "@/lib/billing/cards/view";
import { cardExpiry } from "@/lib/billing/cards/view";
import { cardEnd, cardName } from "@/lib/wording/cards";
import { Badge } from "../badge";
import { removeCardPath } from "../paths";
import { ARRANGING, LEAVING } from "../working";
import { addCardAction, makeDefaultAction } from "./actions";
import { LAST_CARD } from "./sentences";

type Props = { readonly account: AccountView; readonly mayManage: boolean };

export function SavedCards({ account, mayManage }: Props) {
  const { cards, subscription, now } = account;
  if (cards.length === 0) {
    return (
      <p className="text-muted">
        No card is saved.{" "}
        {subscription && !subscription.sendsInvoice
          ? "Your plan renews only if something else, such as Link, pays for it at our payment provider. Add a card to pay with it from then on."
          : "You need one to buy credits."}
      </p>
    );
  }
  const isKept = subscription !== null && cards.length === 1;
  const renewing = cards.find((each) => each.paysRenewals);
  return (
    <ul>
      {cards.map((card) => (
        <li
          key={card.id}
          className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-t py-3.5 first:border-t-0 first:pt-0"
        >
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <strong className="font-semibold">{cardName(card)}</strong>
              <Uses card={card} />
            </p>
            <Expiry card={card} now={now} />
          </div>
          {mayManage && (
            <Choices
              card={card}
              isKept={isKept}
              isChosen={card.isDefault && (!renewing || card === renewing)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

const Uses = ({ card }: { readonly card: CardView }) => (
  <>
    {card.isDefault && <Badge tone="soft">Default</Badge>}
    {card.paysRenewals && <Badge tone="plain">Used for renewals</Badge>}
  </>
);

function Expiry({ card, now }: { readonly card: CardView; readonly now: Date }) {
  switch (cardExpiry(card, now)) {
    case "over":
      return <p className="text-danger text-sm">Expired {cardEnd(card)}</p>;
    case "soon":
      return <p className="text-sm text-warn">Expires soon: {cardEnd(card)}</p>;
    case "fine":
      return <p className="text-muted text-sm">Expires {cardEnd(card)}</p>;
  }
}

type ChoicesProps = {
  readonly card: CardView;
  /** The only card of a plan that renews. */
  readonly isKept: boolean;
  /** Everything is paid with it already. */
  readonly isChosen: boolean;
};

/** What can be done with a card; every button says with which, for those who hear them one by one. */
function Choices({ card, isKept, isChosen }: ChoicesProps) {
  const name = <span className="sr-only"> {cardName(card)}</span>;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {!isChosen && (
        <ActionForm action={makeDefaultAction}>
          <input type="hidden" name="card" value={card.id} />
          <SubmitButton variant="secondary" working={ARRANGING}>
            <span>
              {card.isDefault ? "Use for renewals too" : "Make default"}
              {name}
            </span>
          </SubmitButton>
        </ActionForm>
      )}
      {card.isDefault && (
        <ActionForm action={addCardAction}>
          <input type="hidden" name="destination" value="payment-method" />
          <input type="hidden" name="replaces" value={card.id} />
          <SubmitButton variant="secondary" working={LEAVING}>
            <span>Update card{name}</span>
          </SubmitButton>
        </ActionForm>
      )}
      {isKept ? (
        <p className="max-w-xs text-muted text-sm">{LAST_CARD}</p>
      ) : (
        <LinkButton href={removeCardPath(card.id)} variant="danger">
          <span>Remove{name}</span>
        </LinkButton>
      )}
    </div>
  );
}
