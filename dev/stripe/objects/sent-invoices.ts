import { idOf } from "../ids";
import { refused } from "../wire/errors";
import type { Work } from "../work";
import { clockOf, schedule } from "./clock";
import { emit } from "./events";
import { getInvoice, type Invoice } from "./invoice-rows";
import { whenNotPaid } from "./subscription-outcomes";

/** Mails an open invoice: nobody is charged, and its due date is waited for. */
export function sendInvoice(work: Work, id: string): Invoice {
  const invoice = getInvoice(work, id);
  if (invoice.collection_method !== "send_invoice")
    throw refused("You can only manually send an invoice if its collection method is 'send_invoice'.");
  emit(work, "invoice.sent", invoice);
  if (invoice.due_date !== null) {
    const atMs = invoice.due_date * 1000;
    const clock = clockOf(work, idOf(invoice.customer));
    schedule(work, { kind: "invoice_due", target: id, atMs, clock });
  }
  return invoice;
}

/** Not paid by its due date, it makes its subscription past due (contract, `subscription.status`). */
export function noteOverdue(work: Work, id: string): void {
  const invoice = work.store.get("invoice", id);
  if (invoice?.status !== "open") return;
  emit(work, "invoice.overdue", invoice);
  whenNotPaid(work, invoice);
}
