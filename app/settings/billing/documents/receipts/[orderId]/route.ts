import { requireCustomer } from "@/lib/auth/session";
import { findReceipt } from "@/lib/billing/find-document";
import { receiptPath } from "../../../paths";
import { openDocument } from "../../open-document";

type Context = { readonly params: Promise<{ readonly orderId: string }> };

/** Leads to the receipt for an order, at a link that Stripe gives for it now. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { orderId } = await params;
  const customer = await requireCustomer(receiptPath(orderId));
  return openDocument(customer, { kind: "receipt", id: orderId }, findReceipt);
}
