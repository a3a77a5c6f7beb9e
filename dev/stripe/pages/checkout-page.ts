import type Stripe from "stripe";
import type { Core } from "../core";
import { idOf } from "../ids";
import { completeSession } from "../objects/checkout-sessions";
import { amountsOf, lineItemsOf, payForBasket } from "../objects/checkout-subscriptions";
import { shown } from "../objects/money";
import { attemptSetup } from "../objects/setup-attempt";
import { ApiError } from "../wire/errors";
import type { Work } from "../work";
import { cardFields, problem } from "./card-form";
import { type Html, html, type PageAnswer, page, redirect } from "./html";
import { otherForms, readMethod } from "./method-form";

type Session = Stripe.Checkout.Session;

export function showCheckout(core: Core, id: string): PageAnswer {
  const session = core.store.get("checkout.session", id);
  if (!session) return page("Not found", html`<h1>There is no such Checkout Session</h1>`, { status: 404 });
  if (session.status === "complete") return redirect(successUrl(session));
  if (session.status !== "open") return closed(session);
  const setup = core.store.get("setup_intent", idOf(session.setup_intent) ?? "");
  const payment = core.store.get("payment_intent", core.store.get("basket", id)?.intent ?? "");
  const error = setup?.last_setup_error ?? payment?.last_payment_error;
  return form(core, session, error?.message ?? null);
}

/** Saves the card or pays with it, or says why not, or sends the buyer to the bank. */
export function submitCheckout(core: Core, id: string, fields: URLSearchParams): PageAnswer {
  const session = core.store.get("checkout.session", id);
  if (session?.status !== "open") return showCheckout(core, id);
  try {
    return core.perform((work) => {
      const method = readMethod(work, fields, session.payment_method_types);
      const intent =
        session.mode === "subscription"
          ? payForBasket(work, session, method)
          : saveCard(work, session, method);
      if (intent?.status === "requires_action")
        return redirect(`${core.options.publicUrl}/authenticate/${intent.id}`);
      return redirect(successUrl(completeSession(work, id)));
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return form(core, session, error.message, fields);
  }
}

function saveCard(work: Work, session: Session, method: Stripe.PaymentMethod): Stripe.SetupIntent {
  const id = idOf(session.setup_intent) ?? "";
  const ready = work.store.update("setup_intent", id, { payment_method: method.id, next_action: null });
  return attemptSetup(work, ready, { returnUrl: null, useStripeSdk: false, checkoutSession: session.id });
}

export function successUrl(session: Session): string {
  return (session.success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", session.id);
}

function closed(session: Session): PageAnswer {
  const back = session.cancel_url;
  return page(
    "Expired",
    html`<div class="card"><h1>This page has expired</h1>
<p>The link is no longer valid. Nothing was ${session.mode === "subscription" ? "paid" : "saved"}.</p>
${back && html`<p><a href="${back}">Back to the shop</a></p>`}</div>`,
    { status: 410 },
  );
}

function form(
  core: Core,
  session: Session,
  error: string | null,
  fields = new URLSearchParams(),
): PageAnswer {
  const customer = core.store.get("customer", idOf(session.customer) ?? "");
  const email = customer?.email ?? session.customer_email;
  const sells = session.mode === "subscription";
  const title = sells ? "Subscribe" : "Save your card";
  return page(
    title,
    html`<div class="card">
<h1>${title}</h1>
${sells ? basket(core, session) : html`<p class="soft">Nothing is charged now.${email && html` Saving for <strong>${email}</strong>.`}</p>`}
${problem(error)}
<form method="post" action="/checkout/${session.id}">
${cardFields(error, fields)}
<div class="actions"><button type="submit">${sells ? "Pay and subscribe" : "Save card"}</button>
${session.cancel_url && html`<a href="${session.cancel_url}">Back</a>`}</div>
</form>
${otherForms(session.payment_method_types, { action: `/checkout/${session.id}`, verb: sells ? "Pay" : "Save" })}
<p class="soft">Test cards: 4242 4242 4242 4242 ${sells ? "pays" : "is saved"}; 4000 0000 0000 0341 is saved and declined when charged; 4000 0000 0000 0002 is declined; 4000 0027 6000 3184 asks the bank.</p>
</div>`,
    { status: error && fields.size > 0 ? 402 : 200 },
  );
}

function basket(core: Core, session: Session): Html {
  const lines = lineItemsOf(core, session.id).map(
    ({
      description,
      quantity,
      amount_total,
      currency,
      price,
    }) => html`<dt>${quantity !== 1 && `${quantity} × `}${description}</dt>
<dd>${shown(amount_total, currency)} per ${price?.recurring?.interval}</dd>`,
  );
  const currency = session.currency ?? "usd";
  const { due, applied } = amountsOf(core, session);
  const balance = html`<dt>Applied balance</dt><dd>${shown(applied, currency)}</dd>`;
  return html`<dl>${lines}${applied !== 0 && balance}<dt>Due today</dt><dd><strong>${shown(due, currency)}</strong></dd></dl>`;
}
