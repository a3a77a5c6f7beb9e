import type Stripe from "stripe";
import type { Core } from "../core";
import { idOf } from "../ids";
import { completeSession } from "../objects/checkout-sessions";
import { assertExpiry, cardFromNumber, createCard } from "../objects/payment-methods";
import { attemptSetup } from "../objects/setup-attempt";
import { ApiError, refused } from "../wire/errors";
import { html, type PageAnswer, page, redirect } from "./html";

type Session = Stripe.Checkout.Session;

export function showCheckout(core: Core, id: string): PageAnswer {
  const session = core.store.get("checkout.session", id);
  if (!session) return page("Not found", html`<h1>There is no such Checkout Session</h1>`, { status: 404 });
  if (session.status === "complete") return redirect(successUrl(session));
  if (session.status !== "open") return closed(session);
  const intent = core.store.get("setup_intent", idOf(session.setup_intent) ?? "");
  return form(core, session, intent?.last_setup_error?.message ?? null);
}

/** Saves the card, or says why not, or sends the buyer to the bank. */
export function submitCheckout(core: Core, id: string, fields: URLSearchParams): PageAnswer {
  const session = core.store.get("checkout.session", id);
  if (session?.status !== "open") return showCheckout(core, id);
  try {
    return core.perform((work) => {
      const [month, year] = readExpiry(fields.get("expiry") ?? "");
      const card = cardFromNumber(fields.get("number") ?? "");
      assertExpiry(work, month, year);
      if (!/^\d{3,4}$/.test(fields.get("cvc")?.trim() ?? ""))
        throw refused("Your card's security code is incomplete.");
      const name = fields.get("name")?.trim() || null;
      const method = createCard(work, card, { expMonth: month, expYear: year, billing: { name } });
      const setupIntent = idOf(session.setup_intent) ?? "";
      const ready = work.store.update("setup_intent", setupIntent, {
        payment_method: method.id,
        next_action: null,
      });
      const intent = attemptSetup(work, ready, { returnUrl: null, useStripeSdk: false, checkoutSession: id });
      if (intent.status === "requires_action")
        return redirect(`${core.options.publicUrl}/authenticate/${intent.id}`);
      return redirect(successUrl(completeSession(work, id)));
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return form(core, session, error.message, fields);
  }
}

export function successUrl(session: Session): string {
  return (session.success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", session.id);
}

function readExpiry(text: string): [number, number] {
  const match = /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec(text);
  if (!match) throw refused("Your card's expiration date is incomplete.");
  const year = Number(match[2]);
  return [Number(match[1]), year < 100 ? 2000 + year : year];
}

function closed(session: Session): PageAnswer {
  const back = session.cancel_url;
  return page(
    "Expired",
    html`<div class="card"><h1>This page has expired</h1>
<p>The link to save a card is no longer valid. Nothing was saved.</p>
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
  return page(
    "Save your card",
    html`<div class="card">
<h1>Save your card</h1>
<p class="soft">Nothing is charged now.${email && html` Saving for <strong>${email}</strong>.`}</p>
${error && html`<p class="alert" role="alert" id="problem">${error}</p>`}
<form method="post" action="/checkout/${session.id}">
<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" required placeholder="4242 4242 4242 4242" value="${fields.get("number") ?? ""}"${error && html` aria-describedby="problem"`}>
<div class="pair">
<div><label for="expiry">Expiry (MM/YY)</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" required placeholder="12/34" value="${fields.get("expiry") ?? ""}"></div>
<div><label for="cvc">CVC</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" required placeholder="123"></div>
</div>
<label for="name">Name on card (optional)</label>
<input id="name" name="name" autocomplete="cc-name" value="${fields.get("name") ?? ""}">
<div class="actions"><button type="submit">Save card</button>
${session.cancel_url && html`<a href="${session.cancel_url}">Back</a>`}</div>
</form>
<p class="soft">Test cards: 4242 4242 4242 4242 is saved; 4000 0000 0000 0341 is saved and declined when charged; 4000 0000 0000 0002 is declined; 4000 0027 6000 3184 asks the bank.</p>
</div>`,
    { status: error && fields.size > 0 ? 402 : 200 },
  );
}
