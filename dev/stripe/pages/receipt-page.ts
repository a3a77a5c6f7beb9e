import type { Core } from "../core";
import { isLinkOver } from "../links";
import { shown } from "../objects/money";
import { refundsOf } from "../objects/refund-rows";
import { html, type PageAnswer, page } from "./html";
import { methodName } from "./method-form";

export function showReceipt(core: Core, id: string, query: string): PageAnswer {
  const charge = core.store.get("charge", id);
  if (!charge?.paid) return page("Not found", html`<h1>There is no such receipt</h1>`, { status: 404 });
  if (isLinkOver(query, core.now()))
    return page(
      "Expired",
      html`<div class="card"><h1>This receipt link has expired</h1><p>Ask the shop for a new one.</p></div>`,
      { status: 410 },
    );
  const method = core.store.get("payment_method", charge.payment_method ?? "");
  const paidAt = new Date(charge.created * 1000).toISOString().slice(0, 16).replace("T", " ");
  return page(
    "Receipt",
    html`<div class="card"><h1>Receipt</h1>
<dl><dt>Amount paid</dt><dd><strong>${shown(charge.amount, charge.currency)}</strong></dd>
<dt>Date</dt><dd>${paidAt} UTC</dd>
<dt>Paid with</dt><dd>${methodName(method)}</dd>
${charge.description && html`<dt>For</dt><dd>${charge.description}</dd>`}
${refundsOf(core, id)
  .filter(({ status }) => status !== "failed" && status !== "canceled")
  .reverse()
  .map(
    (refund) =>
      html`<dt>Refunded ${new Date(refund.created * 1000).toISOString().slice(0, 10)}</dt><dd>${shown(refund.amount, refund.currency)}${refund.status !== "succeeded" && " (on its way)"}</dd>`,
  )}
${charge.amount_refunded > 0 && html`<dt>Paid after refunds</dt><dd>${shown(charge.amount - charge.amount_refunded, charge.currency)}</dd>`}
<dt>Reference</dt><dd><code>${charge.id}</code></dd></dl></div>`,
  );
}
