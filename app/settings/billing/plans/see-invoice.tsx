import { buttonClass } from "@/app/_components/button-class";
import type { OpenInvoiceView } from "@/lib/billing/subscriptions/view";
import { DocumentLink } from "../document-link";
import { invoicePath } from "../paths";

/** An invoice that is to be paid, as Stripe shows it; a draft has no page there yet. */
export function SeeInvoice({ invoice }: { readonly invoice: OpenInvoiceView }) {
  if (invoice.number === null) return null;
  return (
    <DocumentLink href={invoicePath(invoice.id)} className={buttonClass("quiet", "medium", "-ml-3.5 mt-2")}>
      See the invoice at Stripe
    </DocumentLink>
  );
}
