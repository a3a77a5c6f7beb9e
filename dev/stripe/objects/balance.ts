import type Stripe from "stripe";
import { newId } from "../ids";
import { missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";

export type Booking = {
  /** Below zero: taken out of the account's balance. */
  amount: number;
  currency: string;
  fee?: { amount: number; description: string };
  type: Stripe.BalanceTransaction["type"];
  category: string;
  description: string | null;
  /** The charge, refund or dispute that it is for. */
  source: string;
  created?: number;
};

/** Moves the account's own balance, which may fall below zero. Members and words as recorded (05_refunds_disputes). */
export function book(work: Work, booking: Booking): Stripe.BalanceTransaction {
  const { amount, currency, fee, source } = booking;
  return work.store.put("balance_transaction", {
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: work.now + 2 * 24 * 3600,
    balance_type: "payments",
    created: booking.created ?? work.now,
    currency,
    description: booking.description,
    exchange_rate: null,
    fee: fee?.amount ?? 0,
    fee_details: fee ? [{ ...fee, application: null, currency, type: "stripe_fee" }] : [],
    net: amount - (fee?.amount ?? 0),
    reporting_category: booking.category,
    source,
    status: "pending",
    type: booking.type,
  });
}

export const ownBalanceRoutes: Route[] = [
  route("GET", "/v1/balance", {}, (work) => ({
    object: "balance",
    available: sums(work, (availableOn) => availableOn <= work.now),
    livemode: false,
    pending: sums(work, (availableOn) => availableOn > work.now),
  })),
  route(
    "GET",
    "/v1/balance_transactions",
    { ...pageShape, created, currency: word, source: word, type: word },
    (work, params) => {
      const rows = work.store
        .list("balance_transaction")
        .filter((row) => within(row.created, params.created))
        .filter((row) => !params.currency || row.currency === params.currency)
        .filter((row) => !params.source || row.source === params.source)
        .filter((row) => !params.type || row.type === params.type);
      return pageOf(rows, params, "/v1/balance_transactions", "balance transaction");
    },
  ),
  route("GET", "/v1/balance_transactions/:id", {}, (work, _params, id) => {
    const transaction = work.store.get("balance_transaction", id);
    if (!transaction) throw missing("balance transaction", id);
    return transaction;
  }),
];

/** What is, or will be, available of each currency: refunds and disputes can make it less than nothing. */
function sums(work: Work, counts: (availableOn: number) => boolean) {
  const rows = work.store.list("balance_transaction").filter((row) => counts(row.available_on));
  const currencies = new Set(work.store.list("balance_transaction").map(({ currency }) => currency));
  return [...currencies].sort().map((currency) => {
    const amount = rows.filter((row) => row.currency === currency).reduce((sum, { net }) => sum + net, 0);
    return { amount, currency, source_types: { card: amount } };
  });
}
