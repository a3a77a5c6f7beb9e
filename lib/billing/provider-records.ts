import type { Cents } from "../money/credits";
import type { PaymentStatus, ProviderAnswer } from "./gateway";

/** A stretch of time, half-open: what was made from `from` on and before `to`; null is no bound. */
export type MadeWithin = { readonly from: Date | null; readonly to: Date | null };

/** A page of a list that is newest first, and the id after which the next one goes on; null where it was the last. */
export type RecordPage<T> = { readonly records: readonly T[]; readonly next: string | null };

/** A payment with what is written on it: enough to make its order again. */
export type PaymentRecord = {
  readonly id: string;
  readonly createdAt: Date;
  readonly status: PaymentStatus;
  readonly amountCents: Cents;
  readonly currency: string;
  readonly customerId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of its last try; null where it was never tried, or not with a card. */
  readonly card: { readonly id: string; readonly brand: string; readonly last4: string } | null;
};

/** Money that was taken, or was to be: one try. */
export type ChargeRecord = {
  readonly id: string;
  readonly paymentId: string | null;
  readonly createdAt: Date;
  readonly status: "succeeded" | "pending" | "failed";
  /** What was taken. */
  readonly amountCents: Cents;
  /** What of it was paid back since; a refund that failed is not in it. */
  readonly refundedCents: Cents;
  readonly currency: string;
  readonly customerId: string | null;
  /** What is written on its payment, or on itself where it has none. */
  readonly metadata: Readonly<Record<string, string>>;
};

export type ReturnKind = "refund" | "dispute";

/** Money that goes back: paid back, or taken by the payer's bank. */
export type ReturnRecord = {
  readonly kind: ReturnKind;
  readonly id: string;
  readonly paymentId: string | null;
  readonly createdAt: Date;
  /** Stripe's word, or `unreadable`. */
  readonly status: string;
  readonly amountCents: Cents;
  readonly currency: string;
  /** Of its payment. */
  readonly customerId: string | null;
  /** What is written on its payment. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Of a refund that was asked for here: our id of it. */
  readonly refundId: string | null;
};

export type InvoiceRecord = {
  readonly id: string;
  readonly customerId: string | null;
  readonly createdAt: Date;
  /** Stripe's word. */
  readonly status: string;
  readonly paidCents: Cents;
  readonly currency: string;
  readonly subscriptionId: string | null;
};

export type CustomerRecord = {
  readonly id: string;
  readonly createdAt: Date;
  /** What we wrote on it; null where somebody else made it. */
  readonly accountId: string | null;
};

type List<T> = (within: MadeWithin, after: string | null) => Promise<ProviderAnswer<RecordPage<T>>>;

/**
 * What a payment provider has on record, of everybody and page by page: for the reconciliation and for recovering from a
 * backup. Nothing here moves money. No method throws for what a network can do.
 */
export interface ProviderRecords {
  readonly listPayments: List<PaymentRecord>;
  readonly listCharges: List<ChargeRecord>;
  readonly listInvoices: List<InvoiceRecord>;
  readonly listRefunds: List<ReturnRecord>;
  readonly listDisputes: List<ReturnRecord>;
  readonly listCustomers: List<CustomerRecord>;
  /** The charges of one payment, newest first. */
  chargesOf(paymentId: string): Promise<ProviderAnswer<readonly ChargeRecord[]>>;
  /** The invoice that a payment was for; null where it was for none. */
  invoiceOf(paymentId: string): Promise<ProviderAnswer<InvoiceRecord | null>>;
  /** One invoice; refused where there is none. */
  findInvoice(id: string): Promise<ProviderAnswer<InvoiceRecord>>;
  /** One refund or dispute; refused where there is none. */
  findReturn(kind: ReturnKind, id: string): Promise<ProviderAnswer<ReturnRecord>>;
}

/** Thrown by a long run that cannot go on: the provider did not answer. What was done stays, and the run goes on from there. */
export class ProviderSilent extends Error {
  override name = "ProviderSilent";
}

/** All pages of a list, one after another. Throws `ProviderSilent`. */
export async function* eachRecord<T>(list: List<T>, within: MadeWithin): AsyncGenerator<T> {
  for (let after: string | null = null; ; ) {
    const { records, next }: RecordPage<T> = answerOf(await list(within, after));
    yield* records;
    if (next === null) return;
    after = next;
  }
}

/** What was answered. Throws `ProviderSilent` where nothing was, or it was refused. */
export function answerOf<T>(asked: ProviderAnswer<T>): T {
  if (asked.kind === "answered") return asked.value;
  throw new ProviderSilent(
    asked.kind === "unknown"
      ? `Stripe did not answer: ${asked.reason}`
      : `Stripe refused to list: ${asked.code}`,
  );
}
