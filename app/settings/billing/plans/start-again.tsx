import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { SubmitButton } from "@/app/_components/submit-button";
import type { Offer } from "@/lib/billing/subscriptions/offers";
import type { Credits as Amount } from "@/lib/money/credits";
import { paysBackSentence } from "@/lib/wording/purchases";
import { LEAVING } from "../working";
import { subscribeAction } from "./actions";
import { startInWords } from "./start-words";

type Props = {
  readonly offer: Offer;
  readonly now: Date;
  /** What the next credits pay back first. */
  readonly owed: Amount;
  /** What stays as it is. */
  readonly rest?: string;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** The plan that ended, once more: what it costs, what it gives and until when, and the button. */
export function StartAgain({ offer, now, owed, rest, where }: Props) {
  const sentences = [
    `${startInWords(offer, now, where)}.`,
    owed > 0n && paysBackSentence(offer.creditsPerCycle, owed, where.locale),
    rest,
  ];
  return (
    <section aria-labelledby="start-again">
      <h3 id="start-again" className="font-semibold">
        Start {offer.plan.name} again
      </h3>
      <p className="mt-1 mb-3 max-w-prose">{sentences.filter(Boolean).join(" ")}</p>
      <ActionForm action={subscribeAction}>
        <input type="hidden" name="plan" value={offer.plan.id} />
        <input type="hidden" name="interval" value={offer.interval} />
        <SubmitButton size="large" working={LEAVING}>
          <span>
            Start again for <Money cents={offer.priceCents} locale={where.locale} />
          </span>
        </SubmitButton>
      </ActionForm>
    </section>
  );
}
