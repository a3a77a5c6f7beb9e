import { notFound } from "next/navigation";
import { Money } from "@/app/_components/amounts";
import { Notice } from "@/app/_components/notice";
import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import type { ActKind } from "@/lib/desk/acts/kinds";
import type { DeskOrder } from "@/lib/desk/order";
import { findDeskOrder } from "@/lib/desk/order";
import { loadAccount } from "../../accounts/load-account";
import { ActLinks } from "../../act-links";
import { accountPath, deskOrderPath } from "../../paths";
import { Attempts } from "./attempts";
import { OrderFacts } from "./order-facts";
import { Returns } from "./returns";
import { Transitions } from "./transitions";

type Props = { readonly params: Promise<{ readonly id: string }> };

/** Everything that is kept of an order, for an operator to read. */
export default async function DeskOrderPage({ params }: Props) {
  const { id } = await params;
  const operator = await requireOperator(deskOrderPath(id));
  const found = (await findDeskOrder(deps().db, id)) ?? notFound();
  const { where } = await loadAccount(operator, found.account.id);
  const { order, account } = found;
  return (
    <>
      <PageTitle title={`Order ${order.reference}`} />
      <p className="mb-5">
        <Money cents={order.amountCents} locale={where.locale} /> by{" "}
        <PageLink href={accountPath(account.id)} className="underline">
          <bdi>{account.name}</bdi>
        </PageLink>
      </p>
      {order.parkedReason && (
        <Notice tone="danger" className="mb-5">
          Parked: {order.parkedReason}
        </Notice>
      )}
      <div className="flex flex-col gap-4">
        <OrderFacts found={found} where={where} />
        <Attempts attempts={found.attempts} where={where} />
        <Returns found={found} where={where} />
        <Transitions transitions={found.transitions} where={where} />
        <ActLinks account={account.id} kinds={actsOf(found)} given={{ order: found.id }} />
      </div>
    </>
  );
}

/** Money goes back of what was paid; whatever is parked is asked about, or closed. */
const actsOf = ({ order, payment }: DeskOrder): readonly ActKind[] => [
  "settle_order",
  ...(payment ? (["refund_order"] as const) : []),
  ...(order.parkedReason ? (["close_order"] as const) : []),
];
