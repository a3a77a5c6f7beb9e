import type Stripe from "stripe";
import { createBankAccount, createLink } from "../objects/other-methods";
import { refused } from "../wire/errors";
import type { Work } from "../work";
import { readCard } from "./card-form";
import { type Html, html } from "./html";

/** What a buyer chose on a page, new and nobody's yet; only what the page offers. */
export function readMethod(
  work: Work,
  fields: URLSearchParams,
  types: readonly string[],
): Stripe.PaymentMethod {
  const type = fields.get("method") ?? "card";
  if (!types.includes(type)) throw refused("This payment method is not available here.");
  if (type === "us_bank_account") return createBankAccount(work, { account: fields.get("account") ?? "" });
  if (type !== "link") return readCard(work, fields);
  const email = fields.get("link")?.trim() ?? "";
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw refused("Your Link account is incomplete.");
  return createLink(work, email);
}

/** A form for each offered method that is no card, below the card's. */
export function otherForms(
  types: readonly string[],
  given: { action: string; hidden?: Record<string, string>; verb: string },
): Html[] {
  const hidden = Object.entries(given.hidden ?? {}).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const forms: Record<string, Html> = {
    link: html`<label for="link">Link account</label>
<input id="link" name="link" type="email" autocomplete="email" required placeholder="you@example.com">
<div class="actions"><button class="quiet">${given.verb} with Link</button></div>`,
    us_bank_account: html`<label for="account">US bank account (test)</label>
<input id="account" name="account" inputmode="numeric" autocomplete="off" required placeholder="000123456789">
<div class="actions"><button class="quiet">${given.verb} by bank debit</button></div>
<p class="soft">000123456789 is paid after days; 000222222227 fails after days.</p>`,
  };
  return types.flatMap((type) =>
    forms[type]
      ? [
          html`<hr><form method="post" action="${given.action}">${hidden}<input type="hidden" name="method" value="${type}">${forms[type]}</form>`,
        ]
      : [],
  );
}

/** As a customer would recognize it. */
export function methodName(method: Stripe.PaymentMethod | undefined): string {
  const { card, link, us_bank_account: account } = method ?? {};
  if (card) return `${card.brand} ending in ${card.last4}, ${card.exp_month}/${card.exp_year}`;
  if (link) return `Link, ${link.email}`;
  return account ? `${account.bank_name} ending in ${account.last4}` : "no card";
}
