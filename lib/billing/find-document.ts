import { and, eq } from "drizzle-orm";
import { invoices, orders } from "../../db/schema";
import { fromPublicId } from "../ids";
import { err, ok, type Result } from "../result";
import type { BillingDeps } from "./deps";
import type { ProviderAnswer } from "./gateway";

/** An order by its public id, or an invoice by Stripe's. */
export type DocumentRef = { readonly accountId: string; readonly id: string };

/** Where a document is to be seen for a while; or why nowhere. */
export type FoundDocument = Result<
  { readonly url: string },
  /** This account has no such order or invoice. */
  | { readonly code: "not_found" }
  /** Stripe has none, or not any more: deleted, not made yet, or of another Stripe account. */
  | { readonly code: "no_document" }
  | { readonly code: "provider_unavailable" }
>;

/** A fresh link to the receipt for a paid order. */
export async function findReceipt(deps: BillingDeps, { accountId, id }: DocumentRef): Promise<FoundDocument> {
  const orderId = fromPublicId("order", id);
  if (!orderId) return err({ code: "not_found" });
  const [order] = await deps.db
    .select({ paidAt: orders.paidAt, paymentIntentId: orders.paymentIntentId })
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  if (!order) return err({ code: "not_found" });
  if (!order.paidAt || !order.paymentIntentId) return err({ code: "no_document" });
  return toFound(deps, await deps.gateway.findReceipt(order.paymentIntentId), ({ url }) => url);
}

/** A fresh link to an invoice's page. */
export const findInvoicePage = (deps: BillingDeps, ref: DocumentRef): Promise<FoundDocument> =>
  findOfInvoice(deps, ref, "pageUrl");

/** A fresh link to an invoice's PDF. */
export const findInvoicePdf = (deps: BillingDeps, ref: DocumentRef): Promise<FoundDocument> =>
  findOfInvoice(deps, ref, "pdfUrl");

const INVOICE_ID = /^in_\w{1,200}$/;

async function findOfInvoice(
  deps: BillingDeps,
  { accountId, id }: DocumentRef,
  which: "pageUrl" | "pdfUrl",
): Promise<FoundDocument> {
  if (!INVOICE_ID.test(id)) return err({ code: "not_found" });
  const [invoice] = await deps.db
    .select({ id: invoices.id })
    .from(invoices)
    .where(and(eq(invoices.accountId, accountId), eq(invoices.id, id)));
  if (!invoice) return err({ code: "not_found" });
  return toFound(deps, await deps.plans.findInvoiceDocuments(id), (documents) => documents[which]);
}

function toFound<T>(
  deps: BillingDeps,
  asked: ProviderAnswer<T>,
  urlOf: (documents: T) => string | null,
): FoundDocument {
  if (asked.kind === "answered") {
    const url = urlOf(asked.value);
    return url ? ok({ url }) : err({ code: "no_document" });
  }
  deps.log.warn({ asked }, "the payment provider gave no link to a document");
  return err({ code: asked.kind === "refused" ? "no_document" : "provider_unavailable" });
}
