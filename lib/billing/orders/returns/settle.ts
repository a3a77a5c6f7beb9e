import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../../../../db/client";
import { accounts } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { invariant } from "../../../result";
import { findAccountOfInvoice } from "../../allowances/returns/rows";
import { settleInvoiceReturns } from "../../allowances/returns/settle";
import { type Attention, openAttention } from "../../attention/items";
import type { BillingDeps } from "../../deps";
import type { Payment, PaymentReturns } from "../../gateway";
import { findOrderState } from "../rows";
import { settleOrder } from "../settle";
import { type ReturnsOptions, settleOrderReturns } from "./settle-order";

export type ReturnsSettled = {
  /** Stripe did not say, or could not be asked: nothing changed, and it is to be asked again. */
  readonly unknown: boolean;
};

const SETTLED: ReturnsSettled = { unknown: false };
const UNKNOWN: ReturnsSettled = { unknown: true };

type Options = Omit<ReturnsOptions, "also"> & {
  /** Runs in the transaction that settles, told whose payment it is: null where nobody's. */
  readonly also?: (tx: Tx, accountId: string | null) => Promise<void>;
};

/** For what settles the payment of an account. */
const optionsOf = ({ also, ...rest }: Options, accountId: string | null): ReturnsOptions => ({
  ...rest,
  ...(also && { also: (tx: Tx) => also(tx, accountId) }),
});

/**
 * Brings what a payment bought to where Stripe says its money is: whatever tells of a refund, a dispute or a warning leads
 * here with the payment's id, and everything about it is asked anew, so that no order of events matters. A payment of another
 * product's is none of ours; one that says it is ours, and of which we know nothing, is an attention item.
 */
export async function settleReturns(
  deps: BillingDeps,
  { paymentIntentId }: { readonly paymentIntentId: string },
  options: Options = {},
): Promise<ReturnsSettled> {
  const asked = await deps.gateway.findPayment(paymentIntentId);
  if (asked.kind === "unknown") return UNKNOWN;
  if (asked.kind === "refused") {
    // A question it would not take says nothing of the payment.
    if (asked.code !== "resource_missing") return UNKNOWN;
    deps.log.warn(
      { paymentIntentId, code: asked.code },
      "Stripe does not have a payment that an event told of",
    );
    return tellOperator(deps, null, [], optionsOf(options, null));
  }
  const order = await findPaidOrder(deps, asked.value);
  if (order === "unknown") return UNKNOWN;
  if (order) return settleOrderReturns(deps, order, optionsOf(options, order.accountId));
  return settleOfNoOrder(deps, asked.value, options);
}

/** Of a plan's invoice, if it is one of ours; everything else is read for an operator. */
async function settleOfNoOrder(deps: BillingDeps, payment: Payment, given: Options): Promise<ReturnsSettled> {
  const asked = await deps.gateway.findInvoiceOf(payment.id);
  if (asked.kind !== "answered") return UNKNOWN;
  const { invoiceId } = asked.value;
  const accountId = (await findPayer(deps, payment)) ?? (await findAccountOfInvoice(deps.db, invoiceId));
  const options = optionsOf(given, accountId);
  const ref = accountId && invoiceId ? { accountId, invoiceId } : null;
  const settled = ref ? await settleInvoiceReturns(deps, ref, options) : "not_ours";
  if (settled !== "not_ours") return settled === "unknown" ? UNKNOWN : SETTLED;
  const read = await deps.gateway.readReturns(payment.id);
  if (read.kind !== "answered") return UNKNOWN;
  return invoiceId
    ? tellOperator(
        deps,
        accountId,
        accountId ? whatHappened(read.value, "plan_payment_returned") : [],
        options,
      )
    : settleOfNobody(deps, accountId, read.value, options);
}

const uuid = z.uuid();

/**
 * The order that is written on the payment and was paid by it. Money may go back before anybody heard that it was paid: then it
 * is settled first. One that was canceled, or paid by another payment, is nothing that this one bought.
 */
async function findPaidOrder(deps: BillingDeps, payment: Payment) {
  const accountId = uuid.safeParse(payment.accountId);
  const orderId = uuid.safeParse(payment.orderId);
  if (!accountId.success || !orderId.success) return null;
  const ref = { accountId: accountId.data, orderId: orderId.data };
  const found = await findOrderState(deps.db, ref);
  if (found && !found.order.paidAt) {
    const settled = await settleOrder(deps, ref, { paymentIntentId: payment.id });
    if (settled.unknown) return "unknown";
  }
  const order = (await findOrderState(deps.db, ref))?.order;
  return order?.paidAt && order.paymentIntentId === payment.id ? ref : null;
}

/** The account whose customer paid, if it is one of ours. */
async function findPayer({ db }: BillingDeps, payment: Payment): Promise<string | null> {
  if (!payment.customerId) return null;
  const [account] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.stripeCustomerId, payment.customerId));
  return account?.id ?? null;
}

/** What has our names on it, or was paid by a customer of ours, and still belongs to nothing that we know. */
function settleOfNobody(
  deps: BillingDeps,
  accountId: string | null,
  returns: PaymentReturns,
  options: ReturnsOptions,
): Promise<ReturnsSettled> {
  const { payment } = returns;
  const isOurs = accountId !== null || payment.accountId !== null || payment.orderId !== null;
  return tellOperator(
    deps,
    accountId,
    isOurs ? whatHappened(returns, "unknown_payment_returned") : [],
    options,
  );
}

type ReturnReason = "plan_payment_returned" | "unknown_payment_returned";

/** One item for a payment, with what there is of it; nothing where nothing went back and nobody wants anything. */
function whatHappened(returns: PaymentReturns, reason: ReturnReason): readonly Attention[] {
  const { payment, charge, invoiceId, refunds, disputes, warnings } = returns;
  if (refunds.length + disputes.length + warnings.length === 0) return [];
  const newest = disputes.at(-1);
  return [
    {
      object: "charge",
      id: charge?.id ?? payment.id,
      reason,
      details: {
        payment: payment.id,
        ...(payment.customerId ? { customer: payment.customerId } : {}),
        ...(invoiceId ? { invoice: invoiceId } : {}),
        ...(payment.orderId ? { order: payment.orderId } : {}),
        refundedCents: charge?.refundedCents ?? 0n,
        disputes: disputes.length,
        ...(newest ? { dispute: newest.id, disputeStatus: newest.status } : {}),
        warnings: warnings.length,
      },
    },
  ];
}

async function tellOperator(
  { db, log }: BillingDeps,
  accountId: string | null,
  found: readonly Attention[],
  { also }: ReturnsOptions,
): Promise<ReturnsSettled> {
  await transact(db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    invariant(clock, "the database has a clock");
    for (const each of found) await openAttention(tx, { ...each, accountId, now: new Date(clock.now), log });
    await also?.(tx);
  });
  return SETTLED;
}
