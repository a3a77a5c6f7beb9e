import { redirect } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { PagePanel } from "@/app/_components/page-title";
import { SubmitButton } from "@/app/_components/submit-button";
import type { AccountView } from "@/lib/billing/account-view";
import type { CardView } from "@/lib/billing/cards/view";
import { cardName, cardNameAndExpiry } from "@/lib/wording/cards";
import { loadBilling } from "../../load-billing";
import { CARDS, type Query, removeCardPath } from "../../paths";
import { ARRANGING } from "../../working";
import { removeCardAction } from "../actions";
import { LAST_CARD } from "../sentences";

/** Says what removing a card does, before it is done. */
export default async function RemoveCardPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const id = typeof query.card === "string" ? query.card : "";
  const { account, mayManage } = await loadBilling(removeCardPath(id));
  const card = account.cards.find((each) => each.id === id);
  if (!card || !mayManage) redirect(CARDS);
  const isKept = account.subscription !== null && account.cards.length === 1;
  return (
    <PagePanel id="remove-card" title={`Remove ${cardName(card)}`} className="max-w-2xl">
      {isKept ? (
        <p className="max-w-prose">{LAST_CARD}</p>
      ) : (
        <p className="max-w-prose">{consequence(card, account)}</p>
      )}
      <div className="mt-5 flex flex-wrap items-end gap-2">
        {!isKept && (
          <ActionForm action={removeCardAction}>
            <input type="hidden" name="card" value={card.id} />
            <SubmitButton variant="danger" size="large" working={ARRANGING}>
              Remove {cardNameAndExpiry(card)}
            </SubmitButton>
          </ActionForm>
        )}
        <LinkButton href={CARDS} size="large">
          {isKept ? "Back to Payment methods" : "Keep it"}
        </LinkButton>
      </div>
    </PagePanel>
  );
}

function consequence(card: CardView, { cards }: AccountView): string {
  const forgotten =
    "It is deleted here and at our payment provider, and can no longer be charged. Nothing is charged or refunded.";
  const [next] = cards.filter((each) => each.id !== card.id);
  if (!next) return `${forgotten} It is your only card: to buy credits you will need to add one.`;
  // What takes the default's place takes the renewals too, whichever card paid for them.
  const renews = cards.some((each) => each.paysRenewals);
  if (card.isDefault)
    return `${forgotten} ${cardName(next)} is used instead${renews ? ", for credits and for your plan's renewals" : ""}.`;
  return card.paysRenewals
    ? `${forgotten} Your plan's renewals are charged to ${cardName(next)} instead.`
    : forgotten;
}
