import type Stripe from "stripe";
import { idOf } from "../ids";
import { ApiError, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { collectLater, finalizeLater } from "./invoice-drafts";
import {
  cardOfInvoice,
  finalizeInvoice,
  giveUpInvoice,
  markPaid,
  voidInvoice,
  wrongStatus,
} from "./invoice-life";
import { noCard, tryInvoice } from "./invoice-payments";
import { attachPayment } from "./invoice-remaining";
import { changeInvoice, getInvoice, type Invoice, linesOf, subscriptionIdOf } from "./invoice-rows";
import { createManualInvoice, deleteDraft, manualInvoiceShape } from "./manual-invoices";
import { assertOwner, resolvePaymentMethod } from "./payment-methods";
import { sendInvoice } from "./sent-invoices";

const payShape = { off_session: flag, paid_out_of_band: flag, payment_method: word };

export const invoiceRoutes: Route[] = [
  route(
    "GET",
    "/v1/invoices",
    {
      ...pageShape,
      collection_method: oneOf("charge_automatically", "send_invoice"),
      created,
      customer: word,
      status: oneOf("draft", "open", "paid", "uncollectible", "void"),
      subscription: word,
    },
    (work, params) => {
      const rows = work.store
        .listFor("invoice", params)
        .filter((invoice) => within(invoice.created, params.created))
        .filter((row) => !params.collection_method || row.collection_method === params.collection_method)
        .filter((invoice) => !params.status || invoice.status === params.status)
        .filter((invoice) => !params.subscription || subscriptionIdOf(invoice) === params.subscription);
      return pageOf(rows, params, "/v1/invoices", "invoice");
    },
  ),
  route("GET", "/v1/invoices/:id", {}, (work, _params, id) => getInvoice(work, id)),
  route("GET", "/v1/invoices/:id/lines", pageShape, (work, params, id) => {
    const previewed = id.startsWith("upcoming_in_") && work.store.get("invoice_lines", id)?.lines;
    const lines = previewed || linesOf(work, getInvoice(work, id));
    return pageOf(lines, params, `/v1/invoices/${id}/lines`, "line item");
  }),
  route(
    "POST",
    "/v1/invoices/:id",
    { auto_advance: flag, description: text, metadata },
    (work, params, id) => {
      const before = getInvoice(work, id);
      const { description = before.description, auto_advance = before.auto_advance } = params;
      if (auto_advance && !before.auto_advance && before.status === "draft") finalizeLater(work, before);
      return changeInvoice(work, id, {
        ...(auto_advance ? {} : { automatically_finalizes_at: null, next_payment_attempt: null }),
        auto_advance,
        description,
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      });
    },
  ),
  route("POST", "/v1/invoices/:id/finalize", { auto_advance: flag }, (work, params, id) => {
    const invoice = finalizeInvoice(work, id);
    const { auto_advance = invoice.auto_advance } = params;
    if (invoice.status !== "open") return invoice;
    return auto_advance ? collectLater(work, invoice) : changeInvoice(work, id, { auto_advance });
  }),
  route("POST", "/v1/invoices", manualInvoiceShape, createManualInvoice),
  route("DELETE", "/v1/invoices/:id", {}, (work, _params, id) => deleteDraft(work, id)),
  route("POST", "/v1/invoices/:id/pay", payShape, pay),
  route("POST", "/v1/invoices/:id/send", {}, (work, _params, id) => {
    if (getInvoice(work, id).status === "draft") finalizeInvoice(work, id);
    return sendInvoice(work, id);
  }),
  route("POST", "/v1/invoices/:id/attach_payment", { payment_intent: needed(word) }, (work, params, id) =>
    attachPayment(work, id, params.payment_intent),
  ),
  route("POST", "/v1/invoices/:id/void", {}, (work, _params, id) => voidInvoice(work, id)),
  // Stays payable, and may still be voided: https://docs.stripe.com/api/invoices/mark_uncollectible,
  // https://docs.stripe.com/invoicing/integration/workflow-transitions
  route("POST", "/v1/invoices/:id/mark_uncollectible", {}, (work, _params, id) => giveUpInvoice(work, id)),
  route(
    "GET",
    "/v1/invoice_payments",
    {
      ...pageShape,
      created,
      invoice: word,
      payment: hash({ payment_intent: word, type: needed(oneOf("payment_intent")) }),
      status: oneOf("canceled", "open", "paid"),
    },
    (work, params) => {
      const rows = work.store
        .list("invoice_payment")
        .filter((payment) => within(payment.created, params.created))
        .filter((payment) => !params.invoice || payment.invoice === params.invoice)
        .filter((payment) => isFor(payment, params.payment?.payment_intent))
        .filter((payment) => !params.status || payment.status === params.status);
      return pageOf(rows, params, "/v1/invoice_payments", "invoice_payment");
    },
  ),
  route("GET", "/v1/invoice_payments/:id", {}, (work, _params, id) => {
    const payment = work.store.get("invoice_payment", id);
    if (!payment) throw missing("invoice_payment", id);
    return payment;
  }),
];

function isFor(payment: Stripe.InvoicePayment, intent: string | undefined): boolean {
  return !intent || idOf(payment.payment.payment_intent) === intent;
}

/** Tries at once; a refusal is a 402 that leaves the invoice open. */
function pay(work: Work, params: Values<typeof payShape>, id: string): Invoice {
  const known = getInvoice(work, id);
  if (known.status === "paid") throw refused("Invoice is already paid");
  if (known.status === "void") throw wrongStatus(known, "pay", "draft, open or uncollectible");
  const invoice = known.status === "draft" ? finalizeInvoice(work, id) : known;
  if (invoice.status === "paid") return invoice;
  // Paid elsewhere, so nothing is charged: https://docs.stripe.com/api/invoices/pay#pay_invoice-paid_out_of_band
  if (params.paid_out_of_band) return markPaid(work, id, { by: "out_of_band" });
  const chosen = params.payment_method ? ownMethod(work, invoice, params.payment_method) : null;
  const method = chosen ?? cardOfInvoice(work, invoice);
  if (!method) throw noCard();
  const offSession = params.off_session ?? true;
  const tried = tryInvoice(work, id, { method, offSession, automatic: false });
  if (tried.kind === "refused") throw tried.error;
  if (tried.kind === "action") throw needsAction();
  return getInvoice(work, id);
}

function ownMethod(work: Work, invoice: Invoice, given: string): string {
  const method = resolvePaymentMethod(work, given);
  assertOwner(method, idOf(invoice.customer), "Invoice");
  return method.id;
}

function needsAction(): ApiError {
  const message =
    "This payment requires additional user action before it can be completed successfully. Payment can be completed " +
    "using the PaymentIntent associated with the invoice.";
  return new ApiError(
    402,
    { type: "card_error", code: "invoice_payment_intent_requires_action", message },
    { keep: true, shouldRetry: false },
  );
}
