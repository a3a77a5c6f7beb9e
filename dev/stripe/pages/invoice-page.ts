import type { Core } from "../core";
import { idOf } from "../ids";
import { isLinkOver } from "../links";
import { tryInvoice } from "../objects/invoice-payments";
import { type Invoice, intentOf, linesOf, subscriptionIdOf } from "../objects/invoice-rows";
import { shown } from "../objects/money";
import { defaultMethods, typesOf } from "../objects/payment-method-configurations";
import { changeSubscription, hasEnded } from "../objects/subscription-rows";
import { ApiError } from "../wire/errors";
import type { Work } from "../work";
import { cardFields, problem } from "./card-form";
import { type Html, html, type PageAnswer, page, redirect } from "./html";
import { otherForms, readMethod } from "./method-form";
import { pdfOf } from "./pdf";

/** The page where an invoice is read, and paid while it is open. */
export function showInvoice(core: Core, id: string, query = ""): PageAnswer {
  const invoice = core.store.get("invoice", id);
  if (!invoice || invoice.status === "draft") return notThere();
  if (isOver(core, invoice, query)) return expired();
  const intent = core.perform((work) => intentOf(work, id));
  return show(core, invoice, intent?.last_payment_error?.message ?? null, new URLSearchParams());
}

/** Pays with the card that was typed in, and keeps it for the subscription. */
export function submitInvoice(core: Core, id: string, fields: URLSearchParams): PageAnswer {
  const invoice = core.store.get("invoice", id);
  if (invoice?.status !== "open") return showInvoice(core, id);
  const back = `${core.options.publicUrl}/invoices/${id}`;
  try {
    return core.perform((work) => {
      const method = readMethod(work, fields, typesOf(defaultMethods(work))).id;
      const tried = tryInvoice(work, id, { method, offSession: false, automatic: false, returnUrl: back });
      if (tried.kind === "refused") throw tried.error;
      if (tried.kind !== "action") {
        keepCard(work, invoice, method);
        return redirect(back);
      }
      work.store.update("attempt", tried.intent.id, { keepsCard: true });
      return redirect(`${core.options.publicUrl}/authenticate/${tried.intent.id}`);
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return show(core, core.store.get("invoice", id) ?? invoice, error.message, fields);
  }
}

export function showInvoicePdf(core: Core, id: string, query = ""): PageAnswer {
  const invoice = core.store.get("invoice", id);
  if (!invoice || invoice.status === "draft") return notThere();
  if (isOver(core, invoice, query)) return expired();
  const body = pdfOf([
    `Invoice ${invoice.number ?? invoice.id}`,
    `For ${invoice.customer_name ?? invoice.customer_email ?? idOf(invoice.customer)}`,
    `Date ${day(invoice.created)}`,
    "",
    ...linesOf(core, invoice).map((line) => `${line.description}   ${shown(line.amount, line.currency)}`),
    "",
    `Total ${shown(invoice.total, invoice.currency)}`,
    `Paid ${shown(invoice.amount_paid, invoice.currency)}`,
    `Due ${shown(invoice.amount_remaining, invoice.currency)}`,
  ]);
  const name = `Invoice-${invoice.number ?? invoice.id}.pdf`;
  const headers = {
    "Content-Type": "application/pdf",
    "Content-Disposition": `attachment; filename="${name}"`,
  };
  return { status: 200, body, headers };
}

function keepCard(work: Work, invoice: Invoice, method: string): void {
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  if (subscription && !hasEnded(subscription))
    changeSubscription(work, subscription.id, { default_payment_method: method });
}

function isOver(core: Core, invoice: Invoice, query: string): boolean {
  const due = invoice.due_date ?? invoice.status_transitions.finalized_at ?? 0;
  return isLinkOver(query, core.now(), due * 1000);
}

function expired(): PageAnswer {
  return page(
    "Expired",
    html`<div class="card"><h1>This invoice link has expired</h1><p>Ask the shop for a new one.</p></div>`,
    { status: 410 },
  );
}

function notThere(): PageAnswer {
  return page("Not found", html`<h1>There is no such invoice</h1>`, { status: 404 });
}

function show(core: Core, invoice: Invoice, error: string | null, fields: URLSearchParams): PageAnswer {
  const open = invoice.status === "open";
  return page(
    "Invoice",
    html`<div class="card"><h1>Invoice ${invoice.number}</h1>
<dl><dt>Status</dt><dd><strong>${invoice.status}</strong></dd>
<dt>Date</dt><dd>${day(invoice.created)}</dd>
${invoice.lines.data.map((line) => html`<dt>${line.description}</dt><dd>${shown(line.amount, line.currency)}</dd>`)}
<dt>${open ? "Amount due" : "Total"}</dt><dd><strong>${shown(open ? invoice.amount_remaining : invoice.total, invoice.currency)}</strong></dd></dl>
<p><a href="/invoices/${invoice.id}/pdf">Download the PDF</a></p>
${open && payForm(core, invoice, error, fields)}</div>`,
    { status: error && fields.size > 0 ? 402 : 200 },
  );
}

function payForm(core: Core, invoice: Invoice, error: string | null, fields: URLSearchParams): Html {
  return html`${problem(error)}
<form method="post" action="/invoices/${invoice.id}">
${cardFields(error, fields)}
<div class="actions"><button type="submit">Pay invoice</button></div>
</form>
${otherForms(
  core.perform((work) => typesOf(defaultMethods(work))),
  { action: `/invoices/${invoice.id}`, verb: "Pay" },
)}
<p class="soft">Test cards: 4242 4242 4242 4242 pays; 4000 0000 0000 0002 is declined; 4000 0027 6000 3184 asks the bank.</p>`;
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
