import { requireCustomer } from "@/lib/auth/session";
import { findInvoicePdf } from "@/lib/billing/find-document";
import { invoicePdfPath } from "../../../../paths";
import { openDocument } from "../../../open-document";

type Context = { readonly params: Promise<{ readonly invoiceId: string }> };

/** Leads to an invoice's PDF, at a link that Stripe gives for it now. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { invoiceId } = await params;
  const customer = await requireCustomer(invoicePdfPath(invoiceId));
  return openDocument(customer, { kind: "pdf", id: invoiceId }, findInvoicePdf);
}
