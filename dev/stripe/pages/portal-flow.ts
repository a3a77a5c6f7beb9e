import type { Core } from "../core";
import { shown } from "../objects/money";
import type { PortalSession } from "../objects/portal-sessions";
import { periodEnd } from "../objects/subscription-rows";
import { problem } from "./card-form";
import { type Html, html } from "./html";
import { button, cardForm, day, planName } from "./portal-home";

/** The one thing a deep link into the portal asks for. */
export function portalFlow(
  core: Core,
  session: PortalSession,
  error: string | null,
  fields: URLSearchParams,
): Html {
  const type = session.flow?.type ?? "";
  const back = html`<p><a href="/portal/${session.id}?home=1">Go to billing</a>
${session.return_url && html`<a href="${session.return_url}">Return</a>`}</p>`;
  if (type === "payment_method_update")
    return html`<div class="card"><h1>Add a card</h1>${problem(error)}
${cardForm(core, session, { flow: type }, error, fields)}</div>${back}`;
  const isCancel = type === "subscription_cancel";
  return html`<div class="card"><h1>${isCancel ? "Cancel your plan" : "Confirm your update"}</h1>${problem(error)}
${isCancel ? cancelation(core, session) : update(core, session)}</div>${back}`;
}

function cancelation(core: Core, session: PortalSession): Html {
  const id = session.flow?.subscription_cancel?.subscription ?? "";
  const subscription = core.store.get("subscription", id);
  if (!subscription) return html`<p>This plan is gone.</p>`;
  return html`<p>${planName(core, subscription)} stays available until ${day(periodEnd(subscription))}.</p>
<div class="actions">${button(session, "Cancel plan", { do: "cancel", flow: "subscription_cancel", subscription: id })}</div>`;
}

function update(core: Core, session: PortalSession): Html {
  const items = session.flow?.subscription_update_confirm?.items ?? [];
  const lines = items.map(({ price: id, quantity = 1 }) => {
    const price = core.store.get("price", id ?? "");
    const product = core.store.get("product", String(price?.product ?? ""));
    return html`<dt>${product?.name ?? id}</dt><dd>${price && shown((price.unit_amount ?? 0) * quantity, price.currency)} per ${price?.recurring?.interval}</dd>`;
  });
  const values = { do: "confirm_update", flow: "subscription_update_confirm" };
  return html`<dl>${lines}</dl><div class="actions">${button(session, "Confirm", values)}</div>`;
}
