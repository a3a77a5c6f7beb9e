import type { Core } from "../core";
import { completeSession } from "../objects/checkout-sessions";
import { finishInvoiceAuthentication } from "../objects/invoice-payments";
import { shown } from "../objects/money";
import { finishAddingCard } from "../objects/portal-actions";
import { finishSetupAuthentication } from "../objects/setup-attempt";
import { withQuery } from "../objects/urls";
import { successUrl } from "./checkout-page";
import { html, type PageAnswer, page, redirect } from "./html";

export function showBank(core: Core, id: string): PageAnswer {
  const payment = core.store.get("payment_intent", id);
  const intent = payment ?? core.store.get("setup_intent", id);
  if (!intent) return page("Not found", html`<h1>There is no such payment</h1>`, { status: 404 });
  if (intent.status !== "requires_action") return settled(core, id);
  const what = payment
    ? html`<p>A payment of <strong>${shown(payment.amount, payment.currency)}</strong> is waiting for your approval.</p>`
    : html`<p>A shop wants to <strong>save your card</strong> for later payments.</p>`;
  return page(
    "Your bank",
    html`<div class="card"><h1>Your bank: is this you?</h1>${what}
<form method="post" action="/authenticate/${id}" class="actions">
<button name="result" value="approve">Approve</button>
<button name="result" value="fail" class="quiet">Fail</button>
<a href="/authenticate/${id}/left">Walk away</a>
</form></div>`,
  );
}

/** Answering twice, or after the payment ended otherwise, changes nothing and leads to the same place. */
export function answerBank(core: Core, id: string, result: string | null): PageAnswer {
  if (result !== "approve" && result !== "fail") return showBank(core, id);
  authenticate(core, id, result === "approve");
  return settled(core, id);
}

/** The bank's answer, without any page. Returns the intent as it is afterwards. */
export function authenticate(core: Core, id: string, approved: boolean): object | undefined {
  return core.perform((work) => {
    const intent =
      finishInvoiceAuthentication(work, id, approved) ?? finishSetupAuthentication(work, id, approved);
    const session = work.store.get("attempt", id)?.checkoutSession;
    if (session && intent?.status === "succeeded") completeSession(work, session);
    finishAddingCard(work, id);
    return intent;
  });
}

export function leaveBank(core: Core, id: string): PageAnswer {
  const target = core.store.get("attempt", id);
  const session = core.store.get("checkout.session", target?.checkoutSession ?? "");
  const shop = target?.returnUrl ?? session?.cancel_url;
  const host = shop && URL.canParse(shop) ? new URL(shop).origin : null;
  return page(
    "You left",
    html`<div class="card"><h1>You left; nothing happened</h1>
<p>The bank was told neither yes nor no. The payment is still waiting.</p>
<div class="actions">${host && html`<a href="${host}">Go to ${host}</a>`} <a href="/authenticate/${id}">Back to the bank</a></div></div>`,
  );
}

function settled(core: Core, id: string): PageAnswer {
  const intent = core.store.get("payment_intent", id) ?? core.store.get("setup_intent", id);
  const target = core.store.get("attempt", id);
  const session = core.store.get("checkout.session", target?.checkoutSession ?? "");
  if (session)
    return redirect(
      session.status === "complete"
        ? successUrl(session)
        : `${core.options.publicUrl}/checkout/${session.id}`,
    );
  if (!intent || !target?.returnUrl)
    return page("Done", html`<div class="card"><h1>Thank you</h1><p>You can close this page.</p></div>`);
  const succeeded = intent.status === "succeeded";
  return redirect(
    withQuery(target.returnUrl, {
      [intent.object]: intent.id,
      [`${intent.object}_client_secret`]: intent.client_secret ?? "",
      redirect_status: succeeded ? "succeeded" : "failed",
    }),
  );
}
