import { Credits, Money } from "@/app/_components/amounts";
import { buttonClass } from "@/app/_components/button-class";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import { DocumentLink } from "../document-link";
import { invoicePath } from "../paths";
import { declineSentence } from "../sentences";
import { FixPayment } from "./fix-payment";

type Props = {
  readonly view: PlanView;
  /** What is left of the renewal's allowance and may not be spent. */
  readonly frozen: bigint;
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** What is owed, why it was not paid, what that holds back, and the one button that ends it. */
export function PastDue({ view, frozen, mayManage, where }: Props) {
  const { openInvoice: invoice, plan } = view;
  const isOver = view.subscription === null;
  if (view.planStatus !== "past_due" && !(isOver && invoice)) return null;
  return (
    <Panel
      id="past-due"
      title={
        <span className="text-danger">
          The last payment for {isOver ? "your plan, which has ended," : `your ${plan.name} plan`} did not go
          through
        </span>
      }
      tone="danger"
    >
      <div className="max-w-2xl">
        <p>
          {invoice?.failureCode &&
            `${declineSentence({ status: "declined", declineCode: invoice.failureCode })} `}
          <Consequence isOver={isOver} frozen={frozen} locale={where.locale} />
        </p>
        {invoice && (
          <Facts className="my-4 border-line border-y py-3">
            <Fact label={invoice.number ? `Invoice ${invoice.number}` : "Invoice"}>
              <strong className="font-semibold">
                <Money cents={invoice.dueCents} locale={where.locale} />
              </strong>
            </Fact>
            {invoice.nextAttemptAt && (
              <Fact label="Your card is tried again">
                <Instant value={invoice.nextAttemptAt} {...where} />
              </Fact>
            )}
          </Facts>
        )}
        {invoice && !invoice.nextAttemptAt && (
          <p className="mb-4 text-muted text-sm">Your card is not tried again by itself.</p>
        )}
      </div>
      {invoice && mayManage && !view.openPayment && (
        <FixPayment invoice={invoice} cards={view.cards} locale={where.locale} />
      )}
      {invoice && (
        <DocumentLink
          href={invoicePath(invoice.id)}
          className={buttonClass("quiet", "medium", "-ml-3.5 mt-2")}
        >
          See the invoice at Stripe
        </DocumentLink>
      )}
    </Panel>
  );
}

type ConsequenceProps = { readonly isOver: boolean; readonly frozen: bigint; readonly locale: string };

function Consequence({ isOver, frozen, locale }: ConsequenceProps) {
  if (isOver) return "It is still to be paid. You can choose a plan again at any time.";
  if (frozen === 0n) return "Until it is paid no credits can be bought.";
  return (
    <>
      <Credits value={frozen} locale={locale} /> credits of this cycle are frozen until it is paid, and no
      credits can be bought. Once it is paid, they can be spent at once.
    </>
  );
}
