import { Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { planNow } from "@/app/settings/billing/plans/words";
import type { AccountView } from "@/lib/billing/account-view";
import type { DeskAccount } from "@/lib/desk/account";
import { cardNameAndExpiry } from "@/lib/wording/cards";
import { DashboardLink } from "../../dashboard-link";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly account: DeskAccount; readonly seen: AccountView; readonly where: Where };

const STATUSES: Readonly<Record<AccountView["planStatus"], string>> = {
  active: "active",
  past_due: "past due",
  canceled: "canceled",
  trialing: "in a trial",
  paused: "paused",
  pending: "nothing paid yet",
};

/** What the account has and pays for, with the way to what Stripe has of it. */
export function AccountFacts({ account, seen, where }: Props) {
  const { openInvoice, olderInvoices, cards, standing, mayNotBuy } = seen;
  const unpaid = openInvoice ? [openInvoice, ...olderInvoices] : olderInvoices;
  return (
    <Panel id="facts" title="Plan and payment">
      <Facts>
        <Fact label="Plan">
          {planNow(seen).name}, {STATUSES[seen.planStatus]}
        </Fact>
        {standing && <Fact label="Standing">{standing.kind.replaceAll("_", " ")}</Fact>}
        {account.subscriptionId && (
          <Fact label="Subscription">
            <DashboardLink kind="subscriptions" id={account.subscriptionId} />
          </Fact>
        )}
        {unpaid.map(({ id, dueCents }) => (
          <Fact key={id} label="Open invoice">
            <Money cents={dueCents} locale={where.locale} /> due, <DashboardLink kind="invoices" id={id} />
          </Fact>
        ))}
        {cards.length === 0 && <Fact label="Card">None saved</Fact>}
        {cards.map((card) => (
          <Fact key={card.id} label="Card">
            {[
              cardNameAndExpiry(card),
              card.isDefault && "default",
              card.paysRenewals && "pays renewals",
              card.declined && `declined: ${(card.declined.code ?? "no reason given").replaceAll("_", " ")}`,
            ]
              .filter(Boolean)
              .join(", ")}
          </Fact>
        ))}
        <Fact label="May buy credits">{mayNotBuy ? `No: ${mayNotBuy.replaceAll("_", " ")}` : "Yes"}</Fact>
        <Fact label="Customer">
          {account.stripeCustomerId ? (
            <DashboardLink kind="customers" id={account.stripeCustomerId} />
          ) : (
            "None at Stripe yet"
          )}
        </Fact>
        <Fact label="Account since">
          <Instant value={account.createdAt} variant="short" {...where} />
        </Fact>
        <Fact label="Id">
          <code className="text-sm [overflow-wrap:anywhere]">{account.id}</code>
        </Fact>
      </Facts>
    </Panel>
  );
}
