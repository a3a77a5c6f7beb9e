import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { classNames } from "@/app/_components/class-names";
import { Instant } from "@/app/_components/instant";
import { Fact, Panel } from "@/app/_components/panel";
import type { UndoView } from "@/lib/billing/orders/returns/undo";
import { deps } from "@/lib/deps";
import { cents } from "@/lib/money/credits";
import { DocumentLink } from "../../document-link";
import { OVERVIEW, orderInvoicePath, receiptPath, refundPath, USAGE } from "../../paths";
import { OrderFacts, type OrderScene } from "./order-facts";

type Props = OrderScene & {
  /** What they get who have it refunded now; null where it cannot be, or not by them. */
  readonly undo: UndoView | null;
};

export function Receipt({ undo, ...scene }: Props) {
  const { order, balance, where } = scene;
  const hasInvoices = deps().seller !== null;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21.5rem]">
      <Panel
        id="receipt"
        title="Receipt"
        actions={
          <>
            {hasInvoices && (
              <LinkButton href={orderInvoicePath(order.id)} variant="primary">
                Invoice
              </LinkButton>
            )}
            <DocumentLink href={receiptPath(order.id)} className={buttonClass("secondary")}>
              Stripe receipt
            </DocumentLink>
          </>
        }
      >
        <OrderFacts {...scene}>
          {order.paidBack > 0n && (
            <Fact label="Paid back">
              <Credits value={order.paidBack} locale={where.locale} />
            </Fact>
          )}
          {order.returns && <Returned returns={order.returns} where={where} />}
          {order.paidAt && (
            <Fact label="Paid">
              <Instant value={order.paidAt} {...where} />
            </Fact>
          )}
        </OrderFacts>
        {!hasInvoices && (
          <p className="mt-4 text-muted text-sm">
            There is no invoice for this order: invoices are not set up here yet. Stripe’s receipt says what
            was paid.
          </p>
        )}
        {undo && <Undo undo={undo} {...scene} />}
      </Panel>
      <BalanceNow balance={balance} where={where} />
    </div>
  );
}

type ReturnedProps = Pick<OrderScene, "where"> & {
  readonly returns: NonNullable<OrderScene["order"]["returns"]>;
};

/** What of it went back, and the credits with it. */
const Returned = ({ returns, where }: ReturnedProps) => (
  <>
    {returns.refundedCents > returns.comingCents && (
      <Fact label="Refunded">
        <Money cents={cents(returns.refundedCents - returns.comingCents)} locale={where.locale} />
      </Fact>
    )}
    {returns.comingCents > 0n && (
      <Fact label="On its way back">
        <Money cents={returns.comingCents} locale={where.locale} />
      </Fact>
    )}
    {returns.lostCents > 0n && (
      <Fact label="Returned by your bank">
        <Money cents={returns.lostCents} locale={where.locale} />
      </Fact>
    )}
    {returns.takenCredits > 0n && (
      <Fact label="Credits taken back">
        <Credits value={returns.takenCredits} locale={where.locale} />
      </Fact>
    )}
  </>
);

const BalanceNow = ({ balance, where }: Pick<OrderScene, "balance" | "where">) => (
  <Panel id="new-balance" title="Balance now">
    <p className={classNames("font-semibold text-2xl", balance.remaining > 0n && "text-good")}>
      <Credits value={balance.remaining} locale={where.locale} />
    </p>
    <p className="text-muted text-sm">credits remaining</p>
    {balance.owed > 0n && (
      <p className="mt-1 text-sm">
        You still owe <Credits value={balance.owed} locale={where.locale} />.
      </p>
    )}
    <div className="mt-4 flex flex-wrap gap-2">
      <LinkButton href={OVERVIEW} variant="primary">
        Overview
      </LinkButton>
      <LinkButton href={USAGE}>Usage</LinkButton>
    </div>
  </Panel>
);

/** The way to a refund, while the order's credits are untouched. */
const Undo = ({ undo, order, where }: Pick<OrderScene, "order" | "where"> & { readonly undo: UndoView }) => (
  <div className="mt-5 border-line border-t pt-4">
    <p className="text-muted text-sm">
      Changed your mind? While none of these credits is used, you can have this order refunded until{" "}
      <Instant value={undo.until} {...where} />.
    </p>
    <LinkButton href={refundPath(order.id)} className="mt-3">
      Get a refund
    </LinkButton>
  </div>
);
