import type { NoInvoice } from "@/lib/billing/documents/queries";
import { unreachable } from "@/lib/result";

/** What a customer reads in place of an order's invoice. */
export function noInvoiceSentence(code: NoInvoice["code"]): string {
  switch (code) {
    case "not_found":
      return "Your account has no such document.";
    case "not_paid":
      return "This order is not paid, so there is no invoice for it.";
    case "no_seller":
      return "There is no invoice for this order: invoices are not set up here yet. What you paid is on the order's page, with our payment provider's receipt.";
    default:
      return unreachable(code);
  }
}
