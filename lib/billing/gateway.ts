import type { Cents } from "../money/credits";

/** A payment as the provider knows it now, in our words. */
export type Payment = {
  readonly id: string;
  readonly status: PaymentStatus;
  readonly amountCents: Cents;
  readonly receivedCents: Cents;
  readonly currency: string;
  readonly customerId: string | null;
  /** What we wrote on it when it was created; null where somebody else made it. */
  readonly accountId: string | null;
  readonly orderId: string | null;
  /** Where the bank asks the buyer to authenticate; only while it waits for that. Never stored, never logged. */
  readonly actionUrl: string | null;
  /** Why the last try failed, in Stripe's codes. */
  readonly failureCode: string | null;
};

/** Stripe's words, but that `declined` is `requires_payment_method` after a failed try. */
export type PaymentStatus =
  | "succeeded"
  | "processing"
  | "requires_action"
  | "declined"
  | "canceled"
  /** Created and never confirmed, or in a state this product does not ask for. */
  | "idle";

/**
 * What came of asking. `refused` is definite: the provider did nothing and said why. `unknown` is anything that
 * leaves open whether it acted: a timeout, a reset, a 5xx, a conflict. Ask again with the same key.
 */
export type ProviderAnswer<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unknown"; readonly reason: string; readonly serverSaidNo: boolean };

/**
 * The code of a charge that was never made because the provider is not asked at all or refused our key. Of an earlier try
 * under the same key it says nothing.
 */
export const PAYMENTS_UNAVAILABLE_CODE = "payments_unavailable";

/**
 * For whatever only looks or cancels: a refused charge was not made, but a refused look-up says nothing of what an
 * earlier charge did.
 */
export const refusedIsUnknown = <T>(asked: ProviderAnswer<T>): ProviderAnswer<T> =>
  asked.kind === "refused"
    ? { kind: "unknown", reason: `refused: ${asked.code}`, serverSaidNo: false }
    : asked;

/** For whatever is asked a second time under its key: that it was not sent again says nothing of the first time. */
export const unavailableIsUnknown = <T>(asked: ProviderAnswer<T>): ProviderAnswer<T> =>
  asked.kind === "refused" && asked.code === PAYMENTS_UNAVAILABLE_CODE ? refusedIsUnknown(asked) : asked;

export type ChargeRequest = {
  readonly key: string;
  readonly reference: string;
  readonly amountCents: Cents;
  readonly currency: string;
  readonly customerId: string;
  readonly paymentMethodId: string;
  readonly returnUrl: string;
  /** Written on a payment that is created, among it `account_id` and `order_id`: at most 50 names, 500 characters each. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether a payment that is created may be paid with nothing but a card: it is, but for attempts of earlier releases. */
  readonly cardsOnly: boolean;
  /** Confirm this payment again with another card; null creates one. */
  readonly existingPaymentId: string | null;
};

export type Card = {
  readonly id: string;
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly createdAt: Date;
};

/** A customer's cards, and what the provider keeps of it in money, read at once. */
export type SavedCards = {
  readonly cards: readonly Card[];
  readonly defaultId: string | null;
  /** Below zero its next invoices are paid with it first; above zero it is added to the next one. */
  readonly balanceCents: bigint;
};

export type CardSetup = {
  readonly customerId: string | null;
  readonly complete: boolean;
  readonly paymentMethodId: string | null;
};

/** Whom invoices name, as the provider keeps it. A country is two letters; a tax id's type has Stripe's name. */
export type CustomerDetails = {
  readonly name: string | null;
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly taxId: { readonly type: string; readonly value: string } | null;
};

/** Stripe's words for where a refund stands; `unreadable` is one that this release does not know. */
export type RefundStatus = "pending" | "requires_action" | "succeeded" | "failed" | "canceled" | "unreadable";

/** Money on its way back to the payer. One that succeeded may still fail, weeks later: then nothing was paid back. */
export type Refund = {
  readonly id: string;
  readonly amountCents: Cents;
  readonly status: RefundStatus;
  /** Stripe's code for why it failed. */
  readonly failureReason: string | null;
  /** The id of ours that we wrote on it; null where it was made at the provider. */
  readonly refundId: string | null;
  readonly createdAt: Date;
};

/** Stripe's words for where a dispute stands: `warning_*` is an inquiry, which moves no money; `unreadable` is a newer one. */
export type DisputeStatus =
  | "warning_needs_response"
  | "warning_under_review"
  | "warning_closed"
  | "needs_response"
  | "under_review"
  | "appeal_needs_response"
  | "appeal_under_review"
  | "won"
  | "lost"
  | "prevented"
  | "unreadable";

/** A payment that the payer's bank wants back, whole or in part. */
export type Dispute = {
  readonly id: string;
  readonly amountCents: Cents;
  /** Of the payment, unless the bank counts in another. */
  readonly currency: string;
  readonly status: DisputeStatus;
  /** Stripe's code for what the payer says: `fraudulent`. */
  readonly reason: string;
  /** Until when evidence can be submitted; null where none is asked for. */
  readonly evidenceDueBy: Date | null;
  /** Whether the payment can be refunded all the same. */
  readonly isChargeRefundable: boolean;
  readonly createdAt: Date;
};

/** The payer's bank suspects fraud; no money moves, and a dispute may follow. */
export type FraudWarning = {
  readonly id: string;
  /** Stripe's code: `made_with_stolen_card`. */
  readonly fraudType: string;
  readonly createdAt: Date;
};

/** A payment with all that became of its money afterwards. */
export type PaymentReturns = {
  readonly payment: Payment;
  /** The invoice that it is for, such as a plan's; null for an order's payment. */
  readonly invoiceId: string | null;
  /** What was taken; null for a payment that never succeeded. Refunds that failed or were canceled are not in `refundedCents`. */
  readonly charge: {
    readonly id: string;
    readonly amountCents: Cents;
    readonly refundedCents: Cents;
  } | null;
  /** Oldest first, like the others: every one there is, also what failed or is unreadable. */
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
  readonly warnings: readonly FraudWarning[];
};

/** What became of an invoice's money after it was paid, whatever payments paid it. */
export type InvoicePaymentReturns = Pick<PaymentReturns, "refunds" | "disputes" | "warnings"> & {
  /**
   * Ids of what paid the invoice in a way that cannot be asked what came back of it, such as a payment that was only recorded; and of
   * PaymentIntents of which something came back that paid for something else too.
   */
  readonly unread: readonly string[];
  /** By credit notes: paid back elsewhere than at the provider. What they credit to the customer's balance is not paid back. */
  readonly elsewhereCents: Cents;
};

/** A payment that paid an invoice, or part of it; `leftCents` is what a refund of it can pay back of that. */
export type InvoicePayment = { readonly paymentIntentId: string; readonly leftCents: Cents };

/** A refund, a dispute or a warning as a list shows it: where it says what is not known, the payment is read. */
export type ReturnHint = {
  readonly id: string;
  readonly paymentIntentId: string;
} & (
  | { readonly kind: "refund"; readonly status: RefundStatus }
  | { readonly kind: "dispute"; readonly status: DisputeStatus }
  | { readonly kind: "warning" }
);

export type RefundRequest = {
  readonly key: string;
  readonly paymentIntentId: string;
  readonly amountCents: Cents;
  /** Written on it: `refund_id` is the id of ours. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly reason: "duplicate" | "fraudulent" | "requested_by_customer" | null;
};

/** A refund was refused because less than that is left of the payment: Stripe has no code for it. */
export const REFUND_TOO_LARGE = "refund_too_large";

/** What the product asks of a payment provider. `lib/stripe` answers. No method throws for what a network can do. */
export interface PaymentGateway {
  /** Creates and confirms one on-session payment, or confirms an existing one again, under the caller's key. */
  charge(request: ChargeRequest): Promise<ProviderAnswer<Payment>>;
  findPayment(id: string): Promise<ProviderAnswer<Payment>>;
  /** A fresh link to the receipt for a payment; null where there is none. The link ends after weeks: it is not to be stored. */
  findReceipt(paymentId: string): Promise<ProviderAnswer<{ url: string | null }>>;
  /** The payments created for an order since an instant: how to learn of one whose answer was never heard. */
  listPaymentsOfOrder(request: {
    customerId: string;
    orderId: string;
    since: Date;
  }): Promise<ProviderAnswer<readonly Payment[]>>;
  /** Canceling twice, or what has ended, answers with the payment as it is. */
  cancelPayment(id: string): Promise<ProviderAnswer<Payment>>;
  /**
   * A payment with every refund, dispute and warning of it, each list to its last page. They are read at once, not as one:
   * what happens in between may be in one and not in another, so whoever decides on them reads again when told of it. A
   * payment that the provider does not have is refused with `resource_missing`.
   */
  readReturns(paymentIntentId: string): Promise<ProviderAnswer<PaymentReturns>>;
  /** The invoice that a payment is for, such as a plan's; null for an order's payment. */
  findInvoiceOf(paymentIntentId: string): Promise<ProviderAnswer<{ readonly invoiceId: string | null }>>;
  /** The PaymentIntents that paid an invoice: what was paid elsewhere, from a balance, or by a charge without one is not among them. */
  listInvoicePayments(invoiceId: string): Promise<ProviderAnswer<readonly InvoicePayment[]>>;
  /** The same as `readReturns` of all payments of an invoice, with what its credit notes paid back elsewhere. */
  readInvoiceReturns(invoiceId: string): Promise<ProviderAnswer<InvoicePaymentReturns>>;
  /**
   * Pays part of a payment back, or all of it, once under the caller's key: asked again it answers as it did, for a day; after
   * that it is a new request, so `readReturns` says first whether there is one with our id. Refused with Stripe's code
   * (`charge_already_refunded`, `charge_disputed`, `resource_missing`), with `REFUND_TOO_LARGE`, or, where nothing was sent,
   * with `PAYMENTS_UNAVAILABLE_CODE`. What is answered may be pending, and may fail later.
   */
  refund(request: RefundRequest): Promise<ProviderAnswer<Refund>>;
  /**
   * What came back since an instant, of all payments of the Stripe account, other products' too: for finding what no event
   * told of. By when it was made, not changed: what may still fail or end is found by looking back far enough.
   */
  listRecentReturns(request: { since: Date }): Promise<ProviderAnswer<readonly ReturnHint[]>>;
  createCustomer(request: {
    key: string;
    accountId: string;
    email: string;
    name: string;
  }): Promise<ProviderAnswer<{ id: string }>>;
  /** Adds to what is written on a payment, at any time; the same names again are written over. */
  writeOnPayment(id: string, metadata: Readonly<Record<string, string>>): Promise<ProviderAnswer<object>>;
  /**
   * Makes these the customer's, and this tax id the only one; what is null is cleared. Refused with `tax_id_invalid` where the
   * value is none of its type: then the former tax ids are still there.
   */
  setBillingDetails(
    request: CustomerDetails & { readonly key: string; readonly customerId: string },
  ): Promise<ProviderAnswer<object>>;
  /** What the customer is called at the provider now, with the first of its tax ids. */
  findBillingDetails(customerId: string): Promise<ProviderAnswer<CustomerDetails>>;
  updateCustomer(id: string, who: { email: string; name: string }): Promise<ProviderAnswer<object>>;
  /** A customer that was deleted is still known; one that never was is refused. */
  findCustomer(id: string): Promise<ProviderAnswer<{ deleted: boolean }>>;
  listSavedCards(customerId: string): Promise<ProviderAnswer<SavedCards>>;
  setDefaultCard(customerId: string, paymentMethodId: string): Promise<ProviderAnswer<object>>;
  /** A hosted page where the customer saves a card. */
  startCardSetup(request: {
    customerId: string;
    key: string;
    /** `{CHECKOUT_SESSION_ID}` in it is replaced by the provider. */
    successUrl: string;
    cancelUrl: string;
  }): Promise<ProviderAnswer<{ url: string }>>;
  findCardSetup(sessionId: string): Promise<ProviderAnswer<CardSetup>>;
}
