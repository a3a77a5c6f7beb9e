import { ActionForm } from "@/app/_components/action-form";
import { Credits } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { Instant } from "@/app/_components/instant";
import { Fact, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { AskABuyer } from "../../../ask-a-buyer";
import { DocumentLink } from "../../../document-link";
import { invoicePath, invoicePdfPath, OVERVIEW, PLANS, USAGE, upgradePath } from "../../../paths";
import { ASKING } from "../../../working";
import { FixPayment } from "../../fix-payment";
import { CHANGE_OR_PAY } from "../../refused";
import { cancelPaymentAction, checkNowAction, continueToBankAction } from "./actions";
import { PaymentFacts, type PaymentScene } from "./facts";

const TITLE = "Your payment";

const PaymentId = ({ payment }: Pick<PaymentScene, "payment">) => (
  <input type="hidden" name="paymentId" value={payment.id} />
);

/** Nothing to do but wait; asking Stripe at once is a button, so that reading the page changes nothing. */
export function Waiting(scene: PaymentScene) {
  return (
    <Panel id="payment" title={TITLE}>
      <div aria-hidden="true" className="mb-5 h-1.5 overflow-hidden rounded-full bg-chart-used">
        <div data-filled className="h-full w-full animate-pulse rounded-full bg-primary" />
      </div>
      <PaymentFacts {...scene} />
      <ActionForm action={checkNowAction} className="mt-5">
        <PaymentId {...scene} />
        <SubmitButton variant="secondary" working={ASKING}>
          Check now
        </SubmitButton>
      </ActionForm>
    </Panel>
  );
}

export function AtTheBank(scene: PaymentScene) {
  const { payment, mayManage } = scene;
  return (
    <Panel id="payment" title={TITLE}>
      <PaymentFacts {...scene} />
      {mayManage ? (
        <div className="mt-5 flex flex-wrap gap-2">
          <ActionForm action={continueToBankAction}>
            <PaymentId {...scene} />
            <SubmitButton size="large" working={ASKING}>
              Continue to your bank
            </SubmitButton>
          </ActionForm>
          <ActionForm action={cancelPaymentAction}>
            <PaymentId {...scene} />
            <SubmitButton variant="quiet" size="large" working={ASKING}>
              {payment.kind === "upgrade" ? `Stay on ${payment.fromPlan.name}` : "Pay later"}
            </SubmitButton>
          </ActionForm>
        </div>
      ) : (
        <p className="mt-5 text-muted">
          <AskABuyer what={CHANGE_OR_PAY} />
        </p>
      )}
    </Panel>
  );
}

/** It came to nothing, and nothing was charged: the way to try again. */
export function Unpaid(scene: PaymentScene) {
  const { payment, view, mayManage, where } = scene;
  const { openInvoice } = view;
  return (
    <Panel id="payment" title={TITLE}>
      <PaymentFacts {...scene} />
      <div className="mt-5 flex flex-wrap items-end gap-2">
        {mayManage && payment.kind === "upgrade" && (
          <LinkButton href={upgradePath(payment.toPlan.id, payment.interval)} variant="primary" size="large">
            {payment.status === "declined"
              ? "Try again or use another card"
              : `Upgrade to ${payment.toPlan.name}`}
          </LinkButton>
        )}
        {mayManage && payment.kind === "renewal" && openInvoice && (
          <FixPayment invoice={openInvoice} cards={view.cards} locale={where.locale} />
        )}
        <LinkButton href={PLANS} size="large">
          Plans
        </LinkButton>
      </div>
    </Panel>
  );
}

export function Paid(scene: PaymentScene) {
  const { payment, remaining, where } = scene;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21.5rem]">
      <Panel id="receipt" title="Receipt" actions={<InvoiceLinks {...scene} />}>
        <PaymentFacts {...scene}>
          {payment.endedAt && (
            <Fact label="Paid">
              <Instant value={payment.endedAt} {...where} />
            </Fact>
          )}
          {payment.invoice?.number && <Fact label="Invoice">{payment.invoice.number}</Fact>}
        </PaymentFacts>
      </Panel>
      <Panel id="new-balance" title="Balance now">
        <p className="font-semibold text-2xl text-good">
          <Credits value={remaining} locale={where.locale} />
        </p>
        <p className="text-muted text-sm">credits remaining</p>
        <div className="mt-4 flex flex-wrap gap-2">
          <LinkButton href={OVERVIEW} variant="primary">
            Overview
          </LinkButton>
          <LinkButton href={USAGE}>Usage</LinkButton>
        </div>
      </Panel>
    </div>
  );
}

function InvoiceLinks({ payment: { invoice } }: PaymentScene) {
  if (!invoice?.hasDocuments) return null;
  return (
    <>
      <DocumentLink href={invoicePath(invoice.id)} className={buttonClass("secondary")}>
        Stripe invoice
      </DocumentLink>
      <DocumentLink href={invoicePdfPath(invoice.id)} className={buttonClass("secondary")}>
        PDF
      </DocumentLink>
    </>
  );
}
