import type { Tx } from "../../../db/client";
import { mailBuyers } from "../../outbox/enqueue";
import type { SavedCard } from "./view";

/** A step: writes the mails of which cards were added and removed since the last read; told once of each. */
export async function mailCards(
  tx: Tx,
  accountId: string,
  { before, now }: { readonly before: readonly SavedCard[]; readonly now: readonly SavedCard[] },
): Promise<void> {
  const isIn = (cards: readonly SavedCard[], { id }: SavedCard) => cards.some((each) => each.id === id);
  for (const card of now.filter((each) => !isIn(before, each))) {
    const { brand, last4, expMonth, expYear } = card;
    await mailBuyers(tx, accountId, {
      kind: "card_added",
      effect: `card_added:${card.id}`,
      facts: { card: { brand, last4, expMonth, expYear } },
    });
  }
  for (const card of before.filter((each) => !isIn(now, each)))
    await mailBuyers(tx, accountId, {
      kind: "card_removed",
      effect: `card_removed:${card.id}`,
      facts: { card: { brand: card.brand, last4: card.last4 } },
    });
}
