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
  /** The buyer paid at an invoice's page: the card becomes the subscription's default. */
  keepsCard?: boolean;
  /** The card was added in the portal: it becomes the customer's default. */
  makesDefault?: boolean;
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

export type JobKind =
  | "settle_charge"
  | "settle_debit"
  | "expire_session"
  | "renew_subscription"
  | "cancel_subscription"
  | "expire_incomplete"
  | "expire_pending_update"
  | "finalize_invoice"
  | "retry_invoice"
  | "advance_schedule"
  | "resume_collection"
  | "tell_trial_end"
  | "void_draft"
  | "give_up_draft"
  | "invoice_due"
  | "finish_refund"
  | "decide_dispute";

/** `clock` is the test clock it waits for; null: the simulator's own time. */
export type JobRow = { id: string; kind: JobKind; target: string; atMs: number; clock: string | null };

/** An update of a subscription (`id`) that waits for its invoice; `seen` once somebody was told of it. */
export type PendingChangeRow = { id: string; invoice: string; formerInvoice: string | null; seen: boolean };

/** All lines of an invoice (`id`), of which it shows the first itself. */
export type InvoiceLinesRow = { id: string; lines: Stripe.InvoiceLineItem[] };

/** What a coupon said when a discount (`id`) was made of it. */
export type RedeemedRow = { id: string; coupon: Stripe.Coupon };

/** How often an invoice (`id`) was put off to be tried again. */
export type RetryRow = { id: string; done: number };

/** What a Checkout Session (`id`) sells, and how far its payment is. */
export type BasketRow = {
  id: string;
  items: { id: string; price: string; quantity: number }[];
  metadata: Record<string, string>;
  description: string | null;
  intent: string | null;
  card?: string;
  /** The customer's balance before and after what it pays of this; not there while nobody tried to pay. */
  balance?: { starting: number; ending: number };
};

/** How far the simulator's time was moved from the wall's. */
export type ClockRow = { id: string; offsetMs: number };

export type SecretRow = { id: string; secret: string };

export type Tables = {
  customer: Stripe.Customer;
  deleted_customer: Stripe.DeletedCustomer;
  payment_method: Stripe.PaymentMethod;
  payment_intent: Stripe.PaymentIntent;
  setup_intent: Stripe.SetupIntent;
  setup_attempt: Stripe.SetupAttempt;
  charge: Stripe.Charge;
  refund: Stripe.Refund;
  dispute: Stripe.Dispute;
  "radar.early_fraud_warning": Stripe.Radar.EarlyFraudWarning;
  balance_transaction: Stripe.BalanceTransaction;
  "checkout.session": Stripe.Checkout.Session;
  product: Stripe.Product;
  coupon: Stripe.Coupon;
  discount: Stripe.Discount;
  tax_rate: Stripe.TaxRate;
  tax_id: Stripe.TaxId;
  price: Stripe.Price;
  "test_helpers.test_clock": Stripe.TestHelpers.TestClock;
  "billing_portal.configuration": Stripe.BillingPortal.Configuration;
  "billing_portal.session": Stripe.BillingPortal.Session;
  subscription: Stripe.Subscription;
  subscription_schedule: Stripe.SubscriptionSchedule;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  webhook_endpoint: Stripe.WebhookEndpoint;
  payment_method_configuration: Stripe.PaymentMethodConfiguration;
  event: Stripe.Event;
  card: CardRow;
  redeemed: RedeemedRow;
  attempt: AttemptRow;
  pending_change: PendingChangeRow;
  invoice_lines: InvoiceLinesRow;
  credit_note: Stripe.CreditNote;
  invoiceitem: Stripe.InvoiceItem;
  customer_balance_transaction: Stripe.CustomerBalanceTransaction;
  retry: RetryRow;
  basket: BasketRow;
  answer: AnswerRow;
  delivery: DeliveryRow;
  job: JobRow;
  clock: ClockRow;
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
  "refund",
  "dispute",
  "radar.early_fraud_warning",
  "balance_transaction",
  "checkout.session",
  "product",
  "coupon",
  "discount",
  "tax_rate",
  "tax_id",
  "price",
  "test_helpers.test_clock",
  "billing_portal.configuration",
  "billing_portal.session",
  "subscription",
  "subscription_schedule",
  "invoice",
  "invoice_payment",
  "webhook_endpoint",
  "payment_method_configuration",
  "event",
  "card",
  "redeemed",
  "attempt",
  "pending_change",
  "invoice_lines",
  "credit_note",
  "invoiceitem",
  "customer_balance_transaction",
  "retry",
  "basket",
  "answer",
  "delivery",
  "job",
  "clock",
  "secret",
];
