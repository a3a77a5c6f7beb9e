import { pendingJobs } from "../control/clock-api";
import { API_FAULTS, WEBHOOK_FAULTS } from "../control/faults";
import type { Core } from "../core";
import { idOf } from "../ids";
import { shown } from "../objects/money";
import { clockSection } from "./clock-section";
import { type Html, html, type PageAnswer, page } from "./html";
import { planTables } from "./plan-section";
import { returnTables } from "./return-section";

const ROWS = 20;

export function showControl(core: Core): PageAnswer {
  const { store } = core;
  return page(
    "Control",
    html`<h1>What this Stripe remembers</h1>
${clockSection(core)}
${faultSection(core)}
${planTables(core).map(({ title, heads, rows }) => table(title, heads, rows))}
${table(
  "Customers",
  ["Id", "Email", "Name", "Default card"],
  store
    .list("customer")
    .map((row) => [row.id, row.email, row.name, idOf(row.invoice_settings.default_payment_method)]),
)}
${table(
  "What will happen by itself",
  ["When (UTC)", "What", "To", "Test clock"],
  pendingJobs(core).map((job) => [
    new Date(job.atMs).toISOString().slice(0, 19).replace("T", " "),
    job.kind.replaceAll("_", " "),
    job.target,
    job.clock,
  ]),
)}
${table(
  "Payment intents",
  ["Id", "Status", "Amount", "Customer", "Why not", "Created"],
  store
    .list("payment_intent")
    .map((row) => [
      row.next_action ? html`<a href="/authenticate/${row.id}">${row.id}</a>` : row.id,
      row.status,
      shown(row.amount, row.currency),
      idOf(row.customer),
      row.last_payment_error?.decline_code ?? row.last_payment_error?.code,
      time(row.created),
    ]),
)}
${returnTables(core).map(({ title, heads, rows }) => table(title, heads, rows))}
${table(
  "Deliveries",
  ["Event", "Type", "State", "Tries", "Answer", "Action"],
  store
    .list("delivery")
    .slice(0, ROWS)
    .map((row) => [
      row.event,
      store.get("event", row.event)?.type,
      row.state,
      row.attempts,
      row.answer,
      html`<form method="post" action="/_sim/webhooks/redeliver"><input type="hidden" name="eventId" value="${row.event}"><button class="quiet">Send again</button></form>`,
    ]),
)}
${table(
  "Recent requests",
  ["Id", "Request", "Key", "Answer", "ms"],
  [...core.requests]
    .reverse()
    .map((row) => [
      row.id,
      `${row.method} ${row.path}`,
      row.idempotencyKey,
      `${row.status ?? "dropped"}${row.replayed ? " (replayed)" : ""}`,
      row.ms.toFixed(1),
    ]),
)}
<form method="post" action="/_sim/reset" class="actions"><button class="quiet">Forget everything</button></form>`,
    { wide: true },
  );
}

type Cell = Html | string | number | null | undefined;

function table(title: string, heads: string[], rows: Cell[][]): Html {
  return html`<h2>${title} <span class="soft">(${rows.length})</span></h2>
<div class="card scroll">${
    rows.length === 0
      ? html`<p class="soft">None yet.</p>`
      : html`<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.slice(0, ROWS).map((row) => html`<tr>${row.map((cell) => html`<td>${cell ?? "–"}</td>`)}</tr>`)}</tbody></table>`
  }</div>`;
}

function faultSection(core: Core): Html {
  const faults = core.faults
    .list()
    .map((fault) => [
      fault.kind,
      [fault.match.method, fault.match.pathPattern, fault.match.type].filter(Boolean).join(" ") ||
        "everything",
      fault.left ?? "until cleared",
      fault.struck,
      html`<form method="post" action="/_sim/faults/clear"><input type="hidden" name="id" value="${fault.id}"><button class="quiet">Clear</button></form>`,
    ]);
  return html`<div class="card"><form method="post" action="/_sim/faults" class="fields">
<div><label for="kind">Fault</label><select id="kind" name="kind">${[...API_FAULTS, ...WEBHOOK_FAULTS].map((kind) => html`<option>${kind}</option>`)}</select></div>
<div><label for="method">Method</label><select id="method" name="method"><option value="">any</option><option>POST</option><option>GET</option><option>DELETE</option></select></div>
<div><label for="pathPattern">Path (* is any text)</label><input id="pathPattern" name="pathPattern" placeholder="/v1/payment_intents*"></div>
<div><label for="type">Event type</label><input id="type" name="type" placeholder="payment_intent.*"></div>
<div><label for="times">Times (empty: forever)</label><input id="times" name="times" inputmode="numeric"></div>
<div><label for="ms">Milliseconds (slow, late)</label><input id="ms" name="ms" inputmode="numeric"></div>
<div><label for="count">Release after (reordered)</label><input id="count" name="count" inputmode="numeric"></div>
<div><button>Switch on</button></div></form></div>
${table("Faults switched on", ["Kind", "Strikes", "Left", "Struck", "Action"], faults)}
<form method="post" action="/_sim/webhooks/release" class="actions"><button class="quiet">Release held webhooks</button></form>`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(5, 19).replace("T", " ");
}
