import { randomInt } from "node:crypto";
import { and, count, eq, inArray } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { orders } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import { checkMayBuy, lockAccount, type MayNotBuy } from "../account";
import { acrossCycles, type CheckOpen } from "../allowances/cycles/across";
import type { BillingDeps } from "../deps";
import { checkPurchasesOpen, type PurchasesPaused } from "../purchases-switch";
import { hasOpenDispute } from "../returns/queries";
import { type Choice, type Priced, type PricingError, priceChoice } from "./pricing";
import { recordTransition } from "./rows";

export type PlaceOrder = {
  readonly accountId: string;
  readonly userId: string;
  /** Rendered into the form: submitting it twice is one order. A uuid. */
  readonly requestId: string;
  readonly choice: Choice;
};

export type PlaceOrderError =
  | MayNotBuy
  | PurchasesPaused
  | PricingError
  | { readonly code: "too_many_open_orders" };

const MAX_OPEN_ORDERS = 10;

/**
 * Creates an order for a choice, with price, credits and expiry computed here and fixed from now on. Nothing is
 * charged. The same request id with the same choice is the same order; after going back and choosing otherwise it
 * is another one.
 */
export async function placeOrder(
  deps: Pick<BillingDeps, "db" | "openRunningCycle" | "buysInDispute">,
  request: PlaceOrder,
): Promise<Result<{ orderId: string }, PlaceOrderError>> {
  const priced = priceChoice(request.choice);
  if (!priced.ok) return priced;
  return acrossCycles(deps, request.accountId, (checkOpen) =>
    transact(deps.db, (tx) =>
      insertOrder(tx, request, priced.value, { checkOpen, buysInDispute: deps.buysInDispute === true }),
    ),
  );
}

async function insertOrder(
  tx: Tx,
  request: PlaceOrder,
  priced: Priced,
  { checkOpen, buysInDispute }: { readonly checkOpen: CheckOpen; readonly buysInDispute: boolean },
): Promise<Result<{ orderId: string }, PlaceOrderError>> {
  const { accountId } = request;
  const requestKey = `${request.requestId}:${priced.bundleId ?? priced.amountCents}`;
  const { account, now } = await lockAccount(tx, accountId);
  checkOpen({ account, now });
  const switchedOn = await checkPurchasesOpen(tx);
  if (!switchedOn.ok) return switchedOn;
  const mayBuy = checkMayBuy(account, now);
  if (!mayBuy.ok) return mayBuy;
  if (!buysInDispute && (await hasOpenDispute(tx, account.id))) return err({ code: "payment_disputed" });

  const [known, open] = await Promise.all([
    tx
      .select({ id: orders.id })
      .from(orders)
      .where(and(eq(orders.accountId, accountId), eq(orders.requestKey, requestKey))),
    tx
      .select({ count: count() })
      .from(orders)
      .where(
        and(
          eq(orders.accountId, accountId),
          inArray(orders.status, ["pending", "processing", "requires_action", "declined"]),
        ),
      ),
  ]);
  if (known[0]) return ok({ orderId: known[0].id });
  if ((open[0]?.count ?? 0) >= MAX_OPEN_ORDERS) return err({ code: "too_many_open_orders" });

  const orderId = newId();
  await tx.insert(orders).values({
    accountId,
    id: orderId,
    reference: newReference(),
    requestKey,
    bundleId: priced.bundleId,
    credits: priced.credits,
    amountCents: priced.amountCents,
    expiresAt: account.periodEnd,
    placedBy: request.userId,
    createdAt: now,
    updatedAt: now,
  });
  await recordTransition(tx, { accountId, orderId, status: "pending", attemptNumber: null, at: now });
  return ok({ orderId });
}

/** No 0/O, 1/I/L or U: a reference is read out on the phone. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const letters = (count: number) =>
  Array.from({ length: count }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
const newReference = () => `CR-${letters(4)}-${letters(4)}`;
