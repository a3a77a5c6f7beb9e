import type Stripe from "stripe";

/** What only the card network would know about a payment method. */
export type CardRow = {
  id: string;
  testCard: string;
  readyForOffSession: boolean;
  usedUp: boolean;
};

/** How the latest attempt of an intent is to be carried on after the bank's page. */
export type AttemptRow = {
  id: string;
  returnUrl: string | null;
  checkoutSession: string | null;
};

export type AnswerRow = {
  id: string;
  fingerprint: string;
  status: number;
  body: string;
  requestId: string;
  atMs: number;
};

export type DeliveryRow = {
  id: string;
  event: string;
  endpoint: string;
  attempts: number;
  nextAtMs: number;
  state: "pending" | "held" | "delivered" | "failed" | "lost";
  answer: string | null;
};

export type JobRow = { id: string; kind: "settle_charge" | "expire_session"; target: string; atMs: number };

export type SecretRow = { id: string; secret: string };

export type Tables = {
  customer: Stripe.Customer;
  deleted_customer: Stripe.DeletedCustomer;
  payment_method: Stripe.PaymentMethod;
  payment_intent: Stripe.PaymentIntent;
  setup_intent: Stripe.SetupIntent;
  setup_attempt: Stripe.SetupAttempt;
  charge: Stripe.Charge;
  balance_transaction: Stripe.BalanceTransaction;
  "checkout.session": Stripe.Checkout.Session;
  webhook_endpoint: Stripe.WebhookEndpoint;
  event: Stripe.Event;
  card: CardRow;
  attempt: AttemptRow;
  answer: AnswerRow;
  delivery: DeliveryRow;
  job: JobRow;
  secret: SecretRow;
};

export type TableName = keyof Tables;

export const TABLE_NAMES: readonly TableName[] = [
  "customer",
  "deleted_customer",
  "payment_method",
  "payment_intent",
  "setup_intent",
  "setup_attempt",
  "charge",
  "balance_transaction",
  "checkout.session",
  "webhook_endpoint",
  "event",
  "card",
  "attempt",
  "answer",
  "delivery",
  "job",
  "secret",
];
