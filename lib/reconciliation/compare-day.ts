import type { ChargeRecord, InvoiceRecord } from "../billing/provider-records";
import { namedOrder } from "../recovery/notice";
import { type DayFacts, type OurInvoice, type OurOrder, orderKey } from "./facts";
import { describeLine, type Line, type LineKind } from "./lines";

/** A currency's day in cents and credits: what Stripe took is orders, plans and what the lines say. */
export type Totals = {
  charges: number;
  chargedCents: bigint;
  /** Of charges that an order here was paid by, and that its sum agrees with. */
  orders: number;
  ordersCents: bigint;
  creditsSold: bigint;
  /** Of charges that an invoice here was paid by. */
  planInvoices: number;
  plansCents: bigint;
  planCredits: bigint;
  /** What is left: the sum of the lines' cents. Nothing, on a good day. */
  unexplainedCents: bigint;
};

export type DayResult = {
  readonly day: string;
  readonly totals: Readonly<Record<string, Totals>>;
  readonly lines: readonly Line[];
  /** Charges of other products on the same Stripe account. */
  readonly notOurs: number;
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
  for (const { accountId, source, credits, invoiceId } of facts.unpaid)
    book.add(invoiceId ? "allowance_without_paid_invoice" : "grant_without_order", {
      object: invoiceId ?? source,
      accountId,
      credits,
    });
  return { day: facts.day, totals: book.totals, lines: book.lines, notOurs };
}

type Book = ReturnType<typeof openBook>;

function openBook() {
  const totals: Record<string, Totals> = {};
  const lines: Line[] = [];
  const of = (currency: string): Totals => {
    totals[currency] ??= {
      charges: 0,
      chargedCents: 0n,
      orders: 0,
      ordersCents: 0n,
      creditsSold: 0n,
      planInvoices: 0,
      plansCents: 0n,
      planCredits: 0n,
      unexplainedCents: 0n,
    };
    return totals[currency];
  };
  return {
    totals,
    lines,
    of,
    charged({ currency, amountCents }: ChargeRecord) {
      of(currency).charges += 1;
      of(currency).chargedCents += amountCents;
    },
    add(
      kind: LineKind,
      found: Omit<Parameters<typeof describeLine>[1], "cents"> & { readonly cents?: bigint },
    ) {
      const line = describeLine(kind, { cents: 0n, ...found });
      if (line.cents !== 0n) of(line.currency).unexplainedCents += line.cents;
      lines.push(line);
    },
  };
}

type OfOrder = { readonly charge: ChargeRecord; readonly key: string; readonly seen: Set<string> };

function compareOrder(book: Book, facts: DayFacts, { charge, key, seen }: OfOrder): void {
  const { amountCents, currency } = charge;
  book.charged(charge);
  const order = facts.orders.get(key);
  const mismatch = mismatchOf(order, charge, seen.has(key));
  if (order?.paymentId && order.paymentId === charge.paymentId) seen.add(key);
  if (mismatch || !order) {
    book.add(mismatch ?? "charge_without_order", {
      object: charge.id,
      accountId: key.slice(0, key.indexOf("/")),
      cents: amountCents,
      currency,
      order: order?.orderId ?? null,
    });
    return;
  }
  const totals = book.of(currency);
  totals.orders += 1;
  totals.ordersCents += amountCents;
  totals.creditsSold += order.credits;
  checkGrant(book, order);
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

function checkGrant(book: Book, { accountId, orderId, credits, grantedCredits }: OurOrder): void {
  if (grantedCredits === credits) return;
  book.add("order_without_grant", {
    object: `order:${orderId}`,
    accountId,
    credits: credits - (grantedCredits ?? 0n),
    order: orderId,
  });
}

/** Paid here in the day, and no charge of the day is its: taken before midnight, or not at all. */
function lookForCharge(book: Book, facts: DayFacts, key: string): void {
  const order = facts.orders.get(key);
  if (!order?.paymentId) return;
  const taken = facts.takenBefore.get(order.paymentId)?.filter(({ status }) => status === "succeeded") ?? [];
  const sum = taken.reduce((all, { amountCents }) => all + amountCents, 0n);
  const { accountId, orderId, currency } = order;
  if (sum !== order.amountCents || taken.length !== 1)
    book.add("order_without_charge", {
      object: order.paymentId,
      accountId,
      currency,
      credits: order.credits,
      order: orderId,
    });
  checkGrant(book, order);
}

type OfPlan = { readonly charge: ChargeRecord; readonly accountId: string; readonly seen: Set<string> };

function comparePlan(book: Book, facts: DayFacts, { charge, accountId, seen }: OfPlan): void {
  const { amountCents: cents, currency, paymentId } = charge;
  book.charged(charge);
  const atStripe = (paymentId && facts.invoiceOf.get(paymentId)) || null;
  const invoice = atStripe ? facts.invoices.get(atStripe.id) : undefined;
  if (invoice) seen.add(invoice.id);
  if (!invoice || !agrees(invoice, atStripe)) {
    const kind = !atStripe ? "charge_for_nothing" : !invoice ? "invoice_unknown" : "invoice_differs";
    book.add(kind, { object: atStripe?.id ?? charge.id, accountId, cents, currency });
    return;
  }
  const totals = book.of(currency);
  totals.planInvoices += 1;
  totals.plansCents += cents;
  totals.planCredits += invoice.credits;
  checkAllowances(book, invoice);
}

const agrees = (ours: OurInvoice, atStripe: InvoiceRecord | null): boolean =>
  ours.status === atStripe?.status && ours.paidCents === atStripe.paidCents;

function checkAllowances(book: Book, { id, accountId, undecidedLines }: OurInvoice): void {
  if (undecidedLines > 0) book.add("invoice_without_allowance", { object: id, accountId });
}

/** Paid here in the day without a charge of the day: from a balance, by hand, or taken before midnight. */
function lookForInvoice(book: Book, facts: DayFacts, invoice: OurInvoice): void {
  const atStripe = facts.invoicesAtStripe.get(invoice.id);
  if (atStripe === undefined) return; // It was not paid here in the day.
  const { id: object, accountId, credits } = invoice;
  if (agrees(invoice, atStripe)) checkAllowances(book, invoice);
  else book.add(atStripe ? "invoice_differs" : "invoice_not_at_stripe", { object, accountId, credits });
}
