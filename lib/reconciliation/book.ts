import type { ChargeRecord, ReturnRecord } from "../billing/provider-records";
import { describeLine, type Line, type LineKind } from "./lines";

/** A currency's day in cents and credits: what Stripe took and what went back is orders', plans' and what the lines say. */
export type Totals = {
  charges: number;
  /** orders + plans + paidBack + unexplained. */
  chargedCents: bigint;
  /** Of charges that an order here was paid by, and that its sum agrees with. */
  orders: number;
  ordersCents: bigint;
  creditsSold: bigint;
  /** Invoices here that charges of the day paid, each once, and all the money they were paid with. */
  planInvoices: number;
  plansCents: bigint;
  planCredits: bigint;
  /** Of charges that nothing here was paid by, and that were paid back in full. */
  paidBackCents: bigint;
  /** What is left: the sum of the lines' cents. Nothing, on a good day. */
  unexplainedCents: bigint;
  /** Refunds made in the day, but for those that failed or were canceled since. */
  refunds: number;
  refundedCents: bigint;
  /** Disputes opened in the day by which the money is away: no inquiries, none that are won. */
  disputes: number;
  disputedCents: bigint;
  /** refunded + disputed: of orders here, of plans, of other payments that an operator was told of, and what is left. */
  returnedOfOrdersCents: bigint;
  returnedOfPlansCents: bigint;
  returnedOfOthersCents: bigint;
  unexplainedReturnedCents: bigint;
};

const nothing = (): Totals => ({
  charges: 0,
  chargedCents: 0n,
  orders: 0,
  ordersCents: 0n,
  creditsSold: 0n,
  planInvoices: 0,
  plansCents: 0n,
  planCredits: 0n,
  paidBackCents: 0n,
  unexplainedCents: 0n,
  refunds: 0,
  refundedCents: 0n,
  disputes: 0,
  disputedCents: 0n,
  returnedOfOrdersCents: 0n,
  returnedOfPlansCents: 0n,
  returnedOfOthersCents: 0n,
  unexplainedReturnedCents: 0n,
});

type Found = Pick<Line, "object" | "accountId" | "since"> & Partial<Line>;

export type Book = ReturnType<typeof openBook>;

/** What a day's comparison writes down: totals per currency, and the lines. */
export function openBook() {
  const totals: Record<string, Totals> = {};
  const lines: Line[] = [];
  const of = (currency: string): Totals => {
    totals[currency] ??= nothing();
    return totals[currency];
  };
  let ofForgotten = 0;
  return {
    totals,
    lines,
    of,
    /** What is not at Stripe, and was a forgotten account's: counted, as nothing is to be done about it. */
    forget() {
      ofForgotten += 1;
    },
    countForgotten: () => ofForgotten,
    charged({ currency, amountCents }: ChargeRecord) {
      of(currency).charges += 1;
      of(currency).chargedCents += amountCents;
    },
    /** Returns the cents that are away. */
    returned(record: ReturnRecord): bigint {
      const { kind, currency } = record;
      const cents = centsAway(record);
      if (cents === 0n) return cents;
      of(currency)[`${kind}s`] += 1;
      of(currency)[kind === "refund" ? "refundedCents" : "disputedCents"] += cents;
      return cents;
    },
    add(kind: LineKind, found: Found) {
      const line = describeLine(kind, found);
      if (line.cents !== 0n) of(line.currency).unexplainedCents += line.cents;
      if (line.returnedCents !== 0n) of(line.currency).unexplainedReturnedCents += line.returnedCents;
      lines.push(line);
    },
  };
}

/** Refunds and disputes of these words leave the money here, or brought it back. */
export const STAYS: readonly string[] = [
  "failed",
  "canceled",
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "won",
  "prevented",
];

/** How much of it is away now; a word that cannot be read counts as away. */
export const centsAway = ({ status, amountCents }: Pick<ReturnRecord, "status" | "amountCents">): bigint =>
  STAYS.includes(status) ? 0n : amountCents;
