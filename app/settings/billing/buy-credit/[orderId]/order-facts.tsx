import type { ReactNode } from "react";
import { Credits, Money } from "@/app/_components/amounts";
import { CopyButton } from "@/app/_components/copy-button";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/account-view";
import type { OrderView } from "@/lib/billing/orders/queries";
import type { BalanceView } from "@/lib/ledger/queries";
import { cardName } from "@/lib/wording/cards";

/** Everything an order's page is drawn from. */
export type OrderScene = {
  readonly order: OrderView;
  readonly account: AccountView;
  readonly balance: BalanceView;
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** What was ordered, and with which card it was last tried to be paid. */
export function OrderFacts({ order, where, children }: OrderScene & { readonly children?: ReactNode }) {
  const attempt = order.attempts.at(-1);
  return (
    <Facts>
      <Fact label="Reference">
        <span className="mr-2">{order.reference}</span>
        <CopyButton text={order.reference} of="order reference" />
      </Fact>
      <Fact label="Credits">
        <Credits value={order.credits} locale={where.locale} />
      </Fact>
      <Fact label="Price">
        <Money cents={order.amountCents} locale={where.locale} />
      </Fact>
      {attempt && <Fact label="Card">{cardName(attempt.card)}</Fact>}
      {order.status !== "canceled" && (
        <Fact label="Credits expire">
          <Instant value={order.expiresAt} {...where} />
        </Fact>
      )}
      {children}
    </Facts>
  );
}
