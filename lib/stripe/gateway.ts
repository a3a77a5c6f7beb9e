import Stripe from "stripe";
import type {
  CardSetup,
  ChargeRequest,
  Payment,
  PaymentGateway,
  ProviderAnswer,
  SavedCards,
} from "../billing/gateway";
import { ask, askToCharge, freshKey } from "./ask";
import { readBillingDetails, writeBillingDetails } from "./billing-details";
import { CARDS_ONLY, CARDS_ONLY_CHECKOUT } from "./cards-only";
import { askOfReturns } from "./returns";
import { idOf, toCard, toPayment } from "./translate";

/** What an attempt of an earlier release was asked with: sent again under its key, it must not differ. */
const EXPAND = { expand: ["latest_charge"] };

/** The product's questions, asked of Stripe. Every call that may move money carries the caller's stored key. */
export function createStripeGateway(stripe: Stripe): PaymentGateway {
  return {
    charge: (request) => askToCharge(() => askForPayment(() => charge(stripe, request))),
    findPayment: (id) => askForPayment(async () => toPayment(await stripe.paymentIntents.retrieve(id))),
    findReceipt: (id) =>
      ask(async () => {
        const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, EXPAND);
        return { url: (typeof charge === "object" && charge?.receipt_url) || null };
      }),
    listPaymentsOfOrder: ({ customerId, orderId, since }) =>
      ask(async () => {
        const found: Payment[] = [];
        const list = stripe.paymentIntents.list({
          customer: customerId,
          created: { gte: Math.floor(since.getTime() / 1000) },
          limit: 100,
        });
        for await (const intent of list)
          if (intent.metadata.order_id === orderId) found.push(toPayment(intent));
        return found;
      }),
    cancelPayment: (id) =>
      // A key of its own each time: Stripe would repeat a stored "not now" for a day, and canceling twice is harmless.
      askForPayment(async () => toPayment(await stripe.paymentIntents.cancel(id, {}, freshKey()))),
    // Twice is harmless; an old answer repeated later would not be.
    writeOnPayment: (id, metadata) => ask(() => stripe.paymentIntents.update(id, { metadata }, freshKey())),
    ...askOfReturns(stripe),
    ...askOfCustomers(stripe),
  };
}

type CustomerQuestions = Pick<
  PaymentGateway,
  | "createCustomer"
  | "setBillingDetails"
  | "findBillingDetails"
  | "updateCustomer"
  | "findCustomer"
  | "listSavedCards"
  | "setDefaultCard"
  | "startCardSetup"
  | "findCardSetup"
>;

const askOfCustomers = (stripe: Stripe): CustomerQuestions => ({
  createCustomer: ({ key, accountId, email, name }) =>
    ask(async () => {
      const params = { email, name, metadata: { account_id: accountId } };
      const { id } = await stripe.customers.create(params, { idempotencyKey: key });
      return { id };
    }),
  setBillingDetails: (request) => ask(() => writeBillingDetails(stripe, request)),
  findBillingDetails: (customerId) => ask(() => readBillingDetails(stripe, customerId)),
  updateCustomer: (id, { email, name }) =>
    // Doing it twice is harmless; an old answer repeated later would not be.
    ask(() => stripe.customers.update(id, { email, name }, freshKey())),
  findCustomer: (id) =>
    ask(async () => ({ deleted: (await stripe.customers.retrieve(id)).deleted ?? false })),
  listSavedCards: (customerId) => ask(() => savedCards(stripe, customerId)),
  setDefaultCard: (customerId, paymentMethodId) =>
    ask(() =>
      stripe.customers.update(
        customerId,
        { invoice_settings: { default_payment_method: paymentMethodId } },
        freshKey(),
      ),
    ),
  startCardSetup: ({ customerId, key, successUrl, cancelUrl }) =>
    ask(async () => {
      const session = await stripe.checkout.sessions.create(
        {
          mode: "setup",
          ...CARDS_ONLY_CHECKOUT,
          currency: "usd",
          customer: customerId,
          success_url: successUrl,
          cancel_url: cancelUrl,
        },
        { idempotencyKey: key },
      );
      if (!session.url) throw new Error("an open setup session has an address");
      return { url: session.url };
    }),
  findCardSetup: (sessionId) => ask(() => findCardSetup(stripe, sessionId)),
});

/**
 * One call that creates and confirms: on-session (the buyer is here, so never `off_session`), with the card
 * named, because Stripe does not fall back to the customer's default, and with an address to come back to.
 */
async function charge(stripe: Stripe, request: ChargeRequest): Promise<Payment> {
  const options = { idempotencyKey: request.key };
  const confirmation = { payment_method: request.paymentMethodId, return_url: request.returnUrl, ...EXPAND };
  const intent = request.existingPaymentId
    ? await stripe.paymentIntents.confirm(request.existingPaymentId, confirmation, options)
    : await stripe.paymentIntents.create(
        {
          ...confirmation,
          confirm: true,
          ...(request.cardsOnly ? CARDS_ONLY : {}),
          amount: Number(request.amountCents),
          currency: request.currency,
          customer: request.customerId,
          description: `Credits, order ${request.reference}`,
          metadata: request.metadata,
        },
        options,
      );
  return toPayment(intent);
}

/** Far more than anybody saves. */
const MAX_CARDS = 10_000;

async function savedCards(stripe: Stripe, customerId: string): Promise<SavedCards> {
  const [customer, methods] = await Promise.all([
    stripe.customers.retrieve(customerId),
    // To the last page: the default one may be the oldest of more than a hundred.
    stripe.customers
      .listPaymentMethods(customerId, { type: "card", limit: 100 })
      .autoPagingToArray({ limit: MAX_CARDS }),
  ]);
  if (customer.deleted) return { cards: [], defaultId: null, balanceCents: 0n };
  const cards = methods.map(toCard).filter((each) => each !== null);
  const chosen = idOf(customer.invoice_settings.default_payment_method);
  return {
    cards,
    defaultId: cards.some((each) => each.id === chosen) ? chosen : null,
    balanceCents: BigInt(customer.balance),
  };
}

async function findCardSetup(stripe: Stripe, sessionId: string): Promise<CardSetup> {
  const session = await stripe.checkout.sessions.retrieve(sessionId, {
    expand: ["setup_intent.payment_method"],
  });
  const intent = typeof session.setup_intent === "object" ? session.setup_intent : null;
  const method = typeof intent?.payment_method === "object" ? intent.payment_method : null;
  return {
    customerId: idOf(session.customer),
    complete: session.status === "complete",
    // Nothing else is paid with here, also where an earlier release let something else be saved.
    paymentMethodId: method && toCard(method) ? method.id : null,
  };
}

/** A decline and a wrong state are answers: Stripe sends the intent along with them. */
function askForPayment(question: () => Promise<Payment>): Promise<ProviderAnswer<Payment>> {
  return ask(question, (error) => {
    const isAnswer =
      error instanceof Stripe.errors.StripeCardError || error.code === "payment_intent_unexpected_state";
    return isAnswer && error.payment_intent ? toPayment(error.payment_intent) : null;
  });
}
