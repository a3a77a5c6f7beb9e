import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { OrderBadge } from "@/app/settings/billing/order-badge";
import type { DeskOrder } from "@/lib/desk/order";
import { toPublicId } from "@/lib/ids";
import { DashboardLink } from "../../dashboard-link";
import { ledgerPath } from "../../paths";

type Where = { readonly locale: string; readonly timeZone: string };

/** What was bought, by whom, and what it became. */
export function OrderFacts({ found, where }: { readonly found: DeskOrder; readonly where: Where }) {
  const { order, payment, placedBy, account, documents } = found;
  return (
    <Panel id="facts" title="What was bought">
      <Facts>
        <Fact label="Status">
          <OrderBadge status={order.status} />
        </Fact>
        <Fact label="Credits">
          <Credits value={order.credits} locale={where.locale} />
          {order.grantId && (
            <>
              ,{" "}
              <PageLink
                href={`${ledgerPath(account.id)}?grant=${toPublicId("grant", order.grantId)}`}
                className="underline"
              >
                their entries
              </PageLink>
            </>
          )}
        </Fact>
        <Fact label="Amount">
          <Money cents={order.amountCents} locale={where.locale} />
        </Fact>
        <Fact label="Placed">
          <Instant value={order.createdAt} variant="short" {...where} />
          {placedBy && (
            <>
              {" "}
              by <bdi className="[overflow-wrap:anywhere]">{placedBy.email}</bdi>
            </>
          )}
        </Fact>
        <Fact label="Paid">
          {payment ? <Instant value={payment.paidAt} variant="short" {...where} /> : "No"}
        </Fact>
        <Fact label="Credits expire">
          <Instant value={order.expiresAt} variant="short" {...where} />
        </Fact>
        {order.cancelRequestedAt && (
          <Fact label="Cancel asked for">
            <Instant value={order.cancelRequestedAt} variant="short" {...where} />
          </Fact>
        )}
        <Fact label="Payment">
          {order.paymentIntentId ? (
            <DashboardLink kind="payments" id={order.paymentIntentId} />
          ) : (
            "None at Stripe yet"
          )}
        </Fact>
        <Fact label="Documents">
          {documents.length > 0 ? documents.map(({ name }) => name).join(", ") : "None"}
        </Fact>
        <Fact label="Id">
          <code className="text-sm [overflow-wrap:anywhere]">{found.id}</code>
        </Fact>
      </Facts>
    </Panel>
  );
}
