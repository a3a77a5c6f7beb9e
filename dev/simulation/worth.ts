import type Stripe from "stripe";
import type { Invoice, Line, Subscription } from "../../lib/billing/allowances/facts";
import { asRefund } from "../../lib/billing/returns/decide";
import { cents, NO_CREDITS } from "../../lib/money/credits";
import { type PaidFor, paidFor } from "../allowance-model/worth";
import { idOf } from "../stripe/ids";
import type { Store } from "../stripe/store";
import { freeFacts } from "../testing/facts";
import { type Dashboard, meaningOf } from "./operator/dashboard";

export type Worth = {
  /** Null where what the invoices say cannot be counted. */
  readonly credits: PaidFor | null;
  /** How far it may be off: Stripe rounds every line to the cent. */
  readonly tolerance: number;
};

const MONTHS = { month: 1, year: 12 } as const;
const dateOf = (seconds: number): Date => new Date(seconds * 1_000);

/**
 * What the paid invoices of an account pay for until now, counted from the amounts that Stripe charged: what a line costs, of
 * what its price costs, of the credits that its price gives. No code of ours is asked for it.
 */
export function worthOf(store: Store, dashboard: Dashboard, accountId: string, now: Date): Worth {
  const isIts = (customer: Parameters<typeof idOf>[0]) =>
    dashboard.accountOf.get(idOf(customer) ?? "") === accountId;
  const bills = store
    .list("invoice")
    .filter((each) => isIts(each.customer) && !isAfterwards(dashboard, each))
    .reverse();
  const raw = bills.flatMap((bill) =>
    (store.get("invoice_lines", bill.id)?.lines ?? bill.lines.data).map((line) => ({ bill, line })),
  );
  const inOrder = raw.toSorted((a, b) => madeAt(a) - madeAt(b));
  const number = new Map(inOrder.map(({ line }, index) => [line.id, `il_${String(index).padStart(6, "0")}`]));
  let tolerance = 50;
  const toLine = (line: Stripe.InvoiceLineItem): Line[] => {
    const price = idOf(line.pricing?.price_details?.price);
    const meaning = meaningOf(store, dashboard, price);
    const cents = store.get("price", price ?? "")?.unit_amount ?? 0;
    if (!meaning || !price || cents === 0) return [];
    const { plan, interval, creditsPerMonth } = meaning;
    const perCent = (Number(creditsPerMonth) * MONTHS[interval]) / cents;
    tolerance += 2 * perCent;
    const its = line.parent?.subscription_item_details;
    const asked = its ? null : raw.find((each) => isCreditedBy(line, each.line))?.line;
    const source = its ?? asked?.parent?.subscription_item_details;
    return [
      {
        id: number.get(line.id) ?? "",
        subscriptionId: source?.subscription ?? null,
        itemId: source?.subscription_item ?? null,
        priceId: `price_${plan}_${interval}`,
        offer: null,
        unreadable: null,
        quantity: line.quantity ?? 1,
        period: { start: dateOf(line.period.start), end: dateOf(line.period.end) },
        amountCents: BigInt(Math.round(line.amount * perCent)),
        isProration: its?.proration ?? true,
        isTrial: line.amount === 0,
        decidedAt: null,
        wasAssumed: false,
      },
    ];
  };
  const invoices = bills.map((bill) =>
    toInvoice(
      bill,
      raw.filter((each) => each.bill === bill).flatMap(({ line }) => toLine(line)),
      returnsOf(store, bill.id),
    ),
  );
  const subscriptions = store
    .list("subscription")
    .filter((each) => isIts(each.customer))
    .map(toSubscription);
  const creditedCents = ({ id }: Invoice): number =>
    raw.reduce((sum, { bill, line }) => (bill.id === id && line.amount < 0 ? sum - line.amount : sum), 0);
  return { credits: paidFor({ ...freeFacts(), invoices, subscriptions }, now, creditedCents), tolerance };
}

/** What credit notes of an invoice paid back elsewhere, as refunds of it. */
function returnsOf(store: Store, invoice: string): Invoice["returns"] {
  const notes = store.list("credit_note").filter((each) => idOf(each.invoice) === invoice);
  const refunds = notes.flatMap(({ id, out_of_band_amount: back }) =>
    back ? [asRefund(id, cents(BigInt(back)))] : [],
  );
  return { refunds, disputes: [] };
}

/** Paid when its customer was gone, with whom went the balance that an unused time would have been returned to. */
function isAfterwards({ deletedAt }: Dashboard, { customer, status_transitions }: Stripe.Invoice): boolean {
  const gone = deletedAt.get(idOf(customer) ?? "");
  return gone !== undefined && (status_transitions.paid_at ?? 0) > gone;
}

function toInvoice(bill: Stripe.Invoice, lines: Line[], returns: Invoice["returns"]): Invoice {
  const notes = bill.pre_payment_credit_notes_amount + bill.post_payment_credit_notes_amount;
  const paidAt = bill.status_transitions.paid_at;
  return {
    id: bill.id,
    subscriptionId: idOf(bill.parent?.subscription_details?.subscription) ?? null,
    status: (bill.status ?? "draft") as Invoice["status"],
    totalCents: BigInt(bill.total),
    paidCents: BigInt(bill.amount_paid),
    remainingCents: BigInt(bill.amount_remaining),
    creditNotesCents: BigInt(notes),
    prePaymentNotesCents: BigInt(bill.pre_payment_credit_notes_amount),
    createdAt: dateOf(bill.created),
    paidAt: paidAt ? dateOf(paidAt) : null,
    paidSeenAt: null,
    lines,
    ...{ currency: bill.currency, returns, revoked: NO_CREDITS },
  };
}

const toSubscription = (each: Stripe.Subscription): Subscription => ({
  id: each.id,
  status: each.status as Subscription["status"],
  items: [],
  anchor: dateOf(each.billing_cycle_anchor),
  cancelAt: null,
  isPaused: false,
  next: [],
  scheduleEndsAt: null,
  createdAt: dateOf(each.created),
  endedAt: each.ended_at ? dateOf(each.ended_at) : null,
});

type Billed = { readonly bill: Stripe.Invoice; readonly line: Stripe.InvoiceLineItem };

/** A proration is made when its time begins, whatever bills it later. */
const madeAt = ({ bill, line }: Billed): number =>
  line.parent?.subscription_item_details?.proration === false ? bill.created : line.period.start;

/** Of a subscription that was canceled, what it gives back belongs to no item any more. */
const isCreditedBy = (credit: Stripe.InvoiceLineItem, line: Stripe.InvoiceLineItem): boolean =>
  credit.amount < 0 &&
  line.amount > 0 &&
  Boolean(line.parent?.subscription_item_details) &&
  idOf(line.pricing?.price_details?.price) === idOf(credit.pricing?.price_details?.price) &&
  line.period.end === credit.period.end &&
  line.period.start <= credit.period.start;
