import type Stripe from "stripe";
import type {
  ChargeRecord,
  CustomerRecord,
  InvoiceRecord,
  MadeWithin,
  PaymentRecord,
  ProviderRecords,
  RecordPage,
  ReturnRecord,
} from "../billing/provider-records";
import { type Cents, cents } from "../money/credits";
import { ask } from "./ask";
import { idOf, toCard, toPaymentStatus } from "./translate";
import { toDisputeStatus, toRefundStatus } from "./translate-returns";

const LIMIT = 100;

/** What Stripe has on record, read page by page. */
export function createStripeRecords(stripe: Stripe): ProviderRecords {
  return {
    listPayments: (within, after) =>
      ask(async () =>
        pageOf(
          await stripe.paymentIntents.list({ ...paging(within, after), expand: ["data.payment_method"] }),
          toPaymentRecord,
        ),
      ),
    listCharges: (within, after) =>
      ask(async () =>
        pageOf(
          await stripe.charges.list({ ...paging(within, after), expand: ["data.payment_intent"] }),
          toChargeRecord,
        ),
      ),
    listInvoices: (within, after) =>
      ask(async () => pageOf(await stripe.invoices.list(paging(within, after)), toInvoiceRecord)),
    listRefunds: (within, after) =>
      ask(async () =>
        pageOf(
          await stripe.refunds.list({ ...paging(within, after), expand: ["data.payment_intent"] }),
          toRefundRecord,
        ),
      ),
    listDisputes: (within, after) =>
      ask(async () =>
        pageOf(
          await stripe.disputes.list({ ...paging(within, after), expand: ["data.payment_intent"] }),
          toDisputeRecord,
        ),
      ),
    listCustomers: (within, after) =>
      ask(async () => pageOf(await stripe.customers.list(paging(within, after)), toCustomerRecord)),
    chargesOf: (paymentId) =>
      ask(async () => {
        const page = await stripe.charges.list({
          payment_intent: paymentId,
          limit: LIMIT,
          expand: ["data.payment_intent"],
        });
        return page.data.map(toChargeRecord);
      }),
    invoiceOf: (paymentId) =>
      ask(async () => {
        const payment = { type: "payment_intent", payment_intent: paymentId } as const;
        const [found] = (await stripe.invoicePayments.list({ payment, limit: 1 })).data;
        const id = found && idOf(found.invoice);
        return id ? toInvoiceRecord(await stripe.invoices.retrieve(id)) : null;
      }),
    findInvoice: (id) => ask(async () => toInvoiceRecord(await stripe.invoices.retrieve(id))),
    findReturn: (kind, id) =>
      ask(async () =>
        kind === "refund"
          ? toRefundRecord(await stripe.refunds.retrieve(id, { expand: ["payment_intent"] }))
          : toDisputeRecord(await stripe.disputes.retrieve(id, { expand: ["payment_intent"] })),
      ),
  };
}

const seconds = (at: Date) => Math.ceil(at.getTime() / 1000);

function paging({ from, to }: MadeWithin, after: string | null) {
  const created = { ...(from && { gte: seconds(from) }), ...(to && { lt: seconds(to) }) };
  return { limit: LIMIT, ...(from || to ? { created } : {}), ...(after && { starting_after: after }) };
}

const pageOf = <T extends { id: string }, R>(
  page: Stripe.ApiList<T>,
  read: (each: T) => R,
): RecordPage<R> => ({
  records: page.data.map(read),
  next: page.has_more ? (page.data.at(-1)?.id ?? null) : null,
});

const STATUSES = ["succeeded", "pending", "failed"] as const;

const toDate = (created: number) => new Date(created * 1000);
/** What the customer owes less than nothing is no money that was taken. */
const toCents = (amount: number): Cents => cents(BigInt(Math.max(0, amount)));

function toPaymentRecord(intent: Stripe.PaymentIntent): PaymentRecord {
  const method = typeof intent.payment_method === "object" ? intent.payment_method : null;
  const card = method && toCard(method);
  return {
    id: intent.id,
    createdAt: toDate(intent.created),
    status: toPaymentStatus(intent),
    amountCents: toCents(intent.amount),
    currency: intent.currency,
    customerId: idOf(intent.customer),
    metadata: intent.metadata,
    card: card && { id: card.id, brand: card.brand, last4: card.last4 },
  };
}

function toChargeRecord(charge: Stripe.Charge): ChargeRecord {
  const intent = charge.payment_intent;
  return {
    id: charge.id,
    paymentId: idOf(intent),
    createdAt: toDate(charge.created),
    status: STATUSES.find((each) => each === charge.status) ?? "pending", // A word newer than this code: nobody knows yet.
    amountCents: toCents(charge.status === "succeeded" ? charge.amount_captured : charge.amount),
    refundedCents: toCents(charge.amount_refunded),
    currency: charge.currency,
    customerId: idOf(charge.customer),
    metadata: typeof intent === "object" && intent !== null ? intent.metadata : charge.metadata,
  };
}

function toReturnRecord({ id, created, amount, currency, payment_intent }: Stripe.Refund | Stripe.Dispute) {
  const payment = typeof payment_intent === "object" ? payment_intent : null;
  return {
    id,
    paymentId: idOf(payment_intent),
    createdAt: toDate(created),
    amountCents: toCents(amount),
    currency,
    customerId: payment && idOf(payment.customer),
    metadata: payment?.metadata ?? {},
  };
}

const toRefundRecord = (refund: Stripe.Refund): ReturnRecord => ({
  kind: "refund",
  ...toReturnRecord(refund),
  status: toRefundStatus(refund),
  refundId: refund.metadata?.refund_id ?? null,
});

const toDisputeRecord = (dispute: Stripe.Dispute): ReturnRecord => ({
  kind: "dispute",
  ...toReturnRecord(dispute),
  status: toDisputeStatus(dispute),
  refundId: null,
});

const toInvoiceRecord = (invoice: Stripe.Invoice): InvoiceRecord => ({
  id: invoice.id ?? "",
  customerId: idOf(invoice.customer),
  createdAt: toDate(invoice.created),
  status: invoice.status ?? "draft",
  paidCents: toCents(invoice.amount_paid),
  currency: invoice.currency,
  subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
});

const toCustomerRecord = (customer: Stripe.Customer): CustomerRecord => ({
  id: customer.id,
  createdAt: toDate(customer.created),
  accountId: customer.metadata.account_id ?? null,
});
