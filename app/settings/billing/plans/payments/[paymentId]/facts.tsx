import type { ReactNode } from "react";
import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import type { PlanPaymentView } from "@/lib/billing/subscriptions/queries";
import { cardName } from "@/lib/wording/cards";
import { offerName } from "@/lib/wording/plans";

/** Everything a payment's page is drawn from. */
export type PaymentScene = {
  readonly payment: PlanPaymentView;
  readonly view: PlanView;
  readonly remaining: bigint;
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** What is paid for, and with which card. */
export function PaymentFacts({ payment, where, children }: PaymentScene & { readonly children?: ReactNode }) {
  const { kind, fromPlan, toPlan, interval } = payment;
  const to = offerName(toPlan.name, interval);
  return (
    <Facts>
      <Fact label={kind === "upgrade" ? "Upgrade" : "Renewal"}>
        {kind === "upgrade" ? `${fromPlan.name} → ${to}` : to}
      </Fact>
      {payment.credits > 0n && (
        <Fact label="Credits">
          <Credits value={payment.credits} locale={where.locale} />
        </Fact>
      )}
      <Fact label="Price">
        <Money cents={payment.amountCents} locale={where.locale} />
      </Fact>
      <Fact label="Card">{cardName(payment.card)}</Fact>
      <Fact label="Started">
        <Instant value={payment.createdAt} {...where} />
      </Fact>
      {children}
    </Facts>
  );
}
