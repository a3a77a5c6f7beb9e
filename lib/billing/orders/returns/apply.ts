import type { Tx } from "../../../../db/client";
import { billingPeriodAt } from "../../../calendar";
import { bySystem, type Cause } from "../../../ledger/cause";
import { commit } from "../../../ledger/commit";
import type { InternalAnswer } from "../../../ledger/decide";
import { lockBooks } from "../../../ledger/lock-books";
import { invariant } from "../../../result";
import type { AccountRow } from "../../account";
import { carryOut } from "../../returns/carry-out";
import { lessTaken } from "../../returns/count-taken";
import { decideReturns, type PaidStatus } from "../../returns/decide";
import { revokedSoFar } from "../../returns/moves";
import { nextReadAt } from "../../returns/next-read";
import { findReturns, findReversals, type StoredReturns } from "../return-rows";
import { changeOrder, moveOrder, type OrderRef, type OrderRow } from "../rows";
import { mailReturns } from "./mails";
import { findOrderGrants, insertReversals } from "./rows";

export type Applying = {
  readonly account: AccountRow;
  readonly order: OrderRow;
  readonly now: Date;
  /** Who asked for the refund that begins here; else Stripe told of something. */
  readonly cause?: Cause;
};

/**
 * A step, under the account's lock: brings the credits and the state of a paid order to what is stored of its refunds and
 * disputes, and mails what is new. Called again it changes nothing. `was`: what was stored before.
 */
export async function applyReturns(
  tx: Tx,
  { account, order, now, cause = TOLD }: Applying,
  was: StoredReturns,
): Promise<PaidStatus> {
  const ref: OrderRef = { accountId: order.accountId, orderId: order.id };
  await lockBooks(tx, order.accountId);
  const [facts, before] = await Promise.all([findReturns(tx, ref), findReversals(tx, ref)]);
  const decision = decideReturns(order, facts, revokedSoFar(before));
  const grants = await findOrderGrants(tx, order, before);
  const { periodEnd, cycleAnchor } = account;
  const cycleEnd = periodEnd > now ? periodEnd : billingPeriodAt(cycleAnchor, now).end;
  const toDo = lessTaken(decision, { given: order.credits, before, grants });
  const done = await carryOut(
    { of: `order:${order.id}`, grants, before, decision: toDo, now, cycleEnd },
    async (key, command) => {
      const [outcome] = await commit(tx, order.accountId, [{ key, command, cause }]);
      invariant(outcome?.kind === "done", `${key} is done once, and can be: ${command.kind}`);
      return outcome.answer as InternalAnswer;
    },
  );
  await insertReversals(tx, ref, done, { after: before.length, at: now });
  await changeOrder(tx, order, { nextReturnsReadAt: nextReadAt(facts, now) });
  if (order.status !== decision.status) await moveOrder(tx, { order, attempt: null }, decision.status, now);
  await mailReturns(tx, order, { was, facts, reversals: [...before, ...done], now });
  return decision.status;
}

const TOLD = bySystem("Stripe told what became of the payment");
