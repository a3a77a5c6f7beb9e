import type Stripe from "stripe";
import { expect, it } from "vitest";
import { askOfReturns } from "./returns";

const refund = (id: string, amount: number) => ({
  ...{ id, amount, status: "succeeded", failure_reason: null, metadata: {}, created: 1_700_000_000 },
});
const listed = (rows: readonly object[]) => ({
  async *[Symbol.asyncIterator]() {
    yield* rows;
  },
});

/** Stripe, of an invoice that was paid in three ways, one of them only recorded. */
const stripe = {
  invoicePayments: {
    list: () =>
      listed([
        { id: "inpay_1", status: "paid", payment: { type: "payment_intent", payment_intent: "pi_1" } },
        { id: "inpay_2", status: "paid", payment: { type: "charge", charge: "ch_1" } },
        { id: "inpay_3", status: "paid", payment: { type: "payment_record", payment_record: "pr_1" } },
        { id: "inpay_4", status: "canceled", payment: { type: "payment_record", payment_record: "pr_2" } },
      ]),
  },
  creditNotes: { list: () => listed([]) },
  refunds: {
    list: (of: { payment_intent?: string; charge?: string }) =>
      listed(of.charge === "ch_1" ? [refund("re_2", 200)] : of.payment_intent ? [refund("re_1", 100)] : []),
  },
  disputes: { list: () => listed([]) },
  radar: { earlyFraudWarnings: { list: () => listed([]) } },
};

it("reads what came back of payments with and without a PaymentIntent, and names those of which it cannot", async () => {
  const asked = await askOfReturns(stripe as unknown as Stripe).readInvoiceReturns("in_1");
  if (asked.kind !== "answered") throw new Error(asked.kind);
  expect(asked.value.refunds.map(({ id, amountCents }) => [id, amountCents])).toEqual([
    ["re_1", 100n],
    ["re_2", 200n],
  ]);
  expect(asked.value.unread).toEqual(["inpay_3"]);
});
