import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import type { BasketRow } from "../tables";
import { invalidParameter } from "../wire/errors";
import type { MetadataChange } from "../wire/params";
import { mergeMetadata } from "../wire/params";
import type { Work } from "../work";
import { changeBalance, dueOf } from "./customer-balance";
import { emit } from "./events";
import { noteProcessing } from "./invoice-payments";
import { attempt } from "./payment-attempt";
import { blankIntent, cancelIntent } from "./payment-intent-rows";
import { attach } from "./payment-methods";
import { beginSubscription } from "./subscription-create";
import { readItems } from "./subscription-routes";

type Session = Stripe.Checkout.Session;
type Asked = {
  line_items?: { price: string; quantity?: number }[];
  subscription_data?: { description?: string | null; metadata?: MetadataChange };
};

/** Keeps what a session sells until somebody pays for it; nothing is subscribed to before. */
export function fillBasket(work: Work, session: string, asked: Asked): Partial<Session> {
  if (!asked.line_items)
    throw invalidParameter("Missing required param: line_items.", "line_items", "parameter_missing");
  const wanted = readItems(work, asked.line_items, "line_items");
  const basket = work.store.put("basket", {
    id: session,
    items: wanted.map(({ price, quantity }) => ({ id: newId("li"), price: price.id, quantity })),
    metadata: mergeMetadata({}, asked.subscription_data?.metadata),
    description: asked.subscription_data?.description ?? null,
    intent: null,
  });
  const total = totalOf(work, basket);
  return {
    amount_subtotal: total,
    amount_total: total,
    currency: wanted[0]?.price.currency ?? "usd",
    payment_status: "unpaid",
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  };
}

/** Pays for a session with a card; the intent may still wait for the bank. A refusal is thrown and kept. */
export function payForBasket(
  work: Work,
  session: Session,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent | null {
  const customer = idOf(session.customer) ?? "";
  const basket = takeBalance(work, session, basketOf(work, session.id));
  if (dueFor(work, basket) === 0) {
    work.store.put("basket", { ...basket, card: attach(work, method, customer).id });
    return null;
  }
  const intent = work.store.get("payment_intent", basket.intent ?? "") ?? createIntent(work, session, basket);
  const ready = work.store.update("payment_intent", intent.id, {
    next_action: null,
    payment_method: method.id,
  });
  return attempt(work, ready, {
    checkoutSession: session.id,
    errorOnRequiresAction: false,
    offSession: false,
    requestChallenge: false,
    returnUrl: null,
    useStripeSdk: false,
  });
}

/**
 * The customer's balance pays first. What is taken of it is told apart from what an invoice takes
 * (https://docs.stripe.com/changelog/basil/2025-03-31/new-customer-transaction-types), and comes back when the session expires.
 */
function takeBalance(work: Work, session: Session, basket: BasketRow): BasketRow {
  if (basket.balance) return basket;
  const customer = idOf(session.customer) ?? "";
  const currency = session.currency ?? "usd";
  const before = work.store.get("customer", customer)?.balance ?? 0;
  const { starting, ending } = dueOf(totalOf(work, basket), before, currency);
  changeBalance(work, customer, ending - starting, {
    type: "checkout_session_subscription_payment",
    currency,
    checkoutSession: session.id,
  });
  return work.store.put("basket", { ...basket, balance: { starting, ending } });
}

function giveBack(work: Work, session: string): void {
  const { currency, customer } = work.store.get("checkout.session", session) ?? {};
  const { starting, ending } = work.store.get("basket", session)?.balance ?? { starting: 0, ending: 0 };
  changeBalance(work, idOf(customer) ?? "", starting - ending, {
    type: "checkout_session_subscription_payment_canceled",
    currency: currency ?? "usd",
    checkoutSession: session,
  });
}

/** What a session's page says: what is due now, and what the balance pays or adds. */
export function amountsOf(work: Pick<Work, "store">, session: Session): { due: number; applied: number } {
  const total = session.amount_total ?? 0;
  const { balance = 0 } = work.store.get("customer", idOf(session.customer) ?? "") ?? {};
  const taken =
    work.store.get("basket", session.id)?.balance ?? dueOf(total, balance, session.currency ?? "usd");
  const applied = taken.starting - taken.ending;
  return { due: total + applied, applied };
}

/** What is charged, once the balance has paid what it can. */
function dueFor(work: Work, basket: BasketRow): number {
  const { starting, ending } = basket.balance ?? { starting: 0, ending: 0 };
  return totalOf(work, basket) + starting - ending;
}

/** The payment is made: the subscription begins, with that card as its default. */
export function subscribeBasket(work: Work, session: Session): Partial<Session> {
  const basket = basketOf(work, session.id);
  const made = work.store.get("payment_intent", basket.intent ?? "");
  const card = idOf(made?.payment_method) ?? basket.card ?? null;
  const { subscription, invoice } = beginSubscription(
    work,
    {
      customer: idOf(session.customer) ?? "",
      wanted: basket.items.map(({ price, quantity }) => ({
        price: priceOf(work, price),
        quantity,
        metadata: {},
      })),
      prorate: true,
      more: {
        default_payment_method: card,
        description: basket.description,
        metadata: basket.metadata,
      },
    },
    { intent: made, balance: basket.balance ?? { starting: 0, ending: 0 } },
  );
  const isProcessing = made?.status === "processing";
  if (isProcessing) noteProcessing(work, invoice);
  const payment_status = isProcessing ? "unpaid" : "paid";
  return { invoice: invoice.id, payment_status, subscription: subscription.id };
}

export function dropBasket(work: Work, session: string): void {
  const intent = work.store.get("payment_intent", work.store.get("basket", session)?.intent ?? "");
  if (intent && !["succeeded", "canceled", "processing"].includes(intent.status))
    cancelIntent(work, intent.id, "automatic");
  giveBack(work, session);
}

export function lineItemsOf(work: Pick<Work, "store">, session: string): Stripe.LineItem[] {
  const basket = work.store.get("basket", session);
  return (basket?.items ?? []).map(({ id, price: priceId, quantity }) => {
    const price = priceOf(work, priceId);
    const amount = (price.unit_amount ?? 0) * quantity;
    return {
      id,
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: work.store.get("product", idOf(price.product) ?? "")?.name ?? null,
      metadata: {},
      price,
      quantity,
    };
  });
}

function basketOf(work: Work, session: string): BasketRow {
  const basket = work.store.get("basket", session);
  if (!basket) throw new Error(`${session} sells nothing`);
  return basket;
}

function priceOf(work: Pick<Work, "store">, id: string): Stripe.Price {
  const price = work.store.get("price", id);
  if (!price) throw new Error(`no price ${id}`);
  return price;
}

function totalOf(work: Work, basket: BasketRow): number {
  return basket.items.reduce(
    (sum, { price, quantity }) => sum + (priceOf(work, price).unit_amount ?? 0) * quantity,
    0,
  );
}

function createIntent(work: Work, session: Session, basket: BasketRow): Stripe.PaymentIntent {
  const id = newId("pi");
  const intent = work.store.put("payment_intent", {
    ...blankIntent(work, id),
    amount: dueFor(work, basket),
    currency: session.currency ?? "usd",
    customer: idOf(session.customer),
    description: "Subscription creation",
    payment_method_types: session.payment_method_types,
    setup_future_usage: "off_session",
  });
  work.store.put("basket", { ...basket, intent: id });
  emit(work, "payment_intent.created", intent);
  return intent;
}
