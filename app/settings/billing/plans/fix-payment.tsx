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

/** The buttons that pay a renewal that did not go through: with another card, or with one that is saved. */
export function FixPayment({ invoice, cards, locale }: Props) {
  const due = <Money cents={invoice.dueCents} locale={locale} />;
  const [only, ...others] = cards;
  return (
    <div className="flex flex-wrap items-end gap-2">
      <ActionForm action={updateCardAndPayAction}>
        <input type="hidden" name="invoice" value={invoice.id} />
        <SubmitButton size="large">
          <span>
            {only ? "Update card" : "Add a card"} and pay {due}
          </span>
        </SubmitButton>
      </ActionForm>
      {only && (
        <ActionForm
          action={payInvoiceAction}
          className={others.length > 0 ? "order-first w-full" : undefined}
        >
          <input type="hidden" name="requestId" value={crypto.randomUUID()} />
          {others.length > 0 ? (
            <div className="max-w-md space-y-3">
              <CardChoice cards={cards} />
              <SubmitButton size="large">
                <span>Pay {due} with this card</span>
              </SubmitButton>
            </div>
          ) : (
            <>
              <input type="hidden" name="card" value={only.id} />
              <SubmitButton variant="secondary" size="large">
                Pay with {cardName(only)}
              </SubmitButton>
            </>
          )}
        </ActionForm>
      )}
    </div>
  );
}
