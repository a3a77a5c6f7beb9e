import type Stripe from "stripe";
import type { Core } from "../core";
import { idOf } from "../ids";
import { INQUIRY_OPEN, OPEN } from "../objects/dispute-rows";
import { shown } from "../objects/money";
import { type Html, html } from "./html";
import type { Table } from "./plan-section";

/** Charges with what their banks can be made to say of them, and what has become of their money. */
export function returnTables(core: Core): Table[] {
  const { store } = core;
  return [
    {
      title: "Charges",
      heads: ["Id", "Status", "Amount", "Refunded", "Intent", "Failure", "Created", "Action"],
      rows: store
        .list("charge")
        .map((row) => [
          row.receipt_url ? html`<a href="/receipts/${row.id}">${row.id}</a>` : row.id,
          row.status,
          shown(row.amount, row.currency),
          row.amount_refunded > 0 ? shown(row.amount_refunded, row.currency) : null,
          idOf(row.payment_intent),
          row.failure_code,
          time(row.created),
          row.status === "succeeded" ? chargeButtons(row) : null,
        ]),
    },
    {
      title: "Refunds",
      heads: ["Id", "Status", "Amount", "Charge", "Why it failed", "Created", "Action"],
      rows: store
        .list("refund")
        .map((row) => [
          row.id,
          row.status,
          shown(row.amount, row.currency),
          idOf(row.charge),
          row.failure_reason,
          time(row.created),
          refundButtons(row),
        ]),
    },
    {
      title: "Disputes",
      heads: ["Id", "Status", "Amount", "Reason", "Charge", "Evidence by", "Created", "Action"],
      rows: store
        .list("dispute")
        .map((row) => [
          row.id,
          row.status,
          shown(row.amount, row.currency),
          row.reason,
          idOf(row.charge),
          row.evidence_details.due_by ? time(row.evidence_details.due_by) : null,
          time(row.created),
          disputeButtons(row),
        ]),
    },
    {
      title: "Early fraud warnings",
      heads: ["Id", "Fraud", "Charge", "Created"],
      rows: store
        .list("radar.early_fraud_warning")
        .map((row) => [row.id, row.fraud_type, idOf(row.charge), time(row.created)]),
    },
  ];
}

function chargeButtons({ id, refunded }: Stripe.Charge): Html {
  const at = `charges/${id}`;
  const amount = html`<input name="amount" inputmode="numeric" placeholder="all, or cents" aria-label="Amount">`;
  const reason = html`<select name="reason" aria-label="Reason">${REASONS.map((each) => html`<option>${each}</option>`)}</select>`;
  const kind = html`<select name="kind" aria-label="Kind">${KINDS.map((each) => html`<option>${each}</option>`)}</select>`;
  return html`<div class="actions">${refunded ? null : act(at, "refund", "Refund", amount)}${act(at, "dispute", "Dispute", html`${amount}${kind}${reason}`)}${act(at, "warn", "Warn of fraud")}</div>`;
}

const KINDS = ["chargeback", "inquiry", "prevented"];
const REASONS = ["fraudulent", "product_not_received", "duplicate", "credit_not_processed", "unrecognized"];

function refundButtons({ id, status }: Stripe.Refund): Html | null {
  const at = `refunds/${id}`;
  if (status === "succeeded") return html`<div class="actions">${act(at, "fail", "Let it fail")}</div>`;
  if (status !== "pending" && status !== "requires_action") return null;
  return html`<div class="actions">${act(at, "succeed", "Let it succeed")}${act(at, "fail", "Let it fail")}${status === "pending" ? act(at, "ask_payer", "Ask the payer") : null}</div>`;
}

function disputeButtons({ id, status }: Stripe.Dispute): Html | null {
  const at = `disputes/${id}`;
  if (status === "lost") return html`<div class="actions">${act(at, "appeal", "Appeal")}</div>`;
  if (!OPEN.includes(status)) return null;
  return INQUIRY_OPEN.includes(status)
    ? html`<div class="actions">${act(at, "escalate", "Escalate")}${act(at, "close", "Close")}</div>`
    : html`<div class="actions">${act(at, "win", "Win")}${act(at, "lose", "Lose")}</div>`;
}

const act = (at: string, action: string, label: string, fields: Html | null = null): Html =>
  html`<form method="post" action="/_sim/${at}/${action}">${fields}<button class="quiet">${label}</button></form>`;

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(5, 19).replace("T", " ");
}
