import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { SubmitButton } from "@/app/_components/submit-button";
import type { PlanView } from "@/lib/billing/plans/queries";
import { CardChoice } from "../card-choice";
import { cardName } from "../words";
import { payInvoiceAction, updateCardAndPayAction } from "./actions";

type Props = {
  readonly invoice: NonNullable<PlanView["openInvoice"]>;
  readonly cards: PlanView["cards"];
  readonly locale: string;
};

// Both forms' buttons stand in one row, and what came of a form above it.
const IN_ONE_ROW = "contents [&>[role=alert]]:order-first [&>[role=alert]]:mb-1 [&>[role=alert]]:w-full";

/** The buttons that pay a renewal that did not go through: with another card, or with one that is saved. */
export function FixPayment({ invoice, cards, locale }: Props) {
  return (
    <div className="flex flex-wrap gap-2">
      <ActionForm action={updateCardAndPayAction} className={IN_ONE_ROW}>
        <input type="hidden" name="invoice" value={invoice.id} />
        <SubmitButton size="large">
          <span>
            {cards.length > 0 ? "Update card" : "Add a card"} and pay{" "}
            <Money cents={invoice.dueCents} locale={locale} />
          </span>
        </SubmitButton>
      </ActionForm>
      {cards.length > 0 && (
        <ActionForm action={payInvoiceAction} className={IN_ONE_ROW}>
          <input type="hidden" name="requestId" value={crypto.randomUUID()} />
          <SavedCards cards={cards} />
        </ActionForm>
      )}
    </div>
  );
}

function SavedCards({ cards }: Pick<Props, "cards">) {
  const [only, ...others] = cards;
  return (
    <>
      {only && others.length === 0 ? (
        <input type="hidden" name="card" value={only.id} />
      ) : (
        <div className="order-first mb-1 w-full">
          <div className="max-w-md">
            <CardChoice cards={cards} />
          </div>
        </div>
      )}
      <SubmitButton variant="secondary" size="large">
        Pay with {only && others.length === 0 ? cardName(only) : "the chosen card"}
      </SubmitButton>
    </>
  );
}
