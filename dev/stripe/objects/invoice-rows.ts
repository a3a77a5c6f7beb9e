import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";
import { automaticTaxOf } from "./automatic-tax";
import { clockOf, nowOf } from "./clock";
import { emitChange } from "./events";
import { invoiceLine, type LineDraft } from "./invoice-lines";
import { reckon, sumsOf } from "./invoice-reckoning";
import { type TermsOfInvoice, termsOf, termsOfCustomer } from "./invoice-terms";
import type { Subscription } from "./subscription-rows";
import { shownTaxIds } from "./tax-ids";

export type Invoice = Stripe.Invoice;

export function getInvoice(work: Work, id: string, param = "id"): Invoice {
  const invoice = work.store.get("invoice", id);
  if (!invoice) throw missing("invoice", id, param);
  return invoice;
}

/** Changes the row and tells what changed. */
export function changeInvoice(work: Work, id: string, patch: Partial<Invoice>): Invoice {
  const before = getInvoice(work, id);
  const after = work.store.update("invoice", id, patch);
  emitChange(work, "invoice.updated", before, after);
  return after;
}

export function subscriptionIdOf(invoice: Invoice): string | null {
  return idOf(invoice.parent?.subscription_details?.subscription);
}

/** Its payments, newest first; the default one is the one that is tried. */
export function paymentsOf(work: Work, invoice: string): Stripe.InvoicePayment[] {
  return work.store.listOf("invoice_payment", "invoice", invoice);
}

/** The intent that pays this invoice. */
export function intentOf(work: Work, invoice: string): Stripe.PaymentIntent | undefined {
  const payment = paymentsOf(work, invoice).find((candidate) => candidate.is_default);
  return work.store.get("payment_intent", idOf(payment?.payment.payment_intent) ?? "");
}

/** The invoice that an intent pays, if it pays one. */
export function invoiceOfIntent(work: Work, intent: string): Invoice | undefined {
  const payment = work.store
    .list("invoice_payment")
    .find((candidate) => idOf(candidate.payment.payment_intent) === intent);
  return work.store.get("invoice", idOf(payment?.invoice) ?? "");
}

export type DraftRequest = {
  reason: Invoice["billing_reason"];
  lines: LineDraft[];
  period: { start: number; end: number };
  /** What discounts and taxes it is reckoned with, unless those of the subscription as it is now. */
  terms?: TermsOfInvoice;
};

/** An invoice of a subscription as it is drafted. Nothing is stored yet. */
export function draftOf(
  work: Work,
  subscription: Subscription,
  given: DraftRequest,
  id = newId("in"),
): Invoice {
  const customer = idOf(subscription.customer) ?? "";
  const { terms = termsOf(work, subscription, nowOf(work, customer)) } = given;
  return {
    ...draftFor(work, { customer, currency: subscription.currency }, { ...given, terms }, id),
    automatic_tax: automaticTaxOf(subscription),
    collection_method: subscription.collection_method,
    due_date: dueDate(work, subscription),
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
  };
}

/** Only what is sent by mail has one. */
function dueDate(work: Work, subscription: Subscription): number | null {
  const { collection_method, customer, days_until_due } = subscription;
  if (collection_method !== "send_invoice") return null;
  return nowOf(work, idOf(customer)) + (days_until_due ?? 0) * 24 * 3600;
}

/** An invoice of a customer as it is drafted. Nothing is stored yet. */
export function draftFor(
  work: Work,
  { customer, currency }: { customer: string; currency: string },
  given: DraftRequest,
  id = newId("in"),
): Invoice {
  const owner = work.store.get("customer", customer);
  const { terms = termsOfCustomer(work, customer, nowOf(work, customer)) } = given;
  const lines = reckon(
    given.lines.map((line) => invoiceLine(work, line, id)),
    terms,
  );
  return {
    ...blankInvoice(id),
    billing_reason: given.reason,
    created: nowOf(work, customer),
    currency,
    customer,
    customer_address: owner?.address ?? null,
    customer_email: owner?.email ?? null,
    customer_name: owner?.name ?? null,
    customer_phone: owner?.phone ?? null,
    customer_tax_ids: shownTaxIds(work, customer),
    customer_tax_exempt: owner?.tax_exempt ?? "none",
    default_tax_rates: terms.default_tax_rates,
    discounts: terms.reductions.map(({ discount }) => discount),
    lines: lineList(id, lines),
    period_end: given.period.end,
    period_start: given.period.start,
    status: "draft",
    test_clock: clockOf(work, customer),
    ...totals(lines, owner?.balance ?? 0),
  };
}

/** A total below nothing becomes credit of the customer, and credit pays before a card does. */
export function totals(lines: Stripe.InvoiceLineItem[], balance: number): Partial<Invoice> {
  const sums = sumsOf(lines);
  const due = Math.max(0, sums.total + balance);
  return { ...sums, amount_due: due, amount_remaining: due, starting_balance: balance };
}

/** An invoice shows its first lines; the others are asked for in pages. */
const EMBEDDED_LINES = 10;

/** All lines of an invoice, however many. */
export function linesOf(work: Pick<Work, "store">, invoice: Invoice): Stripe.InvoiceLineItem[] {
  return work.store.get("invoice_lines", invoice.id)?.lines ?? invoice.lines.data;
}

export function putLines(work: Work, { id, lines }: Invoice): void {
  work.store.put("invoice_lines", { id, lines: lines.data });
}

export function embedded({ id, lines }: Invoice): Invoice["lines"] {
  const shown = lines.data.slice(0, EMBEDDED_LINES);
  return { ...lineList(id, shown), has_more: shown.length < lines.data.length };
}

function lineList(invoice: string, lines: Stripe.InvoiceLineItem[]): Invoice["lines"] {
  const url = `/v1/invoices/${invoice}/lines`;
  return { object: "list", data: lines, has_more: false, url } as Invoice["lines"];
}

function blankInvoice(id: string): Invoice {
  return {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Stripe simulator",
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: null,
    collection_method: "charge_automatically",
    created: 0,
    currency: "usd",
    custom_fields: null,
    customer: null,
    customer_account: null,
    customer_address: null,
    customer_email: null,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: null,
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: lineList(id, []),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: 0,
    period_start: 0,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "draft",
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}
