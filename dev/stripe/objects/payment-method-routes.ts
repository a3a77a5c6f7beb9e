import type Stripe from "stripe";
import { idOf } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import { pageOf } from "../wire/list";
import {
  address,
  hash,
  integer,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  unsettable,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { billingDetails } from "./billing-details";
import { getCustomer } from "./customers";
import { emitChange } from "./events";
import { createBankAccount, createLink } from "./other-methods";
import {
  assertExpiry,
  attach,
  cardFromNumber,
  cardOfPaymentToken,
  createCard,
  detach,
  resolvePaymentMethod,
} from "./payment-methods";

const redisplay = oneOf("always", "limited", "unspecified");
const billing = hash({ address: unsettable(address), email: text, name: text, phone: text });
const cardShape = hash({ number: word, exp_month: integer, exp_year: integer, cvc: word, token: word });
const filters = { ...pageShape, type: word, allow_redisplay: redisplay };

export const paymentMethodRoutes: Route[] = [
  route(
    "POST",
    "/v1/payment_methods",
    {
      type: needed(oneOf("card", "link", "us_bank_account")),
      link: hash({}),
      us_bank_account: hash({
        account_holder_type: oneOf("company", "individual"),
        account_number: word,
        account_type: oneOf("checking", "savings"),
        routing_number: word,
      }),
      card: cardShape,
      billing_details: billing,
      metadata,
      allow_redisplay: redisplay,
    },
    (work, params) => {
      const created = createMethod(work, params);
      const allow_redisplay = params.allow_redisplay ?? "unspecified";
      return work.store.update("payment_method", created.id, { allow_redisplay });
    },
  ),
  route("GET", "/v1/payment_methods", { ...filters, customer: word }, (work, params) => {
    const rows = params.customer
      ? methodsOf(work, getCustomer(work, params.customer, "customer").id, params)
      : [];
    return pageOf(rows, params, "/v1/payment_methods", "PaymentMethod");
  }),
  route("GET", "/v1/payment_methods/:id", {}, (work, _params, id) => find(work, id)),
  route(
    "POST",
    "/v1/payment_methods/:id",
    {
      allow_redisplay: redisplay,
      billing_details: billing,
      card: hash({ exp_month: integer, exp_year: integer }),
      metadata,
    },
    (work, params, id) => {
      const before = find(work, id);
      if (!before.customer)
        throw invalidParameter("You must save this PaymentMethod to a customer before you can update it.");
      const card = before.card && params.card ? withExpiry(work, before.card, params.card) : before.card;
      const after = work.store.update("payment_method", id, {
        allow_redisplay: params.allow_redisplay ?? before.allow_redisplay,
        billing_details: billingDetails(params.billing_details, before.billing_details),
        card,
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      });
      emitChange(work, "payment_method.updated", before, after);
      return after;
    },
  ),
  route("POST", "/v1/payment_methods/:id/attach", { customer: word }, (work, params, id) => {
    if (!params.customer)
      throw invalidParameter("Missing required param: customer.", "customer", "parameter_missing");
    const customer = getCustomer(work, params.customer, "customer");
    return attach(work, find(work, id), customer.id);
  }),
  route("POST", "/v1/payment_methods/:id/detach", {}, (work, _params, id) => detach(work, find(work, id))),
  route("GET", "/v1/customers/:id/payment_methods", filters, (work, params, id) => {
    const rows = methodsOf(work, getCustomer(work, id).id, params);
    return pageOf(rows, params, `/v1/customers/${id}/payment_methods`, "PaymentMethod");
  }),
  route("GET", "/v1/customers/:id/payment_methods/:method", {}, (work, _params, id, methodId) => {
    const method = work.store.get("payment_method", methodId);
    if (method && idOf(method.customer) === getCustomer(work, id).id) return method;
    throw missing("PaymentMethod", methodId);
  }),
];

type Given = NonNullable<Parameters<typeof createCard>[2]>;

function more(params: {
  billing_details?: Given["billing"];
  metadata?: Record<string, string> | null;
}): Given {
  return { billing: params.billing_details, metadata: mergeMetadata({}, params.metadata) };
}

type Asked = Parameters<typeof more>[0] & {
  type: "card" | "link" | "us_bank_account";
  card?: CardValues & { token?: string };
  us_bank_account?: { account_number?: string; routing_number?: string };
};

function createMethod(work: Work, asked: Asked): Stripe.PaymentMethod {
  const { billing } = more(asked);
  if (asked.type === "link") return createLink(work, billing?.email ?? null, billing);
  if (asked.type === "us_bank_account") {
    const { account_number: account, routing_number: routing } = asked.us_bank_account ?? {};
    return createBankAccount(work, { account, routing }, billing);
  }
  const { card } = asked;
  if (!card) throw invalidParameter("Missing required param: card.", "card", "parameter_missing");
  return card.token
    ? createCard(work, cardOfPaymentToken(card.token), more(asked))
    : createFromNumber(work, card, more(asked));
}

type CardValues = { number?: string; exp_month?: number; exp_year?: number; cvc?: string };

function createFromNumber(work: Work, card: CardValues, given: Given): Stripe.PaymentMethod {
  if (!card.number)
    throw invalidParameter("Missing required param: card[number].", "card[number]", "parameter_missing");
  if (card.exp_month === undefined || card.exp_year === undefined)
    throw invalidParameter(
      "Missing required param: card[exp_month].",
      "card[exp_month]",
      "parameter_missing",
    );
  const testCard = cardFromNumber(card.number);
  assertExpiry(work, card.exp_month, card.exp_year);
  const cvc = card.cvc !== undefined;
  return createCard(work, testCard, { ...given, expMonth: card.exp_month, expYear: card.exp_year, cvc });
}

function withExpiry(
  work: Work,
  card: Stripe.PaymentMethod.Card,
  given: { exp_month?: number; exp_year?: number },
): Stripe.PaymentMethod.Card {
  const { exp_month = card.exp_month, exp_year = card.exp_year } = given;
  assertExpiry(work, exp_month, exp_year);
  return { ...card, exp_month, exp_year };
}

function methodsOf(work: Work, customer: string, filter: { type?: string; allow_redisplay?: string }) {
  return work.store
    .listOf("payment_method", "customer", customer)
    .filter((method) => !filter.type || method.type === filter.type)
    .filter((method) => !filter.allow_redisplay || method.allow_redisplay === filter.allow_redisplay);
}

function find(work: Work, id: string): Stripe.PaymentMethod {
  return resolvePaymentMethod(work, id, "id");
}
