import { Credits, Money } from "@/app/_components/amounts";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import type { PlanView } from "@/lib/billing/account-view";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import { unreachable } from "@/lib/result";
import { declineSentence } from "@/lib/wording/declines";
import { spanInWords } from "../words";
import { type Due, dueOf, dueTitle } from "./due";
import { FixPayment } from "./fix-payment";
import { WhatWent } from "./plan-news";
import { SeeInvoice } from "./see-invoice";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  /** What is left of the renewal's allowance and may not be spent. */
  readonly frozen: bigint;
  readonly mayManage: boolean;
  readonly where: Where;
};

/** What is to be paid, why it was not, what that holds back, and the one button that ends it; older invoices below it. */
export function PastDue({ view, frozen, mayManage, where }: Props) {
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
          <Consequence due={due} view={view} frozen={frozen} where={where} />
        </p>
        {invoice && <InvoiceFacts invoice={invoice} where={where} />}
      </div>
      {invoice && mayManage && !view.openPayment && (
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
          <Fact label="To be paid by">
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
      <p className="text-muted">Also unpaid, each to be paid after the one above:</p>
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

type ConsequenceProps = Pick<Props, "view" | "frozen" | "where"> & { readonly due: Due };

function Consequence({ due, view, frozen, where }: ConsequenceProps) {
  switch (due) {
    case "ended":
      return (
        <>
          {view.ended && (
            <>
              It ended on <Instant value={view.ended.at} {...where} />.{" "}
              <WhatWent ended={view.ended} where={where} />{" "}
            </>
          )}
          The invoice is still to be paid. You can choose a plan again at any time.
        </>
      );
    case "also":
      return "Your plan runs all the same. What this invoice pays for is added to your credits once it is paid.";
    case "by_mail":
      return view.planStatus === "past_due"
        ? "Your plan's credits are added once it is paid, and credits can be bought then."
        : "Your plan runs meanwhile. Pay it in time, so that it goes on.";
    case "unpaid":
      return (
        <>
          Your plan is on hold: no credits are added, and none can be bought, until the invoice below is paid.
          Paid, your plan runs again at once.
        </>
      );
    case "coming":
      return "Nothing is to be done: your card is charged by itself. Your credits are added once that has gone through.";
    case "failed":
    case "overdue":
      return frozen === 0n ? (
        "Until it is paid no credits can be bought."
      ) : (
        <>
          <Credits value={frozen} locale={where.locale} /> credits of this cycle are frozen until it is paid,
          and no credits can be bought. Once it is paid, they can be spent at once.
        </>
      );
    default:
      return unreachable(due);
  }
}
