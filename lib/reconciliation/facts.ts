import type { ChargeRecord, InvoiceRecord } from "../billing/provider-records";

/** An order as it stands here, with what it gave. */
export type OurOrder = {
  readonly accountId: string;
  readonly orderId: string;
  readonly status: string;
  readonly parkedReason: string | null;
  readonly customerIds: readonly string[];
  readonly amountCents: bigint;
  readonly currency: string;
  readonly credits: bigint;
  /** Of its payment's row; null: it was not paid here. */
  readonly paymentId: string | null;
  /** Of its grant; null where that is not there. */
  readonly grantedCredits: bigint | null;
};

/** An invoice of a plan as it is mirrored here. */
export type OurInvoice = {
  readonly accountId: string;
  readonly id: string;
  readonly status: string;
  readonly paidCents: bigint;
  readonly currency: string;
  /** Of its allowances that are paid. */
  readonly credits: bigint;
  /** Lines that sell a plan of ours and of which nothing was decided. */
  readonly undecidedLines: number;
};

/** A credit that no order and no invoice pays for. */
export type Unpaid = {
  readonly accountId: string;
  readonly source: string;
  readonly credits: bigint;
  readonly invoiceId: string | null;
};

/** Both sides of one day, UTC: what Stripe took in it, and what was paid here in it. */
export type DayFacts = {
  readonly day: string;
  /** Of everybody, also of other products. Only those that took money. */
  readonly charges: readonly ChargeRecord[];
  /** Our accounts by their customers at Stripe. */
  readonly accountOf: ReadonlyMap<string, string>;
  /** What charges name, and what was paid here in the day, by account and order. */
  readonly orders: ReadonlyMap<string, OurOrder>;
  /** Keys of `orders` that were paid here in the day. */
  readonly paidHere: readonly string[];
  /** Payments of those that no charge of the day shows: what was taken for each, at any time. */
  readonly takenBefore: ReadonlyMap<string, readonly ChargeRecord[]>;
  /** Stripe's invoices of charges that are no order's, by payment. */
  readonly invoiceOf: ReadonlyMap<string, InvoiceRecord | null>;
  /** Ours, by id: those, and those that were paid here in the day. */
  readonly invoices: ReadonlyMap<string, OurInvoice>;
  /** Stripe's word on invoices that were paid here in the day and that no charge shows; null: it has none such. */
  readonly invoicesAtStripe: ReadonlyMap<string, InvoiceRecord | null>;
  /** Purchase grants of the day without a paid order, and paid allowances without a paid invoice. */
  readonly unpaid: readonly Unpaid[];
};

export const orderKey = (accountId: string, orderId: string): string => `${accountId}/${orderId}`;
