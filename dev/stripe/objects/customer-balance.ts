import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, integer, mergeMetadata, metadata, needed, pageShape, text, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { emitChange } from "./events";

type Transaction = Stripe.CustomerBalanceTransaction;
type Why = {
  type: Transaction["type"];
  currency: string;
  invoice?: string;
  creditNote?: string;
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
    checkout_session: null,
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
        .list("customer_balance_transaction")
        .filter((row) => row.customer === id && within(row.created, params.created))
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
