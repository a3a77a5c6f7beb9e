import { Credits } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import type { PlanView } from "@/lib/billing/account-view";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import type { Credits as Amount } from "@/lib/money/credits";
import { FixPayment } from "./fix-payment";
import { StartAgain } from "./start-again";
import { offerAgain } from "./start-words";

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
  const offer = offerAgain(ended?.plan ?? invoice.plan);
  return (
    <div className="mt-4 grid gap-6">
      {offer && (
        <StartAgain
          offer={offer}
          now={view.now}
          owed={owed}
          rest="The old invoice stays open."
          where={where}
        />
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
