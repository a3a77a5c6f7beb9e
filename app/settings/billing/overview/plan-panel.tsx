import { ActionForm } from "@/app/_components/action-form";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { AccountView } from "@/lib/billing/queries";
import type { Plan } from "@/lib/catalog/plans";
import { formatDollars } from "@/lib/money/format";
import { addCardAction } from "../payment-method/actions";
import { cardNameAndExpiry } from "../words";

type Props = { readonly account: AccountView; readonly locale: string; readonly mayManage: boolean };

export function PlanPanel({ account, locale, mayManage }: Props) {
  const [card] = account.cards;
  return (
    <Panel id="plan-and-payment" title="Plan and payment">
      <Facts>
        <Fact label="Plan">
          <strong className="font-semibold">{account.plan.name}</strong>, {priceOf(account.plan, locale)}
        </Fact>
        <Fact label="Payment method">{card ? cardNameAndExpiry(card) : "No card saved"}</Fact>
      </Facts>
      {mayManage ? (
        <ActionForm action={addCardAction} className="mt-4">
          <input type="hidden" name="destination" value="overview" />
          <SubmitButton variant="secondary">{card ? "Update card" : "Add card"}</SubmitButton>
        </ActionForm>
      ) : (
        <p className="mt-4 text-muted text-sm">
          An owner or billing member of your account can change these.
        </p>
      )}
    </Panel>
  );
}

const priceOf = ({ priceCents }: Plan, locale: string): string =>
  priceCents === null ? "price by agreement" : `${formatDollars(priceCents, locale)} a month`;
