import type { ChargeRecord, InvoiceRecord } from "../billing/provider-records";
import { namedOrder } from "../recovery/notice";
import { type Book, openBook, type Totals } from "./book";
import { compareReturns } from "./compare-returns";
import { type DayFacts, isForgotten, type OurInvoice, type OurOrder, orderKey } from "./facts";
import type { Line, LineKind } from "./lines";

export type DayResult = {
  readonly day: string;
  readonly totals: Readonly<Record<string, Totals>>;
  readonly lines: readonly Line[];
  /** Charges of other products on the same Stripe account, and their refunds and disputes. */
  readonly notOurs: number;
  readonly returnsNotOurs: number;
  /** Orders, allowances, refunds and disputes of a Stripe account that was forgotten, which this one cannot know. */
  readonly ofForgotten: number;
};

/**
 * Both sides of a day, both ways. Each charge of ours is an order's, an invoice's, or a line; each order and invoice that was paid
 * here in the day has its money at Stripe, or is a line: what Stripe took is explained to the cent, or listed.
 */
export function compareDay(facts: DayFacts): DayResult {
  const book = openBook();
  const seen = new Set<string>();
  let notOurs = 0;
  for (const charge of facts.charges) {
    const named = namedOrder(charge);
    const accountId =
      named?.accountId ?? (charge.customerId && facts.accountOf.get(charge.customerId)) ?? null;
    if (named) compareOrder(book, facts, { charge, key: orderKey(named.accountId, named.orderId), seen });
    else if (accountId) comparePlan(book, facts, { charge, accountId, seen });
    else notOurs += 1;
  }
  for (const key of facts.paidHere) if (!seen.has(key)) lookForCharge(book, facts, key);
  for (const invoice of facts.invoices.values())
    if (!seen.has(invoice.id)) lookForInvoice(book, facts, invoice);
  for (const { what, accountId, source, credits, invoiceId, since } of facts.unpaid)
    if (invoiceId && isForgotten(facts, accountId, since)) book.forget();
    else book.add(UNPAID[what], { object: invoiceId ?? source, accountId, credits, since });
  for (const { kind, accountId, invoiceId: object, credits, since } of facts.planCredits)
    book.add(kind, { object, accountId, credits, since });
  const returnsNotOurs = compareReturns(book, facts);
  const ofForgotten = book.countForgotten();
  return { day: facts.day, totals: book.totals, lines: book.lines, notOurs, returnsNotOurs, ofForgotten };
}

const UNPAID = {
  bought: "grant_without_order",
  given: "grant_without_cause",
  allowance: "allowance_without_paid_invoice",
} as const;

type OfOrder = { readonly charge: ChargeRecord; readonly key: string; readonly seen: Set<string> };

function compareOrder(book: Book, facts: DayFacts, { charge, key, seen }: OfOrder): void {
  const { amountCents, currency } = charge;
  book.charged(charge);
  const order = facts.orders.get(key);
  const mismatch = mismatchOf(order, charge, seen.has(key));
  if (order?.paymentId && order.paymentId === charge.paymentId) seen.add(key);
  if (mismatch || !order) {
    addCharge(book, mismatch ?? "charge_without_order", charge, {
      object: charge.id,
      accountId: key.slice(0, key.indexOf("/")),
      order: order?.orderId ?? null,
      // An operator closes a parked order once its payment was given back: nothing will be settled by it any more.
      isOver: mismatch === "charge_of_unpaid_order" && order?.status === "canceled",
    });
    return;
  }
  const totals = book.of(currency);
  totals.orders += 1;
  totals.ordersCents += amountCents;
  totals.creditsSold += order.credits;
  checkGrant(book, order);
}

/** What is settled by paying it back, as nothing here was paid by it. */
const ENDED_BY_REFUND: readonly LineKind[] = [
  "charge_without_order",
  "charge_of_parked_order",
  "second_charge",
  "charge_for_nothing",
];

/** A charge that is not explained, but for one that belonged to nothing, or to an order that is over, and is paid back in full. */
function addCharge(
  book: Book,
  kind: LineKind,
  { amountCents: cents, refundedCents, currency, createdAt: since }: ChargeRecord,
  { isOver = false, ...whose }: Pick<Line, "object" | "accountId"> & Partial<Line> & { isOver?: boolean },
): void {
  if ((isOver || ENDED_BY_REFUND.includes(kind)) && refundedCents === cents)
    book.of(currency).paidBackCents += cents;
  else book.add(kind, { ...whose, cents, currency, since });
}

/** Why a charge is not what its order was paid by; null: it is. */
function mismatchOf(order: OurOrder | undefined, charge: ChargeRecord, isSecond: boolean): LineKind | null {
  if (!order) return "charge_without_order";
  if (order.paymentId === null)
    return order.parkedReason ? "charge_of_parked_order" : "charge_of_unpaid_order";
  if (order.paymentId !== charge.paymentId || isSecond) return "second_charge";
  const isSame =
    order.amountCents === charge.amountCents &&
    order.currency === charge.currency &&
    isCustomer(order, charge);
  return isSame ? null : "charge_differs";
}

const isCustomer = ({ customerIds }: OurOrder, { customerId }: ChargeRecord): boolean =>
  customerId !== null && customerIds.includes(customerId);

function checkGrant(
  book: Book,
  { accountId, orderId, credits, grantedCredits, paidAt: since }: OurOrder,
): void {
  if (grantedCredits === credits) return;
  book.add("order_without_grant", {
    object: `order:${orderId}`,
    accountId,
    credits: credits - (grantedCredits ?? 0n),
    order: orderId,
    since,
  });
}

/** Paid here in the day, and no charge of the day is its: taken before midnight, or not at all. */
function lookForCharge(book: Book, facts: DayFacts, key: string): void {
  const order = facts.orders.get(key);
  if (!order?.paymentId) return;
  const all = facts.takenBefore.get(order.paymentId);
  const taken = all?.filter(({ status }) => status === "succeeded") ?? [];
  const sum = taken.reduce((total, { amountCents }) => total + amountCents, 0n);
  const { accountId, orderId, currency } = order;
  if (all === null && isForgotten(facts, accountId, order.paidAt)) book.forget();
  else if (sum !== order.amountCents || taken.length !== 1)
    book.add("order_without_charge", {
      object: order.paymentId,
      accountId,
      currency,
      credits: order.credits,
      order: orderId,
      since: order.paidAt,
    });
  checkGrant(book, order);
}

type OfPlan = { readonly charge: ChargeRecord; readonly accountId: string; readonly seen: Set<string> };

function comparePlan(book: Book, facts: DayFacts, { charge, accountId, seen }: OfPlan): void {
  const { amountCents: cents, currency, paymentId } = charge;
  book.charged(charge);
  const atStripe = (paymentId && facts.invoiceOf.get(paymentId)) || null;
  const invoice = atStripe ? facts.invoices.get(atStripe.id) : undefined;
  // Part of an invoice may be paid by one payment and the rest by another: what it gave counts once.
  const isFirst = !invoice || !seen.has(invoice.id);
  if (invoice) seen.add(invoice.id);
  if (!invoice || !agrees(invoice, atStripe)) {
    const kind = !atStripe ? "charge_for_nothing" : !invoice ? "invoice_unknown" : "invoice_differs";
    addCharge(book, kind, charge, { object: atStripe?.id ?? charge.id, accountId });
    return;
  }
  const totals = book.of(currency);
  totals.plansCents += cents;
  if (!isFirst) return;
  totals.planInvoices += 1;
  totals.planCredits += invoice.credits;
  checkAllowances(book, invoice);
}

const agrees = (ours: OurInvoice, atStripe: InvoiceRecord | null): boolean =>
  ours.status === atStripe?.status && ours.paidCents === atStripe.paidCents;

function checkAllowances(book: Book, { id, accountId, undecidedLines, paidAt: since }: OurInvoice): void {
  if (undecidedLines > 0) book.add("invoice_without_allowance", { object: id, accountId, since });
}

/** Paid here in the day without a charge of the day: from a balance, by hand, or taken before midnight. */
function lookForInvoice(book: Book, facts: DayFacts, invoice: OurInvoice): void {
  const atStripe = facts.invoicesAtStripe.get(invoice.id);
  if (atStripe === undefined) return; // It was not paid here in the day.
  const { id: object, accountId, credits, paidAt: since } = invoice;
  if (agrees(invoice, atStripe)) checkAllowances(book, invoice);
  else
    book.add(atStripe ? "invoice_differs" : "invoice_not_at_stripe", { object, accountId, credits, since });
}
