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
        {
          ...{ id: "inpay_1", status: "paid", amount_paid: 500 },
          payment: { type: "payment_intent", payment_intent: "pi_1" },
        },
        { id: "inpay_2", status: "paid", payment: { type: "charge", charge: "ch_1" } },
        { id: "inpay_3", status: "paid", payment: { type: "payment_record", payment_record: "pr_1" } },
        { id: "inpay_4", status: "canceled", payment: { type: "payment_record", payment_record: "pr_2" } },
      ]),
  },
  paymentIntents: { retrieve: async () => ({ amount_received: 500 }) },
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

it("names a payment of which something came back that it took for more than the invoice", async () => {
  const payments = [
    ["pi_whole", 500],
    ["pi_shared", 300],
    ["pi_nothing_back", 200],
  ] as const;
  const shared = {
    ...stripe,
    invoicePayments: {
      list: () =>
        listed(
          payments.map(([id, paid]) => ({
            ...{ id: `inpay_${id}`, status: "paid", amount_paid: paid },
            payment: { type: "payment_intent", payment_intent: id },
          })),
        ),
    },
    refunds: {
      list: ({ payment_intent: id }: { payment_intent: string }) =>
        listed(id === "pi_nothing_back" ? [] : [refund(`re_${id}`, 100)]),
    },
  };
  const asked = await askOfReturns(shared as unknown as Stripe).readInvoiceReturns("in_1");
  expect(asked).toMatchObject({ kind: "answered", value: { unread: ["pi_shared"] } });
});

/** Stripe, of an invoice that payments of these paid. */
function paidBy(
  payments: readonly {
    readonly id: string;
    readonly paid: number;
    readonly refunded?: number;
    readonly dispute?: string;
  }[],
) {
  const of = (id: string) => payments.find((each) => each.id === id);
  return {
    invoicePayments: {
      list: () =>
        listed(
          payments.map(({ id, paid }) => ({
            ...{ id: `inpay_${id}`, status: "paid", amount_paid: paid },
            payment: { type: "payment_intent", payment_intent: id },
          })),
        ),
    },
    paymentIntents: {
      retrieve: async (id: string) => ({
        id,
        latest_charge: {
          ...{ id: `ch_${id}`, status: "succeeded", amount_captured: 1_000 },
          ...{ amount_refunded: of(id)?.refunded ?? 0, disputed: of(id)?.dispute !== undefined },
        },
      }),
    },
    disputes: {
      list: ({ payment_intent }: { payment_intent: string }) =>
        listed([{ status: of(payment_intent)?.dispute }]),
    },
  } as unknown as Stripe;
}

it("leaves nothing of a payment that a bank took back, and of none more than it paid of the invoice", async () => {
  const asked = await askOfReturns(
    paidBy([
      { id: "pi_lost", paid: 400, dispute: "lost" },
      { id: "pi_open", paid: 400, dispute: "needs_response" },
      { id: "pi_new", paid: 400, dispute: "a_status_of_tomorrow" },
      { id: "pi_won", paid: 400, dispute: "won" },
      { id: "pi_part", paid: 300 },
      { id: "pi_refunded", paid: 300, refunded: 900 },
    ]),
  ).listInvoicePayments("in_1");
  expect(asked).toEqual({
    kind: "answered",
    value: [
      { paymentIntentId: "pi_lost", leftCents: 0n },
      { paymentIntentId: "pi_open", leftCents: 0n },
      { paymentIntentId: "pi_new", leftCents: 0n },
      { paymentIntentId: "pi_won", leftCents: 400n },
      { paymentIntentId: "pi_part", leftCents: 300n },
      { paymentIntentId: "pi_refunded", leftCents: 100n },
    ],
  });
});
