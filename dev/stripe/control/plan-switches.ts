import type { Core } from "../core";
import { idOf } from "../ids";
import { attach, resolvePaymentMethod, updateAutomatically } from "../objects/payment-methods";
import { discountCustomer } from "../objects/subscription-discounts";
import { changeSubscription } from "../objects/subscription-rows";
import { ApiError } from "../wire/errors";

type Fields = Record<string, unknown>;
type Answer = { status: number; body: unknown };

/** What of a subscription or a card can be turned by hand; `null` when the path is about neither. */
export function answerPlanSwitch(core: Core, path: string, fields: Fields): Answer | null {
  const match = /^\/_sim\/(customers|payment_methods|subscriptions)\/([^/]+)\/(\w+)$/.exec(path);
  const [, room, id = "", action] = match ?? [];
  switch (`${room} ${action}`) {
    case "customers discount":
      return attempt(() => core.perform((work) => discountCustomer(work, id, String(fields.coupon))));
    case "payment_methods update_automatically":
      return attempt(() => updateCard(core, id, fields));
    case "subscriptions decline_next":
      return attempt(() => swapCard(core, id, "pm_card_chargeCustomerFail"));
    case "subscriptions ask_bank_next":
      return attempt(() => swapCard(core, id, "pm_card_authenticationRequired"));
    case "subscriptions accept_next":
      return attempt(() => swapCard(core, id, "pm_card_visa"));
    default:
      return null;
  }
}

function attempt(run: () => object): Answer {
  try {
    return { status: 200, body: run() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, body: { error: error.message } };
  }
}

/** As when the bank sends the buyer a new card, and the network tells everybody who has the old one. */
function updateCard(core: Core, id: string, fields: Fields): object {
  const [expMonth, expYear] = [Number(fields.exp_month), Number(fields.exp_year)];
  const last4 = fields.last4 ? String(fields.last4) : undefined;
  return core.perform((work) => updateAutomatically(work, id, { expMonth, expYear, last4 }));
}

/** A new default card of the subscription decides what becomes of its next payment. */
function swapCard(core: Core, id: string, token: string): object {
  return core.perform((work) => {
    const subscription = work.store.get("subscription", id);
    if (!subscription)
      throw new ApiError(404, { type: "invalid_request_error", message: "no such subscription" });
    const owner = idOf(subscription.customer) ?? "";
    const card = attach(work, resolvePaymentMethod(work, token), owner);
    return changeSubscription(work, id, { default_payment_method: card.id });
  });
}
