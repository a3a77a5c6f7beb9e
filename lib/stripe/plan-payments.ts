import Stripe from "stripe";
import { PAYMENTS_UNAVAILABLE_CODE, type ProviderAnswer, refusedIsUnknown } from "../billing/gateway";
import {
  type BeforeUpgrade,
  CHANGE_PLANNED,
  type InvoiceFacts,
  type PlanGateway,
  type UpgradePreview,
  type UpgradeRequest,
} from "../billing/plan-gateway";
import { cents } from "../money/credits";
import { actOrFind, ask, askBeforeCharge, askToCharge, freshKey } from "./ask";
import {
  findInvoice,
  intentOf,
  PAYMENTS,
  type PlanReader,
  pricesOfInvoice,
  retrieveInvoice,
  toFacts,
  withAllLines,
} from "./plan-reading";
import { toPlanLine } from "./plan-translate";
import { isOperators, readSubscription, releaseSchedule, scheduleOf } from "./schedules";
import { setSubscriptionCard } from "./subscription-cards";
import { idOf } from "./translate";
import { toInvoiceFact, toLineFact } from "./translate-facts";

/**
 * A new period from now at the full price. Of the old one nothing is charged again, and what is not used is given back
 * only where that is asked for: with `always_invoice` as a line of the same invoice (documentation, "Prorations").
 */
function newPeriod({ itemId, priceId, prorationAt }: UpgradeRequest) {
  const items = [{ id: itemId, price: priceId }];
  const anchor = { billing_cycle_anchor: { type: "now" } } as const;
  if (!prorationAt) return { items, ...anchor, proration_behavior: "none" } as const;
  const proration_date = Math.floor(prorationAt.getTime() / 1000);
  return { items, ...anchor, proration_behavior: "always_invoice", proration_date } as const;
}

export async function previewUpgrade(
  { stripe, prices }: PlanReader,
  request: UpgradeRequest,
): Promise<UpgradePreview> {
  const asked = await stripe.invoices.createPreview({
    customer: request.customerId,
    subscription: request.subscriptionId,
    subscription_details: newPeriod(request),
  });
  const invoice = await withAllLines(stripe, asked);
  const planOf = await prices.read(pricesOfInvoice(invoice).filter((id) => id !== null));
  const line = toPlanLine(invoice, planOf);
  if (line?.price.priceId !== request.priceId) throw new Error("a preview shows the period it is asked for");
  const found = await prices.find(pricesOfInvoice(invoice).filter((id) => id !== null));
  const lines = invoice.lines.data.map((each) => toLineFact(each, found));
  return {
    invoice: toInvoiceFact(invoice, lines),
    dueCents: cents(BigInt(invoice.amount_due)),
    currency: invoice.currency,
    period: line.period,
  };
}

/** See `PlanGateway.upgrade`. Repeated after an answer that was lost, the preparation changes nothing any more. */
export async function upgrade(
  reader: PlanReader,
  request: Parameters<PlanGateway["upgrade"]>[0],
): Promise<ProviderAnswer<InvoiceFacts>> {
  const { stripe } = reader;
  const prepared = await askBeforeCharge(() => prepareUpgrade(stripe, request));
  if (prepared.kind === "unknown") return prepared;
  if (prepared.kind === "refused" && prepared.code === PAYMENTS_UNAVAILABLE_CODE) return prepared;
  if (prepared.kind === "refused") return refusedUnlessBegun(stripe, request, prepared);
  if (prepared.value === CHANGE_PLANNED)
    return refusedUnlessBegun(stripe, request, { kind: "refused", code: CHANGE_PLANNED });
  const asked = await askToCharge(() => ask(() => update(stripe, request)));
  if (asked.kind !== "answered") return asked;
  const { latest_invoice: invoice } = asked.value;
  if (typeof invoice !== "object" || !invoice) throw new Error("a new period has an invoice");
  return refusedIsUnknown(await ask(() => toFacts(reader, invoice)));
}

const update = (stripe: Stripe, request: Preparing): Promise<Stripe.Subscription> =>
  stripe.subscriptions.update(
    request.subscriptionId,
    {
      ...newPeriod(request),
      payment_behavior: "pending_if_incomplete",
      // As it was made: what becomes of it is read of everything afterwards.
      expand: ["latest_invoice.payments"],
    },
    { idempotencyKey: request.key },
  );

/** See `PlanGateway.findBeforeUpgrade`. */
export async function findBeforeUpgrade(stripe: Stripe, subscriptionId: string): Promise<BeforeUpgrade> {
  const { schedule, default_payment_method } = await stripe.subscriptions.retrieve(subscriptionId);
  return { hasSchedule: schedule !== null, paymentMethodId: idOf(default_payment_method) };
}

type Preparing = Parameters<PlanGateway["upgrade"]>[0];

/** An update that may wait for its payment takes no card along, and none of a subscription that is scheduled. */
async function prepareUpgrade(
  stripe: Stripe,
  request: Preparing,
): Promise<"prepared" | typeof CHANGE_PLANNED> {
  const { before } = request;
  let paymentMethodId = before?.paymentMethodId;
  if (!before || before.hasSchedule) {
    const subscription = await readSubscription(stripe, request.subscriptionId);
    const schedule = scheduleOf(subscription);
    if (isOperators(schedule)) return CHANGE_PLANNED;
    if (schedule) await releaseSchedule(stripe, schedule.id);
    paymentMethodId = idOf(subscription.default_payment_method);
  }
  if (paymentMethodId !== request.paymentMethodId)
    await setSubscriptionCard(stripe, request.subscriptionId, request.paymentMethodId);
  return "prepared";
}

/** The same request may have been carried out before its answer was lost: then a card refused now says nothing. */
async function refusedUnlessBegun(
  stripe: Stripe,
  { subscriptionId, priceId }: Preparing,
  refused: ProviderAnswer<never>,
): Promise<ProviderAnswer<never>> {
  const found = await ask(() => stripe.subscriptions.retrieve(subscriptionId));
  if (found.kind !== "answered") return found;
  const { items, pending_update } = found.value;
  const wanted = [...items.data, ...(pending_update?.subscription_items ?? [])];
  return wanted.some((each) => each.price.id === priceId) ? refusedIsUnknown(refused) : refused;
}

/** See `PlanGateway.payInvoice`. A decline and a bank that asks are answers: the invoice as it is then tells of both. */
export async function payInvoice(
  reader: PlanReader,
  request: Parameters<PlanGateway["payInvoice"]>[0],
): Promise<ProviderAnswer<InvoiceFacts>> {
  const { stripe } = reader;
  const found = await askBeforeCharge(async () => {
    const invoice = await retrieveFinal(stripe, request.invoiceId);
    return { invoice, open: await intentOf(stripe, invoice) };
  });
  if (found.kind !== "answered") return found;
  const { invoice, open } = found.value;
  if (invoice.status === "paid" || invoice.status === "void") return ask(() => toFacts(reader, invoice));
  const tried = await askToCharge(() =>
    ask(
      () => tryToPay(stripe, { invoice, intent: open }, request),
      (error) => (isAnswer(error) ? { intent: error.payment_intent ?? null } : null),
    ),
  );
  if (tried.kind !== "answered") return tried;
  const { intent } = tried.value;
  // What a payment says of itself is the answer; what becomes of its invoice is read of everything afterwards.
  const answer = () => (intent ? toFacts(reader, invoice, intent) : findInvoice(reader, invoice.id));
  return refusedIsUnknown(await ask(answer));
}

type Tried = { readonly intent: Stripe.PaymentIntent | null };

/**
 * The invoice, final: of an `unpaid` subscription Stripe leaves it a draft, which has no payment to confirm. `auto_advance`
 * stays off, so that nothing is charged but what the customer confirms.
 */
async function retrieveFinal(stripe: Stripe, id: string): Promise<Stripe.Invoice> {
  const invoice = await retrieveInvoice(stripe, id);
  if (invoice.status !== "draft") return invoice;
  await actOrFind(
    () => stripe.invoices.finalizeInvoice(id, { auto_advance: false }, freshKey()),
    () => stripe.invoices.retrieve(id),
    ({ status }) => status !== "draft",
  );
  return retrieveInvoice(stripe, id);
}

const CONFIRMABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

/**
 * Confirmed by itself, a payment takes an address to come back to: paying the invoice does not. The buyer is here, so
 * never `off_session`.
 */
async function tryToPay(
  stripe: Stripe,
  { invoice, intent }: Tried & { readonly invoice: Stripe.Invoice },
  request: Parameters<PlanGateway["payInvoice"]>[0],
): Promise<Tried> {
  const options = { idempotencyKey: request.key };
  const { paymentMethodId: payment_method, returnUrl: return_url } = request;
  if (intent && CONFIRMABLE.includes(intent.status))
    return {
      intent: await stripe.paymentIntents.confirm(intent.id, { payment_method, return_url }, options),
    };
  if (intent && intent.status !== "canceled") return { intent };
  await stripe.invoices.pay(invoice.id, { payment_method, off_session: false }, options);
  return { intent: null };
}

function isAnswer(error: Stripe.errors.StripeError): boolean {
  return (
    error instanceof Stripe.errors.StripeCardError ||
    error.code === "payment_intent_unexpected_state" ||
    error.code === "invoice_payment_intent_requires_action"
  );
}

/** An invoice that was paid or voided before is answered as it is. */
export async function voidInvoice(reader: PlanReader, id: string): Promise<InvoiceFacts> {
  const { stripe } = reader;
  const invoice = await actOrFind(
    () => stripe.invoices.voidInvoice(id, PAYMENTS, freshKey()),
    () => retrieveInvoice(stripe, id),
    ({ status }) => status === "paid" || status === "void",
  );
  return toFacts(reader, invoice);
}
