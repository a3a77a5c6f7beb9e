import type { Core } from "../core";
import { idOf } from "../ids";
import { shown } from "../objects/money";
import { cardOf, hasEnded, type Subscription } from "../objects/subscription-rows";
import { type Html, html } from "./html";

type Cell = Html | string | number | null | undefined;
export type Table = { title: string; heads: string[]; rows: Cell[][] };

/** Subscriptions with what can be done to their next payment, and the invoices that wait for one. */
export function planTables(core: Core): Table[] {
  const { store } = core;
  const open = store.list("invoice").filter(({ status }) => status === "open" || status === "draft");
  return [
    {
      title: "Subscriptions",
      heads: ["Id", "Status", "Plan", "Customer", "Period ends", "Next", "Card", "Action"],
      rows: store.list("subscription").map((row) => subscriptionRow(core, row)),
    },
    {
      title: "Invoices that wait",
      heads: ["Number", "Status", "Due", "Why", "Attempts", "Next"],
      rows: open.map((row) => [
        row.hosted_invoice_url ? html`<a href="/invoices/${row.id}">${row.number}</a>` : row.id,
        row.status,
        shown(row.amount_remaining, row.currency),
        row.billing_reason,
        row.attempt_count,
        time(row.next_payment_attempt ?? row.automatically_finalizes_at),
      ]),
    },
  ];
}

function subscriptionRow(core: Core, row: Subscription): Cell[] {
  const [item] = row.items.data;
  const price = item?.price;
  const cardId = core.perform((work) => cardOf(work, row));
  const card = core.store.get("payment_method", cardId ?? "")?.card;
  const product = core.store.get("product", idOf(price?.product) ?? "")?.name;
  return [
    row.id,
    row.status,
    price &&
      `${product ?? price.id}, ${shown(price.unit_amount ?? 0, price.currency)} per ${price.recurring?.interval}`,
    idOf(row.customer),
    time(item?.current_period_end),
    comingOf(row),
    card && `${card.brand} ${card.last4}, ${card.exp_month}/${card.exp_year}`,
    hasEnded(row) ? null : buttons(row.id, cardId),
  ];
}

function comingOf(row: Subscription): string | null {
  if (row.cancel_at && !hasEnded(row)) return `ends ${time(row.cancel_at)}`;
  if (row.schedule) return "another price, by schedule";
  return row.pending_update ? `update waits until ${time(row.pending_update.expires_at)}` : null;
}

function buttons(id: string, card: string | null): Html {
  const button = (action: string, label: string) =>
    html`<form method="post" action="/_sim/subscriptions/${id}/${action}"><button class="quiet">${label}</button></form>`;
  return html`<div class="actions">${button("decline_next", "Decline the next payment")}${button("ask_bank_next", "Let the bank ask")}${button("accept_next", "Accept it")}${card && newCardForm(card)}</div>`;
}

function newCardForm(card: string): Html {
  const year = 2036;
  return html`<form method="post" action="/_sim/payment_methods/${card}/update_automatically"><input type="hidden" name="exp_month" value="12"><input type="hidden" name="exp_year" value="${year}"><input type="hidden" name="last4" value="1881"><button class="quiet">The bank renews the card</button></form>`;
}

function time(seconds: number | null | undefined): string | null {
  return seconds ? new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") : null;
}
