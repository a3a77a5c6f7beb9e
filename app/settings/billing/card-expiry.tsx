import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import type { PlanView } from "@/lib/billing/account-view";
import { cardExpiry } from "@/lib/billing/cards/view";
import { chargedNext } from "@/lib/billing/subscriptions/view";
import { cardEnd, cardName } from "@/lib/wording/cards";
import { CARDS } from "./paths";

type Props = {
  readonly view: Pick<PlanView, "cards" | "now" | "plan" | "subscription">;
  /** Whether this person may change the cards. */
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Says that the card which renews the plan ends soon, or has ended; silent where no plan is charged to it. */
export function CardExpiryNotice({ view, mayManage, where }: Props) {
  const card = view.cards.find((each) => each.paysRenewals);
  const { subscription } = view;
  const expiry = card ? cardExpiry(card, view.now) : "fine";
  if (!card || !subscription || expiry === "fine") return null;
  const price = chargedNext(subscription);
  return (
    <Notice tone="warning" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="max-w-prose">
        {cardName(card)}, which pays for your {view.plan.name} plan,{" "}
        {expiry === "over" ? "expired" : "expires"} at the end of {cardEnd(card)}. The next{" "}
        {price === null ? "invoice is" : <Money cents={price} locale={where.locale} />}
        {price === null ? " charged on " : " are charged on "}
        <Instant value={subscription.renewsAt} variant="date" {...where} />
        {expiry === "over" ? ", and your bank may decline that. " : ". "}
        {mayManage ? "Add another card in time." : "An owner or billing member can add another card."}
      </p>
      <LinkButton href={CARDS}>Payment methods</LinkButton>
    </Notice>
  );
}
