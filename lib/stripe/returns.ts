import Stripe from "stripe";
import {
  type InvoicePayment,
  type InvoicePaymentReturns,
  type PaymentGateway,
  type PaymentReturns,
  type ProviderAnswer,
  REFUND_TOO_LARGE,
  type Refund,
  type RefundRequest,
  type ReturnHint,
} from "../billing/gateway";
import { cents } from "../money/credits";
import { ask, askToCharge } from "./ask";
import { idOf, toPayment } from "./translate";
import { toDispute, toDisputeStatus, toFraudWarning, toRefund, toRefundStatus } from "./translate-returns";

type ReturnQuestions = Pick<
  PaymentGateway,
  | "readReturns"
  | "findInvoiceOf"
  | "listInvoicePayments"
  | "readInvoiceReturns"
  | "refund"
  | "listRecentReturns"
>;

const PAGE = { limit: 100 };

/** What is asked of money that goes back: see `PaymentGateway`. */
export const askOfReturns = (stripe: Stripe): ReturnQuestions => ({
  readReturns: (id) => ask(() => readReturns(stripe, id)),
  findInvoiceOf: (id) => ask(async () => ({ invoiceId: await findInvoiceId(stripe, id) })),
  listInvoicePayments: (id) => ask(() => listInvoicePayments(stripe, id)),
  readInvoiceReturns: (id) => ask(() => readInvoiceReturns(stripe, id)),
  refund: (request) => refund(stripe, request),
  listRecentReturns: ({ since }) => ask(() => listRecentReturns(stripe, since)),
});

async function readReturns(stripe: Stripe, payment_intent: string): Promise<PaymentReturns> {
  const [intent, returns, invoiceId] = await Promise.all([
    stripe.paymentIntents.retrieve(payment_intent, { expand: ["latest_charge"] }),
    listReturns(stripe, { payment_intent }),
    findInvoiceId(stripe, payment_intent),
  ]);
  return {
    payment: toPayment(intent),
    invoiceId,
    charge: toCharge(intent.latest_charge),
    ...returns,
  };
}

/** Oldest first, each to its last page. */
async function listReturns(
  stripe: Stripe,
  payment: { readonly payment_intent: string } | { readonly charge: string },
) {
  const of = { ...payment, ...PAGE };
  const [refunds, disputes, warnings] = await Promise.all([
    toArray(stripe.refunds.list(of)),
    toArray(stripe.disputes.list(of)),
    toArray(stripe.radar.earlyFraudWarnings.list(of)),
  ]);
  return {
    refunds: refunds.map(toRefund).reverse(),
    disputes: disputes.map(toDispute).reverse(),
    warnings: warnings.map(toFraudWarning).reverse(),
  };
}

/** Part of an invoice may be paid by one payment and the rest by another: https://docs.stripe.com/api/invoice-payment. */
async function readInvoiceReturns(stripe: Stripe, invoice: string): Promise<InvoicePaymentReturns> {
  const [payments, notes] = await Promise.all([
    toArray(stripe.invoicePayments.list({ invoice, ...PAGE })),
    toArray(stripe.creditNotes.list({ invoice, ...PAGE })),
  ]);
  const intents = paidByIntent(payments);
  // Without a PaymentIntent, as an earlier version of Stripe's API took it.
  const charges = new Set(
    payments.flatMap(({ payment }) => (payment.payment_intent ? [] : (idOf(payment.charge) ?? []))),
  );
  const all = await Promise.all([
    ...[...intents.keys()].map((payment_intent) => listReturns(stripe, { payment_intent })),
    ...[...charges].map((charge) => listReturns(stripe, { charge })),
  ]);
  // What a credit note paid by refunds is among these; `credit_amount` went to the customer's balance, which is no payment back.
  const elsewhere = notes
    .filter(({ status }) => status === "issued")
    .reduce((sum, { out_of_band_amount }) => sum + BigInt(out_of_band_amount ?? 0), 0n);
  return {
    refunds: all.flatMap(({ refunds }) => refunds),
    disputes: all.flatMap(({ disputes }) => disputes),
    warnings: all.flatMap(({ warnings }) => warnings),
    unread: [
      ...payments.flatMap(({ id, status, payment }) =>
        status === "paid" && !payment.payment_intent && !payment.charge ? [id] : [],
      ),
      ...(await findShared(stripe, intents, all)),
    ],
    elsewhereCents: cents(elsewhere),
  };
}

type Returned = Awaited<ReturnType<typeof listReturns>>;

/**
 * Of the payments of which something came back, by their order, those that paid for something else than the invoice too: one payment may
 * be attached to several invoices, or be more than was to be paid (https://docs.stripe.com/api/invoice-payment/object). Nobody can
 * say what of it came back.
 */
async function findShared(
  stripe: Stripe,
  paidBy: ReadonlyMap<string, bigint>,
  all: readonly Returned[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    [...paidBy].map(async ([id, ofInvoice], index) => {
      const { refunds = [], disputes = [] } = all[index] ?? {};
      if (refunds.length + disputes.length === 0) return [];
      const { amount_received } = await stripe.paymentIntents.retrieve(id);
      return BigInt(amount_received) > ofInvoice ? [id] : [];
    }),
  );
  return found.flat();
}

/** How much of an invoice each PaymentIntent paid. */
function paidByIntent(payments: readonly Stripe.InvoicePayment[]): ReadonlyMap<string, bigint> {
  const paidBy = new Map<string, bigint>();
  for (const { payment, amount_paid } of payments) {
    const id = idOf(payment.payment_intent);
    if (id) paidBy.set(id, (paidBy.get(id) ?? 0n) + BigInt(amount_paid ?? 0));
  }
  return paidBy;
}

/**
 * A payment is asked for no more than it paid of this invoice: the rest of it paid for something else. Nothing is left of one that a
 * bank took back.
 */
async function listInvoicePayments(stripe: Stripe, invoice: string): Promise<readonly InvoicePayment[]> {
  const payments = await toArray(stripe.invoicePayments.list({ invoice, status: "paid", ...PAGE }));
  const found = await Promise.all(
    [...paidByIntent(payments)].map(async ([id, ofInvoice]): Promise<InvoicePayment | null> => {
      const { latest_charge } = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
      const charge = toCharge(latest_charge);
      if (!charge) return null;
      const isGone = await isWithdrawn(stripe, latest_charge, id);
      const left = isGone ? 0n : charge.amountCents - charge.refundedCents;
      return { paymentIntentId: id, leftCents: cents(left < ofInvoice ? left : ofInvoice) };
    }),
  );
  return found.filter((each) => each !== null);
}

/** A bank that decided for us, or only asked, took nothing: `disputed` stays set for good. */
const KEEPS_MONEY = /^(won|prevented|warning_.*)$/;

/** Whether a bank has taken the money, or may have: Stripe refuses to pay such a charge back. */
async function isWithdrawn(
  stripe: Stripe,
  charge: Stripe.PaymentIntent["latest_charge"],
  payment_intent: string,
): Promise<boolean> {
  if (typeof charge !== "object" || !charge?.disputed) return false;
  const disputes = await toArray(stripe.disputes.list({ payment_intent, ...PAGE }));
  return disputes.some((each) => !KEEPS_MONEY.test(toDisputeStatus(each)));
}

/** Since basil a payment does not name its invoice any more. */
async function findInvoiceId(stripe: Stripe, payment_intent: string): Promise<string | null> {
  const payment = { type: "payment_intent", payment_intent } as const;
  const { data } = await stripe.invoicePayments.list({ payment, limit: 1 });
  return idOf(data[0]?.invoice);
}

/** After a decline the latest charge is one that failed: nothing was taken. */
function toCharge(charge: Stripe.PaymentIntent["latest_charge"]): PaymentReturns["charge"] {
  if (typeof charge !== "object" || charge?.status !== "succeeded") return null;
  const { id, amount_captured, amount_refunded } = charge;
  return { id, amountCents: cents(BigInt(amount_captured)), refundedCents: cents(BigInt(amount_refunded)) };
}

async function refund(stripe: Stripe, request: RefundRequest): Promise<ProviderAnswer<Refund>> {
  const { key, paymentIntentId, amountCents, metadata, reason } = request;
  const params = {
    payment_intent: paymentIntentId,
    amount: Number(amountCents),
    metadata,
    ...(reason ? { reason } : {}),
  };
  let tooLarge = false;
  const asked = await askToCharge(() =>
    ask(
      async () => toRefund(await stripe.refunds.create(params, { idempotencyKey: key })),
      (error) => {
        tooLarge = isTooLarge(error);
        return null;
      },
    ),
  );
  return asked.kind === "refused" && tooLarge ? { kind: "refused", code: REFUND_TOO_LARGE } : asked;
}

/** An amount of 0 is refused with a code; one that is more than what is left is only named. */
const isTooLarge = (error: Stripe.errors.StripeError): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.param === "amount" && !error.code;

async function listRecentReturns(stripe: Stripe, since: Date): Promise<readonly ReturnHint[]> {
  const recent = { created: { gte: Math.floor(since.getTime() / 1000) }, ...PAGE };
  const [refunds, disputes, warnings] = await Promise.all([
    toArray(stripe.refunds.list(recent)),
    toArray(stripe.disputes.list(recent)),
    toArray(stripe.radar.earlyFraudWarnings.list(recent)),
  ]);
  return [
    ...refunds.flatMap((each) => hintOf(each, { kind: "refund", status: toRefundStatus(each) } as const)),
    ...disputes.flatMap((each) => hintOf(each, { kind: "dispute", status: toDisputeStatus(each) } as const)),
    ...warnings.flatMap((each) => hintOf(each, { kind: "warning" } as const)),
  ];
}

/** A charge that no PaymentIntent made is none of ours. */
function hintOf<T extends { readonly kind: ReturnHint["kind"] }>(
  { id, payment_intent }: Pick<Stripe.Refund, "id"> & { payment_intent?: Stripe.Refund["payment_intent"] },
  what: T,
): (T & Pick<ReturnHint, "id" | "paymentIntentId">)[] {
  const paymentIntentId = idOf(payment_intent);
  return paymentIntentId ? [{ id, paymentIntentId, ...what }] : [];
}

async function toArray<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}
