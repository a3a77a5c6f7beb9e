import { Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import type { BalanceView } from "@/lib/ledger/queries";
import { declineSentence } from "@/lib/wording/declines";
import { spanInWords } from "../words";
import { consequenceOf, dueOf, dueTitle } from "./due";
import { EndedUnpaid } from "./ended-unpaid";
import { FixPayment } from "./fix-payment";
import { SeeInvoice } from "./see-invoice";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  /** `frozenPlan`: what is left of the renewal's allowance and may not be spent. */
  readonly balance: Pick<BalanceView, "frozenPlan" | "owed">;
  readonly mayManage: boolean;
  readonly where: Where;
};

/** What is to be paid, why it was not, what that holds back, and the one button that ends it; older invoices below it. */
export function PastDue({ view, balance, mayManage, where }: Props) {
  const due = dueOf(view);
  if (!due) return null;
  const { openInvoice: invoice } = view;
  const isUrgent = due !== "by_mail";
  const title = dueTitle(due, view);
  return (
    <Panel
      id="past-due"
      title={isUrgent ? <span className="text-danger">{title}</span> : title}
      tone={isUrgent ? "danger" : "plain"}
    >
      <div className="max-w-2xl">
        <p>
          {invoice?.failureCode &&
            `${declineSentence({ status: "declined", declineCode: invoice.failureCode })} `}
          {consequenceOf(due, view, { balance, where })}
        </p>
        {invoice && <InvoiceFacts invoice={invoice} where={where} />}
      </div>
      {invoice && mayManage && due === "ended" && (
        <EndedUnpaid view={view} invoice={invoice} owed={balance.owed} where={where} />
      )}
      {invoice && mayManage && due !== "ended" && !view.openPayment && (
        <FixPayment invoice={invoice} cards={view.cards} locale={where.locale} />
      )}
      {invoice && <SeeInvoice invoice={invoice} />}
      <Older invoices={view.olderInvoices} where={where} />
    </Panel>
  );
}

function InvoiceFacts({ invoice, where }: { readonly invoice: OpenInvoiceView; readonly where: Where }) {
  const { plan, period, number, nextAttemptAt, payBy, wasTried } = invoice;
  return (
    <>
      <Facts className="my-4 border-line border-y py-3">
        <Fact label={number ? `Invoice ${number}` : "Invoice"}>
          <strong className="font-semibold">
            <Money cents={invoice.dueCents} locale={where.locale} />
          </strong>
        </Fact>
        {plan && period && (
          <Fact label="For">
            {plan.name}, {spanInWords(period, where)}
          </Fact>
        )}
        {nextAttemptAt && (
          <Fact label="Next automatic attempt">
            <Instant value={nextAttemptAt} {...where} />
          </Fact>
        )}
        {payBy && (
          <Fact label="Due by">
            <Instant value={payBy} {...where} />
          </Fact>
        )}
      </Facts>
      {!nextAttemptAt && (
        <p className="mb-4 text-muted text-sm">
          {wasTried
            ? "We won't try this card again automatically."
            : "We won't charge your card automatically."}
        </p>
      )}
    </>
  );
}

type OlderProps = { readonly invoices: readonly OpenInvoiceView[]; readonly where: Where };

function Older({ invoices, where }: OlderProps) {
  if (invoices.length === 0) return null;
  return (
    <div className="mt-4 border-line border-t pt-3 text-sm">
      <p className="text-muted">Also unpaid, to be paid after the one above:</p>
      <ul className="mt-1 space-y-1">
        {invoices.map(({ id, number, dueCents, plan, period }) => (
          <li key={id}>
            <Money cents={dueCents} locale={where.locale} />
            {plan && period && ` for ${plan.name}, ${spanInWords(period, where)}`}
            {number && <span className="text-muted"> (invoice {number})</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
