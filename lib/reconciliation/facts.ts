import type { ChargeRecord, InvoiceRecord, ReturnKind, ReturnRecord } from "../billing/provider-records";

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
  readonly paidAt: Date | null;
  /** Of its grant; null where that is not there. */
  readonly grantedCredits: bigint | null;
};

/** A refund or dispute of an order as it is stored here. */
export type OurReturn = {
  readonly kind: ReturnKind;
  /** Stripe's; ours of a refund that was asked for and not heard of. */
  readonly id: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly amountCents: bigint;
  readonly currency: string;
  /** Stripe's word, `requested` or `unreadable`. */
  readonly status: string;
  readonly since: Date;
};

/** An order of which something went back. */
export type Reversal = {
  readonly accountId: string;
  readonly orderId: string;
  /** Still to be taken back; below zero: still to be put back. */
  readonly credits: bigint;
  readonly status: string;
  /** The status that its refunds and disputes say. */
  readonly shouldBe: string;
  readonly since: Date;
};

/** A refund or dispute of a plan's invoice as it is stored here. */
export type PlanReturn = Omit<OurReturn, "orderId" | "paymentId"> & { readonly invoiceId: string };

/** What an operator was told of a payment that is no order's. */
export type Told = {
  readonly isOfPlan: boolean;
  readonly refundedCents: bigint;
  readonly disputes: number;
};

/** An invoice of a plan as it is mirrored here. */
export type OurInvoice = {
  readonly accountId: string;
  readonly id: string;
  readonly status: string;
  readonly paidCents: bigint;
  readonly currency: string;
  readonly paidAt: Date | null;
  /** Of its allowances that are paid. */
  readonly credits: bigint;
  /** Lines that sell a plan of ours and of which nothing was decided. */
  readonly undecidedLines: number;
};

/** Credits that no order, no invoice and no act is behind. */
export type Unpaid = {
  /** A grant that is one of a purchase, or another; a paid allowance. */
  readonly what: "bought" | "given" | "allowance";
  readonly accountId: string;
  readonly source: string;
  readonly credits: bigint;
  readonly invoiceId: string | null;
  readonly since: Date;
};

/** What of an account's plan credits is not as the lines and the money of its invoices say. */
export type PlanCredits = {
  readonly kind: "plan_credits_not_given" | "plan_credits_not_taken_back" | "allowance_above_line";
  readonly accountId: string;
  readonly invoiceId: string;
  /** Still to be given, still to be taken back (below zero: to be put back), or given beyond what is paid for. */
  readonly credits: bigint;
  readonly since: Date | null;
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
  /** Payments of those that no charge of the day shows: what was taken for each, at any time; null: Stripe has no such payment. */
  readonly takenBefore: ReadonlyMap<string, readonly ChargeRecord[] | null>;
  /** Stripe's invoices of charges that are no order's, by payment. */
  readonly invoiceOf: ReadonlyMap<string, InvoiceRecord | null>;
  /** Ours, by id: those, and those that were paid here in the day. */
  readonly invoices: ReadonlyMap<string, OurInvoice>;
  /** Stripe's word on invoices that were paid here in the day and that no charge shows; null: it has none such. */
  readonly invoicesAtStripe: ReadonlyMap<string, InvoiceRecord | null>;
  /** Grants of the day that nothing is behind, and paid allowances without a paid invoice. */
  readonly unpaid: readonly Unpaid[];
  /** Of all accounts with an invoice among these, or with a refund or dispute of one. */
  readonly planCredits: readonly PlanCredits[];
  /** What went back in the day, of everybody. */
  readonly returns: readonly ReturnRecord[];
  /** What is stored of refunds and disputes of the orders among them, and of the day, by `OurReturn.id`. */
  readonly ourReturns: ReadonlyMap<string, OurReturn>;
  /** Stripe's word on those of the day, of orders and of plans, that are not among `returns`; null: it has none such. */
  readonly returnsAtStripe: ReadonlyMap<string, ReturnRecord | null>;
  /** Of all orders among these. */
  readonly reversals: readonly Reversal[];
  /** Those of the returns and those of the day, by Stripe's id of the refund or dispute. */
  readonly ofPlans: ReadonlyMap<string, PlanReturn>;
  /** By payment. */
  readonly told: ReadonlyMap<string, Told>;
  /** Since when the database belongs to the Stripe account that was read; null: to none yet. */
  readonly boundAt: Date | null;
  /** Of the accounts here, those that had another customer at Stripe before. */
  readonly hadOthers: ReadonlySet<string>;
};

/**
 * Whether what was at an instant, and is not at Stripe, was another Stripe account's that the database was made to forget
 * (`stripe:forget`): it was before the database belonged to this one, of an account that had a customer elsewhere.
 */
export const isForgotten = (
  { boundAt, hadOthers }: Pick<DayFacts, "boundAt" | "hadOthers">,
  accountId: string,
  at: Date | null,
): boolean => at !== null && boundAt !== null && at < boundAt && hadOthers.has(accountId);

export const orderKey = (accountId: string, orderId: string): string => `${accountId}/${orderId}`;
