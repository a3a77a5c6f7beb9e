import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/account-view";
import { cardName } from "@/lib/wording/cards";
import { CardChoice } from "../card-choice";
import { LEAVING, PAYING } from "../working";
import { payInvoiceAction, updateCardAndPayAction } from "./actions";

type Props = {
  readonly invoice: NonNullable<PlanView["openInvoice"]>;
  readonly cards: PlanView["cards"];
  readonly locale: string;
};

// Both forms' buttons stand in one row, and what came of a form above it.
const IN_ONE_ROW = "contents [&>[role=alert]]:order-first [&>[role=alert]]:mb-1 [&>[role=alert]]:w-full";

/**
 * The buttons that pay a renewal that did not go through: with another card, or with one that is saved. Where one has to
 * be chosen first, the choice comes before both, on the screen as with the keyboard.
 */
export function FixPayment({ invoice, cards, locale }: Props) {
  const [only, ...others] = cards;
  const another = (
    <ActionForm action={updateCardAndPayAction} className={IN_ONE_ROW}>
      <input type="hidden" name="invoice" value={invoice.id} />
      <SubmitButton size="large" working={LEAVING}>
        <span>
          {only ? "Add another card" : "Add a card"} and pay{" "}
          <Money cents={invoice.dueCents} locale={locale} />
        </span>
      </SubmitButton>
    </ActionForm>
  );
  return (
    <div className="flex flex-wrap gap-2">
      {others.length === 0 && another}
      {only && (
        <ActionForm action={payInvoiceAction} className={IN_ONE_ROW}>
          <input type="hidden" name="requestId" value={crypto.randomUUID()} />
          {others.length > 0 ? (
            <div className="mb-1 w-full">
              <div className="max-w-md">
                <CardChoice cards={cards} />
              </div>
            </div>
          ) : (
            <input type="hidden" name="card" value={only.id} />
          )}
          <SubmitButton variant="secondary" size="large" working={PAYING}>
            Pay with {others.length > 0 ? "the chosen card" : cardName(only)}
          </SubmitButton>
        </ActionForm>
      )}
      {others.length > 0 && another}
    </div>
  );
}
