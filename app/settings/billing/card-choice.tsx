import type { CardView } from "@/lib/billing/cards/view";
import { cardName, cardNameAndExpiry } from "@/lib/wording/cards";
import { CardRadio } from "./card-radio";

/** Which saved card to pay with, as the field `card`; the first is chosen. With one card there is nothing to choose. */
export function CardChoice({ cards }: { readonly cards: readonly CardView[] }) {
  const [only, ...others] = cards;
  const ids = cards.map(({ id }) => id);
  if (only && others.length === 0) {
    return (
      <p>
        <input type="hidden" name="card" value={only.id} />
        {cardNameAndExpiry(only)}
      </p>
    );
  }
  return (
    <fieldset className="space-y-2">
      <legend className="sr-only">Which card to pay with</legend>
      {cards.map((card) => (
        <label
          key={card.id}
          htmlFor={`pay-with-${card.id}`}
          className="flex cursor-pointer items-center gap-3 rounded-control border border-line px-3.5 py-2.5 has-checked:border-soft-line has-checked:bg-soft has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2"
        >
          <CardRadio
            id={`pay-with-${card.id}`}
            value={card.id}
            all={ids}
            className="size-4 accent-primary outline-none"
          />
          <span>{cardName(card)}</span>
          <span className="ml-auto text-muted text-sm">
            Expires {String(card.expMonth).padStart(2, "0")}/{String(card.expYear % 100).padStart(2, "0")}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
