import { type CardView, isOfTheCard } from "@/lib/billing/cards/view";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import type { Cents } from "@/lib/money/credits";
import { formatCents } from "@/lib/money/format";
import { cardEnd, cardName, cardNameAndExpiry } from "@/lib/wording/cards";
import { CardRadio } from "./card-radio";

/** The cards to choose from. */
export type Choice = {
  /** Those that were declined come last. */
  readonly cards: readonly CardView[];
  readonly declined: readonly string[];
  /** Whether a card is chosen at first: the first one. */
  readonly isMade: boolean;
};

/**
 * What there is to choose from for a payment. `declined`: ids of cards that were declined for it; then none is chosen, unless one
 * was saved just now, which is the default one.
 */
export function choiceOf(
  cards: readonly CardView[],
  declined: readonly string[] = [],
  { justSaved = false } = {},
): Choice {
  const isDeclined = ({ id }: CardView) => declined.includes(id);
  return {
    cards: [...cards.filter((each) => !isDeclined(each)), ...cards.filter(isDeclined)],
    declined,
    isMade: justSaved || !cards.some(isDeclined),
  };
}

/** Ids of the cards that were declined for an invoice, or in this cycle for anything else and have not paid since. */
export const declinedFor = (
  { declinedCards }: Pick<OpenInvoiceView, "declinedCards">,
  cards: readonly CardView[],
): readonly string[] =>
  cards.flatMap(({ id, declined }) =>
    declinedCards.includes(id) || (declined && isOfTheCard(declined.code)) ? [id] : [],
  );

const isChoice = ({ cards, isMade }: Choice): boolean => cards.length > 1 || !isMade;

/** Which saved card to pay with, as the field `card`. With one card there is nothing to choose, unless it was declined. */
export function CardChoice({ choice }: { readonly choice: Choice }) {
  const { cards, declined, isMade } = choice;
  const [only] = cards;
  if (only && !isChoice(choice)) {
    return (
      <p>
        <input type="hidden" name="card" value={only.id} />
        {cardNameAndExpiry(only)}
      </p>
    );
  }
  return (
    <fieldset className="space-y-2">
      <legend className={isMade ? "sr-only" : "mb-2 text-muted text-sm"}>
        {isMade ? "Which card to pay with" : "Choose the card to pay with"}
      </legend>
      {cards.map((card, index) => (
        <label
          key={card.id}
          htmlFor={`pay-with-${card.id}`}
          className="flex cursor-pointer items-center gap-3 rounded-control border border-line px-3.5 py-2.5 has-checked:border-soft-line has-checked:bg-soft has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2"
        >
          <CardRadio
            id={`pay-with-${card.id}`}
            value={card.id}
            isFirst={isMade && index === 0}
            data-nth={index}
            className="size-4 accent-primary outline-none"
          />
          <span>
            {cardName(card)}
            {declined.includes(card.id) && (
              <>
                {" "}
                <span className="ml-1 text-danger text-sm">Declined</span>
              </>
            )}
          </span>
          <span className="ml-auto text-muted text-sm">Expires {cardEnd(card)}</span>
        </label>
      ))}
    </fieldset>
  );
}

type PayProps = { readonly cents: Cents; readonly locale: string; readonly choice: Choice };

/** `Pay $299.00 with Visa •••• 4242`: the words of the button, whichever card is chosen, without scripts too (`.pay-with`). */
export function PayWith({ cents, locale, choice }: PayProps) {
  const price = `Pay ${formatCents(cents, locale)}`;
  const [only] = choice.cards;
  if (only && !isChoice(choice)) return <span>{`${price} with ${cardName(only)}`}</span>;
  return (
    <span className="pay-with">
      {price}
      {choice.cards.map((card, index) => (
        <span key={card.id} data-nth={index}>
          {` with ${cardName(card)}`}
        </span>
      ))}
    </span>
  );
}
