import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { listOffers } from "@/lib/billing/subscriptions/offers";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import { monthsAfter } from "@/lib/calendar";
import type { Credits as Amount } from "@/lib/money/credits";
import { paysBackSentence } from "@/lib/wording/purchases";
import { LEAVING } from "../working";
import { subscribeAction } from "./actions";
import { FixPayment } from "./fix-payment";

type Props = {
  readonly view: PlanView;
  readonly invoice: OpenInvoiceView;
  /** What the next credits pay back first. */
  readonly owed: Amount;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** What somebody can do whose plan ended unpaid: start it again, or else pay for what it gave. */
export function EndedUnpaid({ view, invoice, owed, where }: Props) {
  const { ended, period, cards, openPayment } = view;
  const plan = ended?.plan ?? invoice.plan;
  const offer = listOffers().find(
    (each) => each.plan.id === plan?.id && each.interval === "month" && !each.plan.isRetired,
  );
  return (
    <div className="mt-4 grid gap-6">
      {offer && (
        <section aria-labelledby="start-again">
          <h3 id="start-again" className="font-semibold">
            Start {offer.plan.name} again
          </h3>
          <p className="mt-1 mb-3 max-w-prose">
            <Money cents={offer.priceCents} locale={where.locale} /> now and every month, for{" "}
            <Credits value={offer.creditsPerCycle} locale={where.locale} /> new credits until{" "}
            <Instant value={monthsAfter(view.now, 1)} variant="date" {...where} />.{" "}
            {owed > 0n && `${paysBackSentence(offer.creditsPerCycle, owed, where.locale)} `}
            The old invoice stays open.
          </p>
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
      )}
      <section aria-labelledby="pay-old">
        <h3 id="pay-old" className="font-semibold">
          {offer ? "Or pay the old invoice" : "Pay the old invoice"}
        </h3>
        <p className="mt-1 mb-3 max-w-prose">
          {invoice.credits !== null ? (
            <>
              It gives back up to <Credits value={invoice.credits} locale={where.locale} /> credits, until{" "}
              <Instant value={period.end} variant="date" {...where} />; what you owe is paid out of them
              first.
            </>
          ) : (
            "What you owe of it is paid back."
          )}{" "}
          Your plan stays ended.
        </p>
        {!openPayment && <FixPayment invoice={invoice} cards={cards} locale={where.locale} isSecond />}
      </section>
    </div>
  );
}
