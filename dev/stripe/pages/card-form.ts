import type Stripe from "stripe";
import { assertExpiry, cardFromNumber, createCard } from "../objects/payment-methods";
import { refused } from "../wire/errors";
import type { Work } from "../work";
import { type Html, html } from "./html";

/** The card a buyer typed into a page, new and nobody's yet. */
export function readCard(work: Work, fields: URLSearchParams): Stripe.PaymentMethod {
  const [expMonth, expYear] = readExpiry(fields.get("expiry") ?? "");
  const card = cardFromNumber(fields.get("number") ?? "");
  assertExpiry(work, expMonth, expYear);
  if (!/^\d{3,4}$/.test(fields.get("cvc")?.trim() ?? ""))
    throw refused("Your card's security code is incomplete.");
  const name = fields.get("name")?.trim() || null;
  return createCard(work, card, { expMonth, expYear, billing: { name } });
}

function readExpiry(text: string): [number, number] {
  const match = /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec(text);
  if (!match) throw refused("Your card's expiration date is incomplete.");
  const year = Number(match[2]);
  return [Number(match[1]), year < 100 ? 2000 + year : year];
}

/** The fields of a card, with what was typed before and, above them, why that was refused. */
export function cardFields(error: string | null, fields: URLSearchParams): Html {
  return html`<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" required placeholder="4242 4242 4242 4242" value="${fields.get("number") ?? ""}"${error && html` aria-describedby="problem"`}>
<div class="pair">
<div><label for="expiry">Expiry (MM/YY)</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" required placeholder="12/34" value="${fields.get("expiry") ?? ""}"></div>
<div><label for="cvc">CVC</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" required placeholder="123"></div>
</div>
<label for="name">Name on card (optional)</label>
<input id="name" name="name" autocomplete="cc-name" value="${fields.get("name") ?? ""}">`;
}

export function problem(error: string | null): Html | null {
  return error === null ? null : html`<p class="alert" role="alert" id="problem">${error}</p>`;
}
