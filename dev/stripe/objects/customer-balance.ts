import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, integer, mergeMetadata, metadata, needed, pageShape, text, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { emitChange } from "./events";
import { minimumCharge } from "./money";

type Transaction = Stripe.CustomerBalanceTransaction;
type Why = {
  type: Transaction["type"];
  currency: string;
  invoice?: string;
  creditNote?: string;
  checkoutSession?: string;
  description?: string | null;
  metadata?: Record<string, string>;
};

/** Moves a customer's balance and says why; below zero is credit, which the next invoice takes first. */
export function changeBalance(work: Work, customer: string, amount: number, why: Why): Transaction | null {
  const before = work.store.get("customer", customer);
  if (!before || amount === 0) return null;
  const after = work.store.update("customer", customer, {
    balance: before.balance + amount,
    currency: before.currency ?? why.currency,
  });
  emitChange(work, "customer.updated", before, after);
  return recordBalance(work, after, amount, why);
}

export type BalanceTaken = { starting: number; ending: number };

/**
 * What is to be paid of a total. What the customer has in credit pays first; what is given back becomes credit, and what is too
 * little to be charged is added to the next invoice (recorded: 01_proration_half_cent, an invoice of one cent).
 */
export function dueOf(total: number, starting: number, currency: string) {
  const sum = total + starting;
  const isTooSmall = sum > 0 && sum < minimumCharge(currency);
  const due = isTooSmall ? 0 : Math.max(0, sum);
  return { due, isTooSmall, starting, ending: sum - due };
}

/** The transaction of a balance that has been changed already. */
export function recordBalance(
  work: Work,
  { id, balance }: Stripe.Customer,
  amount: number,
  why: Why,
): Transaction {
  return work.store.put("customer_balance_transaction", {
    id: newId("cbtxn"),
    object: "customer_balance_transaction",
    amount,
    checkout_session: why.checkoutSession ?? null,
    created: nowOf(work, id),
    credit_note: why.creditNote ?? null,
    currency: why.currency,
    customer: id,
    customer_account: null,
    description: why.description ?? null,
    ending_balance: balance,
    invoice: why.invoice ?? null,
    livemode: false,
    metadata: why.metadata ?? {},
    type: why.type,
  });
}

export const balanceRoutes: Route[] = [
  route(
    "GET",
    "/v1/customers/:id/balance_transactions",
    { ...pageShape, created, invoice: word },
    (work, params, id) => {
      const rows = work.store
        .listOf("customer_balance_transaction", "customer", id)
        .filter((row) => within(row.created, params.created))
        .filter((row) => !params.invoice || row.invoice === params.invoice);
      return pageOf(rows, params, `/v1/customers/${id}/balance_transactions`, "customer_balance_transaction");
    },
  ),
  route(
    "POST",
    "/v1/customers/:id/balance_transactions",
    { amount: needed(integer), currency: needed(word), description: text, metadata },
    (work, params, id) => {
      if (!work.store.get("customer", id)) throw missing("customer", id);
      const moved = changeBalance(work, id, params.amount, {
        type: "adjustment",
        currency: params.currency,
        description: params.description,
        metadata: mergeMetadata({}, params.metadata),
      });
      if (!moved) throw invalidParameter("Invalid non-zero integer", "amount", "parameter_invalid_integer");
      return moved;
    },
  ),
  route(
    "GET",
    "/v1/customers/:id/balance_transactions/:transaction",
    {},
    (work, _params, id, transaction) => {
      const found = work.store.get("customer_balance_transaction", transaction);
      if (found?.customer !== id) throw missing("customer_balance_transaction", transaction);
      return found;
    },
  ),
];
