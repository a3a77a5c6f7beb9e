import type { Tx } from "../../../../db/client";
import { transact } from "../../../../db/transact";
import { invariant } from "../../../result";
import { type LockedAccount, lockAccount } from "../../account";
import type { BillingDeps } from "../../deps";
import type { InvoicePaymentReturns } from "../../gateway";
import { MAX_READS } from "../../provider-reads";
import { tellOfReturns } from "../../returns/attention";
import type { ReturnFacts } from "../../returns/decide";
import { type DatedFacts, nextReadAt } from "../../returns/next-read";
import { applyFactsAndTell } from "../apply/apply-facts";
import { asUnheard, type StoredReturns, toInvoice, toReturns } from "../apply/stored-facts";
import { returnedOf } from "../invoice-money";
import { isPaid } from "../line-worth";
import { mailInvoiceReturns } from "./mails";
import {
  acceptInvoiceRead,
  findInvoice,
  findInvoiceReturns,
  findPlanReversals,
  type InvoiceRef,
  type InvoiceRow,
  sellsOurs,
  setNextInvoiceRead,
  startInvoiceRead,
  storeInvoiceRead,
} from "./rows";

export type InvoiceSettled =
  | "settled"
  /** Stripe did not say: nothing changed, and it is to be asked again. */
  | "unknown"
  /** The account has no such invoice, or it was not paid, or it is of nothing that we sell. */
  | "not_ours";

type Options = {
  /** Runs in the transaction that settles: how an event becomes handled together with its effect. Not where it is not ours. */
  readonly also?: (tx: Tx) => Promise<void>;
};

/**
 * Brings the allowances of a plan's invoice to where Stripe says its money is: the one function for whatever tells of a refund,
 * a dispute or a credit note of it, and for the sweeper. Asks Stripe first, then commits facts, credits, attention and mails in
 * one transaction. The plan is read first where the invoice is not known as paid. Any number of callers end in one effect.
 */
export async function settleInvoiceReturns(
  deps: BillingDeps,
  ref: InvoiceRef,
  options: Options = {},
): Promise<InvoiceSettled> {
  const known = await findInvoice(deps.db, ref);
  if (known?.status !== "paid") {
    const { facts } = await deps.syncSubscription(deps, { accountId: ref.accountId });
    if (!facts) return "unknown";
  }
  for (let tries = 0; tries < MAX_READS; tries += 1) {
    const settled = await readOnce(deps, ref, options);
    if (settled !== "read_again") return settled;
  }
  return "unknown";
}

async function readOnce(
  deps: BillingDeps,
  ref: InvoiceRef,
  { also }: Options,
): Promise<InvoiceSettled | "read_again"> {
  const number = await startInvoiceRead(deps.db, ref);
  if (number === null) return "not_ours";
  const asked = await deps.gateway.readInvoiceReturns(ref.invoiceId);
  if (asked.kind !== "answered") {
    deps.log.warn({ ...ref, asked }, "what became of an invoice's money could not be read");
    return "unknown";
  }
  return transact(deps.db, async (tx) => {
    const locked = await lockAccount(tx, ref.accountId);
    const row = await findInvoice(tx, ref);
    if (!row || !isPaid(toInvoice(row, [])) || !(await sellsOurs(tx, ref))) return "not_ours";
    const verdict = await acceptInvoiceRead(tx, row, number);
    if (verdict === "read_again") return verdict;
    if (verdict === "apply") await applyRead(tx, deps, { ref, row, locked }, asked.value);
    await also?.(tx);
    return "settled";
  });
}

type Scene = { readonly ref: InvoiceRef; readonly row: InvoiceRow; readonly locked: LockedAccount };

async function applyRead(
  tx: Tx,
  { log }: BillingDeps,
  { ref, row, locked: { account, now } }: Scene,
  read: InvoicePaymentReturns,
): Promise<void> {
  const { after, stored } = await followChange(tx, { ref, row, now }, async () => {
    await storeInvoiceRead(tx, ref, read, now);
    await applyFactsAndTell(tx, { account, now }, log);
  });
  await tellOfReturns(tx, {
    accountId: ref.accountId,
    about: { invoice: row.number ?? row.id },
    currency: row.currency,
    isRefunded: returnedOf(toInvoice(after, [], stored)).status === "refunded",
    unread: { invoiceId: row.id, payments: read.unread },
    ...{ facts: stored, read, now, log },
  });
}

type Changing = { readonly ref: InvoiceRef; readonly row: InvoiceRow; readonly now: Date };

/** A step: changes what is stored of an invoice's money and what follows of that, mails what is news, and says when to read again. */
export async function followChange(
  tx: Tx,
  { ref, row, now }: Changing,
  change: () => Promise<unknown>,
): Promise<{ readonly after: InvoiceRow; readonly stored: StoredReturns & DatedFacts }> {
  const was = toReturnFacts(row, await findInvoiceReturns(tx, ref));
  const before = await findPlanReversals(tx, ref.accountId);
  await change();
  const after = await findInvoice(tx, ref);
  invariant(after, "no invoice is deleted");
  const stored = await findInvoiceReturns(tx, ref);
  const { disputes, requests } = stored;
  const refunds = [...stored.refunds, ...requests.flatMap((each) => asUnheard(each) ?? [])];
  await setNextInvoiceRead(tx, ref, nextReadAt({ refunds, disputes }, now));
  const reversals = await findPlanReversals(tx, ref.accountId);
  const facts = toReturnFacts(after, stored);
  await mailInvoiceReturns(tx, row, { was, facts, before, after: reversals, requests, now });
  return { after, stored };
}

/** As it is decided on: no refund where the invoice's money was never read. */
const toReturnFacts = (row: InvoiceRow, stored: StoredReturns): ReturnFacts => ({
  refunds: toReturns(row, stored)?.refunds ?? [],
  disputes: stored.disputes,
});
