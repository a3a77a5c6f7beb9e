import type Stripe from "stripe";
import type { Core } from "../core";
import { idOf } from "../ids";
import { shown } from "../objects/money";
import { featuresOf, portalTypes } from "../objects/portal-actions";
import type { PortalSession } from "../objects/portal-sessions";
import { hasEnded, periodEnd, type Subscription } from "../objects/subscription-rows";
import { cardFields, problem } from "./card-form";
import { type Html, html } from "./html";
import { methodName, otherForms } from "./method-form";

/** Everything the portal shows of a customer. */
export function portalHome(
  core: Core,
  session: PortalSession,
  error: string | null,
  fields: URLSearchParams,
): Html {
  const on = featuresOf(core, session);
  const customer = core.store.get("customer", session.customer);
  if (!customer) throw new Error(`${session.id} is nobody's`);
  return html`<h1>Billing</h1>
${problem(error)}
${plans(core, session, customer)}
${on.payment_method_update.enabled && cards(core, session, customer, error, fields)}
${on.customer_update.enabled && details(session, customer)}
${on.invoice_history.enabled && invoices(core, customer)}
${session.return_url && html`<p><a href="${session.return_url}">Return</a></p>`}`;
}

/** A button of the portal, with what it is about. */
export function button(session: PortalSession, text: string, values: Record<string, string>): Html {
  const hidden = Object.entries(values).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="/portal/${session.id}">${hidden}<button class="quiet">${text}</button></form>`;
}

export function cardForm(
  core: Core,
  session: PortalSession,
  values: Record<string, string>,
  error: string | null,
  fields: URLSearchParams,
): Html {
  const hidden = Object.entries(values).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="/portal/${session.id}"><input type="hidden" name="do" value="add_card">${hidden}
${cardFields(error, fields)}
<div class="actions"><button type="submit">Add card</button></div></form>
${otherForms(
  core.perform((work) => portalTypes(work, session)),
  { action: `/portal/${session.id}`, hidden: { do: "add_card", ...values }, verb: "Add" },
)}
<p class="soft">Test cards: 4242 4242 4242 4242 is saved; 4000 0000 0000 0341 is saved and declined when charged; 4000 0000 0000 0002 is declined; 4000 0027 6000 3184 asks the bank.</p>`;
}

export function planName(core: Pick<Core, "store">, subscription: Subscription): string {
  return subscription.items.data
    .map(({ price }) => core.store.get("product", idOf(price.product) ?? "")?.name ?? price.id)
    .join(", ");
}

export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function plans(core: Core, session: PortalSession, customer: Stripe.Customer): Html {
  const own = core.store
    .list("subscription")
    .filter((row) => row.customer === customer.id && !hasEnded(row) && row.status !== "incomplete");
  return html`<h2>Current plan</h2>
<div class="card">${own.length === 0 ? html`<p>No plan.</p>` : own.map((row) => plan(core, session, row))}</div>`;
}

function plan(core: Core, session: PortalSession, subscription: Subscription): Html {
  const { id, cancel_at, status } = subscription;
  const costs = subscription.items.data.map(
    ({ price, quantity = 1 }) =>
      html`<dt>${planName(core, subscription)}</dt><dd>${shown((price.unit_amount ?? 0) * quantity, price.currency)} per ${price.recurring?.interval}</dd>`,
  );
  const method = core.store.get("payment_method", idOf(subscription.default_payment_method) ?? "");
  const ends = cancel_at !== null;
  const change = ends
    ? button(session, "Don't cancel plan", { do: "renew", subscription: id })
    : button(session, "Cancel plan", { do: "cancel", subscription: id });
  return html`<dl>${costs}
<dt>Status</dt><dd>${status}</dd>
<dt>${ends ? "Ends on" : "Renews on"}</dt><dd>${day(cancel_at ?? periodEnd(subscription))}</dd>
<dt>Paid with</dt><dd>${method ? methodName(method) : "your default card"}</dd></dl>
${featuresOf(core, session).subscription_cancel.enabled && html`<div class="actions">${change}</div>`}`;
}

function cards(
  core: Core,
  session: PortalSession,
  customer: Stripe.Customer,
  error: string | null,
  fields: URLSearchParams,
): Html {
  const usual = idOf(customer.invoice_settings.default_payment_method);
  const own = core.store.list("payment_method").filter((method) => idOf(method.customer) === customer.id);
  const rows = own.map(
    (method) =>
      html`<li>${methodName(method)} ${
        method.id === usual
          ? html`<strong>default</strong>`
          : button(session, "Make default", { do: "default_card", card: method.id })
      } ${button(session, "Remove", { do: "remove_card", card: method.id })}</li>`,
  );
  return html`<h2>Payment methods</h2>
<div class="card">${own.length === 0 ? html`<p>No card saved.</p>` : html`<ul>${rows}</ul>`}
<h2>Add a card</h2>${cardForm(core, session, {}, error, fields)}</div>`;
}

function details(session: PortalSession, customer: Stripe.Customer): Html {
  return html`<h2>Billing information</h2>
<div class="card"><form method="post" action="/portal/${session.id}"><input type="hidden" name="do" value="details">
<label for="customer-name">Name</label><input id="customer-name" name="name" autocomplete="name" value="${customer.name ?? ""}">
<label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required value="${customer.email ?? ""}">
<div class="actions"><button type="submit">Save</button></div></form></div>`;
}

function invoices(core: Core, customer: Stripe.Customer): Html {
  const own = core.store
    .list("invoice")
    .filter((invoice) => idOf(invoice.customer) === customer.id && invoice.status !== "draft");
  const rows = own.map(
    (invoice) =>
      html`<tr><td><a href="/invoices/${invoice.id}">${day(invoice.created)}</a></td><td>${shown(invoice.total, invoice.currency)}</td><td>${invoice.status}</td></tr>`,
  );
  return html`<h2>Invoice history</h2>
<div class="card scroll">${
    own.length === 0
      ? html`<p>None yet.</p>`
      : html`<table><thead><tr><th scope="col">Date</th><th scope="col">Amount</th><th scope="col">Status</th></tr></thead><tbody>${rows}</tbody></table>`
  }</div>`;
}
