import { requireCustomer } from "@/lib/auth/session";
import { findInvoicePage } from "@/lib/billing/find-document";
import { invoicePath } from "../../../paths";
import { openDocument } from "../../open-document";

type Context = { readonly params: Promise<{ readonly invoiceId: string }> };

/** Leads to an invoice's page, at a link that Stripe gives for it now. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { invoiceId } = await params;
  const customer = await requireCustomer(invoicePath(invoiceId));
  return openDocument(customer, { kind: "invoice", id: invoiceId }, findInvoicePage);
}
