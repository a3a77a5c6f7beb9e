import { idOf } from "../ids";
import { invalidParameter, refused } from "../wire/errors";
import {
  flag,
  integer,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  text,
  type Values,
  word,
} from "../wire/params";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { getCustomer } from "./customers";
import { emit } from "./events";
import { finalizeLater, putDraft } from "./invoice-drafts";
import { lineOfItem } from "./invoice-item-rows";
import { draftFor, draftOf, getInvoice, type Invoice } from "./invoice-rows";
import { ownCard } from "./own-card";
import { pendingItems, pendingLines, subscriptionOf } from "./pending-lines";
import { getSubscription } from "./subscription-rows";

export const manualInvoiceShape = {
  auto_advance: flag,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  currency: word,
  customer: needed(word),
  days_until_due: integer,
  default_payment_method: word,
  description: text,
  metadata,
  pending_invoice_items_behavior: oneOf("exclude", "include"),
  subscription: word,
};

/**
 * An invoice made by hand, for a customer or a subscription: empty unless it is to take what is pending (documentation,
 * "Create an invoice": the default is `exclude`; recorded: pay-rails/pay, an empty one of a subscription).
 */
export function createManualInvoice(work: Work, params: Values<typeof manualInvoiceShape>): Invoice {
  const customer = getCustomer(work, params.customer, "customer").id;
  const now = nowOf(work, customer);
  const at = { reason: "manual" as const, period: { start: now, end: now } };
  const blank = params.subscription
    ? subscriptionDraft(work, params.subscription, customer, {
        ...at,
        isTaken: params.pending_invoice_items_behavior === "include",
      })
    : customerDraft(work, params, customer, at);
  const { lines, draft } = blank;
  const method = params.collection_method ?? draft.collection_method;
  if (method === "send_invoice" && params.days_until_due === undefined)
    throw invalidParameter(
      "You must specify `days_until_due` or `due_date` when `collection_method` is `send_invoice`.",
      "days_until_due",
    );
  const card = params.default_payment_method;
  const made = {
    ...draft,
    auto_advance: false,
    collection_method: method,
    default_payment_method: card ? ownCard(work, customer, card) : null,
    description: params.description ?? null,
    // Days from its creation: https://docs.stripe.com/api/invoices/create#create_invoice-days_until_due
    due_date: method === "send_invoice" ? now + (params.days_until_due ?? 0) * 24 * 3600 : null,
    metadata: mergeMetadata({}, params.metadata),
  };
  const invoice = putDraft(work, made, lines);
  return params.auto_advance ? finalizeLater(work, invoice) : invoice;
}

type At = { reason: "manual"; period: { start: number; end: number } };

function subscriptionDraft(
  work: Work,
  id: string,
  customer: string,
  { isTaken, ...at }: At & { isTaken: boolean },
) {
  const subscription = getSubscription(work, id, "subscription");
  if (idOf(subscription.customer) !== customer)
    throw refused(`The subscription ${id} does not belong to the customer ${customer}.`, {
      param: "subscription",
    });
  const lines = isTaken ? pendingLines(work, subscription) : [];
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const period = { start, end: at.period.end };
  return { lines, draft: draftOf(work, subscription, { ...at, lines, period }) };
}

function customerDraft(work: Work, params: Values<typeof manualInvoiceShape>, customer: string, at: At) {
  const currency = params.currency ?? work.store.get("customer", customer)?.currency ?? "usd";
  const taken = params.pending_invoice_items_behavior === "include";
  const items = taken ? pendingItems(work, customer, currency).filter((item) => !subscriptionOf(item)) : [];
  const lines = items.map((item) => lineOfItem(work, item));
  return { lines, draft: draftFor(work, { customer, currency }, { ...at, lines }) };
}

/** Only what somebody made by hand, and nobody owes yet, can be made undone (documentation, "Delete a draft invoice"). */
export function deleteDraft(work: Work, id: string): object {
  const invoice = getInvoice(work, id);
  if (invoice.status !== "draft")
    throw refused("You can only delete draft invoices. You can void an invoice that is open.", {
      code: "invoice_not_editable",
    });
  if (invoice.parent?.subscription_details && invoice.billing_reason !== "manual")
    throw refused("You cannot delete an invoice that was created by a subscription.");
  for (const item of work.store.listOf("invoiceitem", "invoice", id))
    work.store.delete("invoiceitem", item.id);
  work.store.delete("invoice", id);
  work.store.delete("invoice_lines", id);
  emit(work, "invoice.deleted", invoice);
  return { id, object: "invoice", deleted: true };
}
