import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { CardChoice, choiceOf, declinedFor, PayWith } from "../card-choice";
import { LEAVING, PAYING, PAYING_LONG } from "../working";
import { payInvoiceAction, updateCardAndPayAction } from "./actions";

type Props = {
  readonly invoice: NonNullable<PlanView["openInvoice"]>;
  readonly cards: PlanView["cards"];
  readonly locale: string;
  /** Something else is what to do first. */
  readonly isSecond?: boolean;
};

// Both forms' buttons stand in one row, and what came of a form above it.
const IN_ONE_ROW = "contents [&>[role=alert]]:order-first [&>[role=alert]]:mb-1 [&>[role=alert]]:w-full";

/**
 * The buttons that pay an invoice that was not paid: with another card, or with one that is saved. Where one has to be chosen
 * first, the choice comes before both, on the screen as with the keyboard.
 */
export function FixPayment({ invoice, cards, locale, isSecond = false }: Props) {
  const choice = choiceOf(cards, declinedFor(invoice, cards));
  const [only] = cards;
  const works = cards.some(({ id }) => !choice.declined.includes(id));
  const another = (
    <ActionForm action={updateCardAndPayAction} className={IN_ONE_ROW}>
      <Shown invoice={invoice} />
      <SubmitButton size="large" variant={works || isSecond ? "secondary" : "primary"} working={LEAVING}>
        <span>
          {only ? "Add another card" : "Add a card"} and pay{" "}
          <Money cents={invoice.dueCents} locale={locale} />
        </span>
      </SubmitButton>
    </ActionForm>
  );
  return (
    <div className="flex flex-wrap gap-2">
      {only && (
        <ActionForm action={payInvoiceAction} className={IN_ONE_ROW}>
          <input type="hidden" name="requestId" value={crypto.randomUUID()} />
          <Shown invoice={invoice} />
          <div className="mb-1 w-full">
            <div className="max-w-md">
              <CardChoice choice={choice} />
            </div>
          </div>
          <SubmitButton
            variant={works && !isSecond ? "primary" : "secondary"}
            size="large"
            working={PAYING}
            later={PAYING_LONG}
          >
            <PayWith cents={invoice.dueCents} locale={locale} choice={choice} />
          </SubmitButton>
        </ActionForm>
      )}
      {another}
    </div>
  );
}

/** Only this much of this invoice is paid: the page may be hours old. */
function Shown({ invoice }: Pick<Props, "invoice">) {
  return (
    <>
      <input type="hidden" name="invoice" value={invoice.id} />
      <input type="hidden" name="shownCents" value={invoice.dueCents.toString()} />
    </>
  );
}
