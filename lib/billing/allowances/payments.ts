import type { BillingPeriod } from "../../calendar";
import { keyOf } from "./allowance-key";
import type { Allowance, AllowanceChange, CloseReason, Facts, Invoice, Subscription } from "./facts";
import { isOwed, isPaid, isVoid, itemOf } from "./line-worth";
import { endOf } from "./subscription-state";

/** What became of allowances that were not paid for when they were given: paid, failed, voided, or closed out. */
export function changed(facts: Facts, running: BillingPeriod, now: Date): readonly AllowanceChange[] {
  return facts.allowances.flatMap((row) => {
    const subscription = facts.subscriptions.find((each) => each.id === row.subscriptionId);
    // Nothing changes any more what is paid for.
    if (!subscription || row.payment === "none" || row.payment === "paid") return [];
    const invoice = invoiceOf(facts, row);
    const payment = paymentOf(row, invoice);
    const closeOut =
      row.closed || payment === "paid" ? null : closeReason(facts, { row, invoice, subscription }, now);
    const isClosed = closeOut !== null || row.closed !== null;
    // What could be spent to its end was to be had, and what was frozen to it was not, whatever is heard of it later.
    const isNotSpendable = row.expiresAt <= now ? row.frozen : !mayBeSpentUnpaid(subscription, invoice);
    const frozen = payment !== "paid" && !isClosed && isNotSpendable;
    const regrant = regrantReason(row, payment, now);
    // Given again in the running cycle: that waits where nobody knows it yet.
    if (regrant && running.end <= now) return [];
    const lineId = row.lineId ?? (payment === "paid" ? lineOf(row, invoice) : null);
    const isSame =
      payment === row.payment &&
      frozen === row.frozen &&
      closeOut === null &&
      regrant === null &&
      (invoice?.id ?? row.invoiceId) === row.invoiceId;
    if (isSame) return [];
    return [
      {
        ...{ ...keyOf(row), payment, frozen, lineId, closeOut },
        invoiceId: invoice?.id ?? row.invoiceId,
        regrant: regrant && { what: regrant, until: running.end },
      },
    ];
  });
}

/** The invoice whose line pays for an allowance: the one that it was bound to, if that was not voided; null while there is none. */
export function invoiceOf(facts: Facts, row: Row): Invoice | null {
  const its = facts.invoices.filter((invoice) => lineOf(row, invoice) !== null);
  const valid = its.filter((each) => !isVoid(each));
  return valid.find(({ id }) => id === row.invoiceId) ?? valid.find(isPaid) ?? valid[0] ?? its[0] ?? null;
}

type Row = Pick<Allowance, "lineId" | "invoiceId" | "itemId" | "periodStart">;

export function lineOf(row: Row, invoice: Invoice | null): string | null {
  const line = invoice?.lines.find((each) =>
    row.lineId
      ? each.id === row.lineId
      : !each.isProration &&
        itemOf(each) === row.itemId &&
        each.period.start.getTime() === row.periodStart.getTime(),
  );
  return line?.id ?? null;
}

function paymentOf(row: Allowance, invoice: Invoice | null): Allowance["payment"] {
  if (invoice && isPaid(invoice)) return "paid";
  if (!invoice) return row.payment;
  if (isVoid(invoice)) return "void";
  return isOwed(invoice) ? "owed" : "provisional";
}

/** An unpaid allowance may be spent from as long as nothing has failed: a draft, or a payment that is under way. */
const mayBeSpentUnpaid = ({ status }: Subscription, invoice: Invoice | null): boolean =>
  status === "active" && invoice?.status !== "uncollectible";

type Unpaid = {
  readonly row: Allowance;
  readonly invoice: Invoice | null;
  readonly subscription: Subscription;
};

/** Stripe may say a little late that a subscription ended at its boundary. */
const HOUR_MS = 3_600_000;

function closeReason(facts: Facts, { row, invoice, subscription }: Unpaid, now: Date): CloseReason | null {
  if (invoice && isVoid(invoice)) return "voided";
  const endedAt = endOf(subscription, now, row.itemId);
  const isAsked = invoice !== null && isOwed(invoice);
  if (endedAt) {
    if (isAsked) return "unpaid";
    const neverBegan = endedAt.getTime() <= row.periodStart.getTime() + HOUR_MS;
    return !invoice && neverBegan ? "never_renewed" : "never_invoiced";
  }
  if (isAsked && hasPaidLater(facts, invoice)) return "superseded";
  // A draft that outlived its period, as under a pause; or Stripe went on without any invoice for it.
  const isOver = row.expiresAt <= now;
  const wentOn = !invoice && hasGoneOn(subscription, row);
  return (isOver && invoice?.status === "draft") || wentOn ? "never_invoiced" : null;
}

const hasPaidLater = ({ invoices }: Facts, { subscriptionId, createdAt }: Invoice): boolean =>
  invoices.some(
    (each) =>
      each.subscriptionId === subscriptionId &&
      each.totalCents > 0n &&
      each.createdAt > createdAt &&
      isPaid(each),
  );

/** Stripe told of a period of the item that begins later, or of another one that this allowance begins in. */
function hasGoneOn({ items }: Subscription, { itemId, periodStart }: Allowance): boolean {
  const item = items.find((each) => each.id === itemId);
  if (!item || item.goneAt !== null) return false;
  const { start, end } = item.period;
  return start > periodStart || (start < periodStart && periodStart < end);
}

/** Paid after its credits were gone, or voided after what was spent of it had become debt. */
function regrantReason(
  row: Allowance,
  payment: Allowance["payment"],
  now: Date,
): "revoked" | "expired" | "debt" | null {
  if (row.wasRegranted || row.payment === payment) return null;
  if (payment === "paid" && row.closed) return "revoked";
  if (payment === "paid" && row.frozen && row.expiresAt <= now) return "expired";
  return payment === "void" && row.closed && isDebtReason(row.closed) ? "debt" : null;
}

/** Whether what was spent of an allowance is owed when it is closed out; otherwise it is written off. */
export const isDebtReason = (reason: CloseReason): boolean =>
  reason === "unpaid" || reason === "superseded" || reason === "never_renewed";
